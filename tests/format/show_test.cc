#include "ptscope/show.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "ptscope/open.h"
#include "support/torch_pickle.h"
#include "support/zip_builder.h"

namespace ptscope {
namespace {

using namespace test;  // the pieces of a pickle
using testing::HasSubstr;

Checkpoint Opened(const Piece& value, bool keep = true) {
  ZipBuilder zip;
  zip.Add({.name = "a/data.pkl", .data = value + "."});
  zip.Add({.name = "a/version", .data = "3\n"});
  const std::string bytes = zip.Build();
  auto checkpoint =
      Open(*OpenMemory(AsBytes(bytes)), "a.pt", {.keep_values = keep});
  EXPECT_TRUE(checkpoint);
  return *std::move(checkpoint);
}

// What is written, or the error; nothing is written with an error.
std::string Show(const Checkpoint& checkpoint, std::string_view path = {},
                 const ShowOptions& options = {}) {
  std::string out;
  const Status status = ShowValues(checkpoint, path, options,
                                   [&](std::string_view text) { out += text; });
  if (status) return out;
  EXPECT_EQ(out, "");
  return status.error().Text();
}

TEST(ShowValues, WritesOneDocument) {
  const Checkpoint c = Opened(
      Dict({{Str("epoch"), Int(3)},
            {Str("lr"), MakeList({Int(1), Int(2)})},
            {Str("names"), MakeList({Str("a"), Dict({}), Str("\x1b[31m")})},
            {Str("none"), MakeList({})}}));
  EXPECT_EQ(Show(c),
            "{\n"
            "  \"epoch\": 3,\n"
            "  \"lr\": [1, 2],\n"
            "  \"names\": [\n"
            "    \"a\",\n"
            "    {},\n"
            "    \"\\u001b[31m\"\n"
            "  ],\n"
            "  \"none\": []\n"
            "}\n");
  EXPECT_EQ(Show(c, "epoch"), "3\n");
  EXPECT_EQ(Show(c, "names.0"), "\"a\"\n");
}

TEST(ShowValues, LeavesTheQuotesOut) {
  const Checkpoint c =
      Opened(Dict({{Str("s"), Str("a \\ \x1b\n\"")}, {Str("n"), Int(1)}}));
  EXPECT_EQ(Show(c, "s", {.raw = true}), "a \\\\ \\x1b\\x0a\"\n");
  EXPECT_EQ(Show(c, "n", {.raw = true}), "1\n");
  EXPECT_THAT(Show(c, "", {.raw = true}), HasSubstr("\"n\": 1"));
}

TEST(ShowValues, WritesNothingOfWhatIsTooLong) {
  const Checkpoint c = Opened(MakeList(Pieces(100'000, Str("text"))));
  EXPECT_THAT(Show(c, "", {.limits = {.shown_bytes = 1000}}),
              HasSubstr("`shown_bytes`"));
  EXPECT_EQ(Show(c, "7", {.limits = {.shown_bytes = 1000}}), "\"text\"\n");
}

TEST(ShowValues, SaysThatThereAreTensorsAlone) {
  Checkpoint c = Opened(Dict({}), false);
  EXPECT_THAT(Show(c), HasSubstr("nothing but tensors is read"));
  c.metadata = {{"format", "pt"}, {"a.b", "x"}};
  EXPECT_EQ(Show(c), "{\n  \"format\": \"pt\",\n  \"a.b\": \"x\"\n}\n");
  EXPECT_EQ(Show(c, "a.b"), "\"x\"\n");
  EXPECT_EQ(Show(c, "c"),
            "nothing is at \"c\"; its metadata has \"format\", \"a.b\"");
}

}  // namespace
}  // namespace ptscope
