#include "format/tar_members.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "ptscope/open.h"
#include "support/legacy_builder.h"
#include "support/members.h"
#include "support/zip_builder.h"

namespace ptscope {
namespace {

using test::AsBytes;
using test::MembersText;
using test::Saved;
using test::TarEnd;
using test::TarEntry;
using test::ZipBuilder;
using ::testing::HasSubstr;

Result<Checkpoint> OpenBytes(const std::string& bytes,
                             const OpenOptions& options = {}) {
  return Open(*OpenMemory(AsBytes(bytes)), "m.nemo", options);
}

TEST(TarMembers, ListsEveryCheckpointInTheArchivesOrder) {
  EXPECT_EQ(MembersText(OpenBytes(TarEntry("./config.yaml", "a: 1\n") +
                                  TarEntry("./b.ckpt", Saved("w")) +
                                  TarEntry("x/a", Saved("v")) + TarEnd())),
            "tar archive: b.ckpt w, x/a v,");
}

TEST(TarMembers, TakesTheOneThatIsNamed) {
  const std::string bytes = TarEntry("a.pt", Saved("v").substr(0, 300)) +
                            TarEntry("b.pt", Saved("w")) + TarEnd();
  EXPECT_THAT(MembersText(OpenBytes(bytes)), HasSubstr("a.pt"));
  EXPECT_EQ(MembersText(OpenBytes(bytes, {.member = "b.pt"})),
            "tar archive: b.pt w,");
  EXPECT_THAT(MembersText(OpenBytes(bytes, {.member = "c.pt"})),
              HasSubstr("no checkpoint in it is named \"c.pt\""));
}

TEST(TarMembers, CountsOffsetsFromTheStartOfTheArchive) {
  const std::string saved = Saved("w");
  const auto alone = OpenBytes(saved, {.locate = true});
  ASSERT_TRUE(alone);
  const auto within = OpenBytes(
      TarEntry("notes", "x") + TarEntry("b.pt", saved), {.locate = true});
  ASSERT_TRUE(within) << within.error().Text();
  EXPECT_EQ(within->FileOffsetOf(within->tensors[0]),
            *alone->FileOffsetOf(alone->tensors[0]) + 3 * 512);
}

TEST(TarMembers, ReadsArchivesInArchives) {
  ZipBuilder zip;
  zip.Add({.name = "in.tar", .data = TarEntry("c.pt", Saved("w"))});
  EXPECT_EQ(MembersText(OpenBytes(TarEntry("out.zip", zip.Build()))),
            "tar archive: out.zip/in.tar/c.pt w,");
}

TEST(TarMembers, SaysWhereThereIsNone) {
  EXPECT_EQ(OpenBytes(TarEntry("MZ.txt", "a")).error().Text(),
            "is an ordinary tar archive without a checkpoint in it; check the "
            "path and the download");
  EXPECT_EQ(OpenBytes(TarEntry("b.pt", Saved("w")).substr(0, 600)).error().code,
            ErrorCode::kDamaged);
}

TEST(TarMembers, LeavesOtherFilesAlone) {
  const auto is = [](const std::string& bytes) {
    return *format::IsTar(*OpenMemory(AsBytes(bytes)));
  };
  std::string bytes = TarEntry("a", "b");
  EXPECT_TRUE(is(bytes));
  EXPECT_FALSE(is(bytes.substr(0, 511)));
  EXPECT_FALSE(is(std::string(1024, '\0')));
  bytes[150] ^= 1;
  EXPECT_FALSE(is(bytes));
}

}  // namespace
}  // namespace ptscope
