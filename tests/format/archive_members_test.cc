#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "ptscope/open.h"
#include "ptscope/show.h"
#include "support/members.h"
#include "support/zip_builder.h"

namespace ptscope {
namespace {

using test::AsBytes;
using test::MembersText;
using test::Saved;
using test::ZipBuilder;
using test::ZipEntry;
using ::testing::HasSubstr;

std::string Zip(const std::vector<ZipEntry>& entries) {
  ZipBuilder zip;
  for (const ZipEntry& entry : entries) zip.Add(entry);
  return zip.Build();
}

Result<Checkpoint> OpenBytes(const std::string& bytes,
                             const OpenOptions& options = {}) {
  return Open(*OpenMemory(AsBytes(bytes)), "m.zip", options);
}

std::string TextOf(const std::vector<ZipEntry>& entries,
                   const std::string& member = "") {
  return MembersText(OpenBytes(Zip(entries), {.member = member}));
}

TEST(ZipMembers, ListsEveryCheckpointInTheArchivesOrder) {
  EXPECT_EQ(TextOf({{.name = "data", .data = "{}"},
                    {.name = "b.pth", .data = Saved("w")},
                    {.name = "x/a.pth", .data = Saved("v")}}),
            "zip archive: b.pth w, x/a.pth v,");
}

TEST(ZipMembers, GoesByTheBytesNotTheName) {
  EXPECT_EQ(TextOf({{.name = "weights", .data = Saved("w")},
                    {.name = "a.bin", .data = "hello"}}),
            "zip archive: weights w,");
}

TEST(ZipMembers, KnowsTorchServe) {
  EXPECT_EQ(TextOf({{.name = "model.pt", .data = Saved("w")},
                    {.name = "MAR-INF/MANIFEST.json", .data = "{}"}}),
            "TorchServe archive: model.pt w,");
}

TEST(ZipMembers, KnowsStableBaselines3) {
  const auto c =
      OpenBytes(Zip({{.name = "policy.pth", .data = Saved("w")},
                     {.name = "_stable_baselines3_version", .data = "2.3.0"}}),
                {.origin = true});
  ASSERT_TRUE(c);
  EXPECT_EQ(c->framework.name, "Stable-Baselines3");
  EXPECT_EQ(c->framework.version, "2.3.0");
}

TEST(ZipMembers, KeepsTheValuesOfEach) {
  const auto one = OpenBytes(Zip({{.name = "a.pt", .data = Saved("w")}}),
                             {.keep_values = true});
  const auto two = OpenBytes(Zip({{.name = "a.pt", .data = Saved("w")},
                                  {.name = "b.pt", .data = Saved("v")}}),
                             {.keep_values = true});
  const auto shown = [](const Result<Checkpoint>& c, std::string_view path) {
    std::string text;
    const auto status =
        ShowValues(*c, path, {}, [&](std::string_view t) { text += t; });
    return status ? text : status.error().Text() + '\n';
  };
  const std::string tensor = R"({"tensor": {"dtype": "float32", "shape": [4]}})"
                             "\n";
  ASSERT_TRUE(one);
  EXPECT_EQ(shown(one, "w"), tensor);
  ASSERT_TRUE(two);
  EXPECT_EQ(shown(two, "b.pt.v"), tensor);
  EXPECT_THAT(shown(two, ""), HasSubstr("\"a.pt\": {"));
  EXPECT_EQ(shown(two, "v"),
            "nothing is at \"v\"; a path begins with the name of a member: "
            "\"a.pt\", \"b.pt\"\n");
}

TEST(ZipMembers, PlacesWhatIsStored) {
  const std::string inner = Saved("w");
  ZipBuilder zip;
  zip.Add({.name = "skipped", .data = "hello"})
      .Add({.name = "a.pt", .data = inner});
  const auto outer =
      OpenBytes(zip.Prepend("bytes before").Build(), {.locate = true});
  const auto alone = OpenBytes(inner, {.locate = true});
  ASSERT_TRUE(outer) << outer.error().Text();
  ASSERT_TRUE(alone);
  EXPECT_EQ(outer->FileOffsetOf(outer->tensors[0]),
            *alone->FileOffsetOf(alone->tensors[0]) + zip.data(1));
}

TEST(ZipMembers, ReadsWhatIsCompressed) {
  const auto c =
      OpenBytes(Zip({{.name = "a.pt", .data = Saved("w"), .method = 8}}),
                {.locate = true});
  EXPECT_EQ(MembersText(c), "zip archive: a.pt w,");
  EXPECT_EQ(c->FileOffsetOf(c->tensors[0]), std::nullopt);
}

TEST(ZipMembers, IgnoresWhatSystemsLeave) {
  EXPECT_EQ(TextOf({{.name = "x.pt/"},
                    {.name = "__MACOSX/a.pt", .data = "junk"},
                    {.name = "._a.pt", .data = "junk"},
                    {.name = "a.pt", .data = Saved("w")}}),
            "zip archive: a.pt w,");
}

TEST(ZipMembers, ListsAMemberWithoutTensors) {
  ZipBuilder none;
  none.Add({.name = "a/data.pkl", .data = "N."})
      .Add({.name = "a/version", .data = "3\n"});
  EXPECT_EQ(TextOf({{.name = "a.pt", .data = none.Build()}}), "zip archive:");
}

TEST(ZipMembers, NamesTheMemberOfAFinding) {
  EXPECT_EQ(TextOf({{.name = "a.pt", .data = Saved("w") + "junk"}}),
            "zip archive: a.pt w,; a.pt: 4 bytes follow the archive");
}

// ------------------------------------------------------------ what is no
// member

TEST(ZipMembers, WithoutACheckpoint) {
  EXPECT_EQ(TextOf({{.name = "a.txt", .data = "hello"}}),
            "is an ordinary zip archive without a checkpoint in it: found "
            "record \"a.txt\"; check the path and the download");
}

TEST(ZipMembers, KnownArchivesStayWhatTheyAre) {
  EXPECT_THAT(TextOf({{.name = "META-INF/MANIFEST.MF", .data = "x"},
                      {.name = "a.pt", .data = Saved("w")}}),
              HasSubstr("is a Java archive"));
  EXPECT_THAT(TextOf({{.name = "a.npy", .data = "x"}}),
              HasSubstr("is a NumPy archive"));
}

TEST(ZipMembers, SkipsArchivesWithoutACheckpoint) {
  EXPECT_EQ(TextOf({{.name = "a.npz", .data = Zip({{.name = "x.npy"}})},
                    {.name = "b.zip", .data = Zip({{.name = "x.txt"}})},
                    {.name = "c.pt", .data = Saved("w")}}),
            "zip archive: c.pt w,");
}

TEST(ZipMembers, DoesNotTakeTheIndexOfShardsForOne) {
  EXPECT_EQ(TextOf({{.name = "m.index.json",
                     .data = R"({"weight_map": {"w": "a.pt", "v": "b.pt"}})"},
                    {.name = "a.pt", .data = Saved("w")}}),
            "zip archive: a.pt w,; m.index.json: the shards are listed, but "
            "not held against this index: unzip the archive for that");
}

// ------------------------------------------------------- members that are
// damaged

TEST(ZipMembers, ADamagedMemberIsAnErrorOfTheWhole) {
  const std::string saved = Saved("w");
  EXPECT_EQ(TextOf({{.name = "a.pt", .data = saved},
                    {.name = "b.pt", .data = saved.substr(0, 100)}}),
            "b.pt: the zip archive has no end record: the file is cut short: "
            "found 100 bytes; copy or download it again; --member NAME takes "
            "another one alone");
}

TEST(ZipMembers, AnErrorInAMemberNamesItsRecord) {
  ZipBuilder zip;
  zip.Add({.name = "a/data.pkl", .data = "hello"})
      .Add({.name = "a/version", .data = "3\n"});
  EXPECT_THAT(TextOf({{.name = "x/b.pt", .data = zip.Build()}}),
              testing::StartsWith("x/b.pt/data.pkl"));
}

TEST(ZipMembers, ACheckpointByNameThatIsEmptyIsAnError) {
  EXPECT_THAT(TextOf({{.name = "a.pt", .data = ""}}),
              testing::StartsWith("a.pt: is empty"));
}

TEST(ZipMembers, ACheckpointByNameThatIsEncryptedIsAnError) {
  EXPECT_THAT(TextOf({{.name = "a.pt", .data = Saved("w"), .flags = 1}}),
              testing::StartsWith("a.pt: is encrypted"));
}

TEST(ZipMembers, SaysWhereTheLocalHeaderIsAnothers) {
  EXPECT_EQ(TextOf({{.name = "a", .data = Saved("w"), .local_name = "b"},
                    {.name = "c", .data = Saved("v")}}),
            "zip archive: c v,; a: its local header has another name");
  EXPECT_EQ(
      TextOf({{.name = "a.pt", .data = Saved("w"), .local_name = "b.pt"}}),
      "a.pt: its local header has another name: found 'b.pt'; --member "
      "NAME takes another one alone");
}

TEST(ZipMembers, LimitsWhatAMemberMayInflateTo) {
  EXPECT_THAT(TextOf({{.name = "a.pt",
                       .data = Saved("w"),
                       .method = 8,
                       .size = 1'000'000'000}}),
              HasSubstr("a.pt: inflates to more than the limit"));
}

TEST(ZipMembers, LimitsTheTensorsOfAll) {
  const auto c = OpenBytes(Zip({{.name = "a.pt", .data = Saved("w")},
                                {.name = "b.pt", .data = Saved("w")}}),
                           {.limits = {.tensors = 1}});
  ASSERT_FALSE(c);
  EXPECT_EQ(c.error().code, ErrorCode::kLimit);
}

// ------------------------------------------------------------------ one member

TEST(ZipMembers, TakesTheMemberThatIsNamed) {
  const std::string saved = Saved("w");
  const std::vector<ZipEntry> entries = {
      {.name = "a.pt", .data = saved.substr(0, 100)},
      {.name = "b.pt", .data = saved}};
  EXPECT_EQ(TextOf(entries, "b.pt"), "zip archive: b.pt w,");
}

TEST(ZipMembers, NamesTheMembersWhereThereIsNoSuchOne) {
  const auto c = OpenBytes(Zip({{.name = "a.pt", .data = Saved("w")},
                                {.name = "readme", .data = "hello"},
                                {.name = "weights", .data = Saved("w")}}),
                           {.member = "b.pt"});
  ASSERT_FALSE(c);
  EXPECT_EQ(c.error().code, ErrorCode::kUsage);
  EXPECT_EQ(c.error().Text(),
            "no checkpoint in it is named \"b.pt\"; those that are: \"a.pt\", "
            "\"weights\"");
}

TEST(ZipMembers, SaysWhatANamedMemberIsThatIsNone) {
  EXPECT_THAT(TextOf({{.name = "a.txt", .data = "hello"}}, "a.txt"),
              testing::StartsWith("a.txt: "));
}

TEST(ZipMembers, AMemberMeansNothingToAPlainCheckpoint) {
  EXPECT_EQ(MembersText(OpenBytes(Saved("w"), {.member = "x"})),
            "torch zip: - w,");
}

// --------------------------------------------------------- archives in
// archives

std::string Nested(int levels) {
  std::string bytes = Saved("w");
  for (int i = 0; i < levels; ++i) bytes = Zip({{.name = "i", .data = bytes}});
  return bytes;
}

TEST(ZipMembers, OpensArchivesInArchives) {
  EXPECT_EQ(MembersText(OpenBytes(Nested(1))), "zip archive: i w,");
  EXPECT_EQ(MembersText(OpenBytes(Nested(2))), "zip archive: i/i w,");
  EXPECT_EQ(MembersText(OpenBytes(Nested(3))), "zip archive: i/i/i w,");
}

TEST(ZipMembers, GoesNoDeeperThanThat) {
  EXPECT_THAT(MembersText(OpenBytes(Nested(4))),
              testing::StartsWith("i/i/i/i: is an archive in an archive"));
}

TEST(ZipMembers, TakesAMemberOfAMember) {
  const std::string inner = Zip(
      {{.name = "x/a", .data = Saved("v")}, {.name = "b", .data = Saved("w")}});
  const std::vector<ZipEntry> entries = {{.name = "c.zip", .data = inner}};
  EXPECT_EQ(TextOf(entries, "c.zip/b"), "zip archive: c.zip/b w,");
  EXPECT_EQ(TextOf(entries, "c.zip/x/a"), "zip archive: c.zip/x/a v,");
  EXPECT_EQ(TextOf(entries, "c.zip"), "zip archive: c.zip/x/a v, c.zip/b w,");
  EXPECT_THAT(TextOf(entries, "c.zip/d"),
              testing::StartsWith("c.zip: no checkpoint in it is named \"d\""));
}

}  // namespace
}  // namespace ptscope
