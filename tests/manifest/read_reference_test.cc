#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/arena.h"
#include "ptscope/reference.h"

namespace ptscope {
namespace {

Result<Reference> Read(std::string_view text,
                       const ReferenceOptions& options = {}) {
  const auto source = OpenMemory(std::as_bytes(std::span(text)));
  return ReadReference(*source, "ref", options);
}

std::string ErrorOf(std::string_view text,
                    const ReferenceOptions& options = {}) {
  const Result<Reference> r = Read(text, options);
  return r ? "no error" : r.error().Text();
}

TEST(ReadReference, TellsKindsApart) {
  EXPECT_EQ(
      Read(R"( {"schema": "ptscope/manifest/1", "tensors": {"a": {}}})")->kind,
      Reference::Kind::kManifest);
  EXPECT_EQ(Read("\n[\"a\"]")->kind, Reference::Kind::kNames);
  EXPECT_EQ(Read("a\n")->kind, Reference::Kind::kNames);
}

// Longer than what is looked at first.
TEST(ReadReference, ReadsLongLists) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "name." + std::to_string(i) + "\n";
  const Result<Reference> r = Read(text);
  ASSERT_TRUE(r);
  EXPECT_EQ(r->tensors.size(), 10'000u);
  EXPECT_EQ(r->tensors.back().name, "name.9999");
}

TEST(ReadReference, RefusesOneWithoutATensor) {
  const char* error = "the reference has no tensor";
  EXPECT_EQ(ErrorOf("\n\n"), error);
  EXPECT_EQ(ErrorOf("[]"), error);
  EXPECT_EQ(ErrorOf(R"({"schema": "ptscope/manifest/1", "tensors": {}})"),
            error);
}

TEST(ReadReference, RefusesOneOfWhichTheFilterLeavesNothing) {
  const std::vector<std::string> match = {"x*"};
  EXPECT_EQ(ErrorOf("a\nb\n", {.filter = NameFilter(match, {})}),
            "--match and --exclude leave no tensor of the reference");
}

TEST(ReadReference, FiltersTiedNamesToo) {
  const std::string text =
      R"({"schema": "ptscope/manifest/1",
          "tensors": {"a": {}, "x": {}, "b": {}, "c": {}, "d": {}},
          "tied": [["a", "x"], ["b", "d"]]})";
  const std::vector<std::string> exclude = {"x"};
  const Result<Reference> r = Read(text, {.filter = NameFilter({}, exclude)});
  ASSERT_TRUE(r);
  EXPECT_EQ(r->tensors.size(), 4u);
  EXPECT_EQ(r->tied, (std::vector<std::vector<uint32_t>>{{1, 3}}));
}

TEST(ReadReference, RefusesUtf16) {
  EXPECT_EQ(ErrorOf(std::string_view("\xFF\xFE"
                                     "a\0\n\0",
                                     6)),
            "the reference is UTF-16; save it as UTF-8 without a byte order "
            "mark");
}

TEST(ReadReference, RefusesAByteOrderMarkBeforeAManifest) {
  EXPECT_EQ(ErrorOf("\xEF\xBB\xBF{}"),
            "the text begins with a byte order mark; save it as UTF-8 without "
            "one");
}

TEST(ReadReference, RefusesAKnownWrongInput) {
  const Result<Reference> r = Read("<!DOCTYPE html><html></html>");
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, ErrorCode::kNotCheckpoint);
}

TEST(ReadReference, LimitsTheSize) {
  Limits limits;
  limits.reference = 3;
  EXPECT_EQ(ErrorOf("abcd", {.limits = limits}),
            "the reference is too large: found 4 bytes, expected at most 3; "
            "--max reference=N raises the limit");
}

}  // namespace
}  // namespace ptscope
