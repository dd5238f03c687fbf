#include "ptscope/open.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "support/torch_pickle.h"
#include "support/zip_builder.h"

namespace ptscope {
namespace {

using test::AsBytes;
using test::ZipBuilder;

std::string Archive(const std::string& before = "") {
  ZipBuilder zip;
  zip.Add({.name = "a/data.pkl", .data = "N."});
  zip.Add({.name = "a/version", .data = "3\n"});
  return zip.Prepend(before).Zip64().Build();
}

Result<Checkpoint> OpenBytes(std::string_view bytes,
                             std::string_view name = "m.pt") {
  return Open(*OpenMemory(AsBytes(bytes)), name);
}

ErrorCode CodeOf(std::string_view bytes) {
  const auto checkpoint = OpenBytes(bytes);
  return checkpoint ? ErrorCode::kUsage : checkpoint.error().code;
}

TEST(Open, ReadsByMagicWhateverTheName) {
  EXPECT_TRUE(OpenBytes(Archive(), "m.png"));
  EXPECT_TRUE(OpenBytes(Archive(), ""));
}

TEST(Open, ReadsAnArchiveBehindUnknownBytes) {
  const auto checkpoint = OpenBytes(Archive("#!/bin/sh\nexit\n"));
  ASSERT_TRUE(checkpoint) << checkpoint.error().Text();
  ASSERT_EQ(checkpoint->findings.size(), 1u);
  EXPECT_EQ(checkpoint->findings[0].id, FindingId::kPrependedBytes);
}

TEST(Open, SaysWhatAFileIsThatIsNone) {
  EXPECT_EQ(CodeOf("\x89PNG\r\n\x1A\n0000"), ErrorCode::kNotCheckpoint);
  EXPECT_EQ(CodeOf("hello"), ErrorCode::kNotCheckpoint);
}

TEST(Open, RefusesAnEmptyFile) {
  const auto checkpoint = OpenBytes("");
  ASSERT_FALSE(checkpoint);
  EXPECT_FALSE(checkpoint.error().message.empty());
}

TEST(Open, RefusesAnArchiveThatIsCut) {
  const std::string bytes = Archive();
  EXPECT_EQ(CodeOf(std::string_view(bytes).substr(0, bytes.size() / 2)),
            ErrorCode::kDamaged);
}

TEST(Open, HintsAtUnfinishedDownloadsOfDamagedFiles) {
  const std::string bytes = Archive();
  const auto cut = std::string_view(bytes).substr(0, bytes.size() / 2);
  const auto part = OpenBytes(cut, "m.pt.part");
  ASSERT_FALSE(part);
  EXPECT_FALSE(part.error().hint.empty());
}

TEST(Open, ReadsFiles) {
  const char* root = std::getenv("PTSCOPE_SOURCE_DIR");
  if (root == nullptr) GTEST_SKIP() << "PTSCOPE_SOURCE_DIR is not set";
  const auto checkpoint =
      Open(std::filesystem::path(root) / "fixtures" / "demo.pt");
  ASSERT_TRUE(checkpoint) << checkpoint.error().Text();
  EXPECT_FALSE(checkpoint->tensors.empty());
}

TEST(Open, GivesIoErrorsOfMissingFilesAndFolders) {
  const auto missing = Open(std::filesystem::path("/no/such/file.pt"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kIo);
  const auto folder = Open(std::filesystem::path("/"));
  ASSERT_FALSE(folder);
}

// A source whose file has been cut since it was opened.
class ShrinkingSource final : public Source {
 public:
  ShrinkingSource(std::string bytes, uint64_t left)
      : bytes_(std::move(bytes)), left_(left) {}
  uint64_t size() const override { return bytes_.size(); }
  Result<size_t> ReadAt(uint64_t offset,
                        std::span<std::byte> to) const override {
    if (offset >= left_) return size_t{0};
    const auto n = std::min<uint64_t>(to.size(), left_ - offset);
    std::memcpy(to.data(), bytes_.data() + offset, n);
    return static_cast<size_t>(n);
  }

 private:
  const std::string bytes_;
  const uint64_t left_;
};

TEST(Open, GivesAnErrorWhereTheFileShrinks) {
  const std::string bytes = Archive();
  for (uint64_t left = 0; left < bytes.size(); ++left) {
    const auto checkpoint = Open(ShrinkingSource(bytes, left), "m.pt");
    EXPECT_FALSE(checkpoint) << left;
  }
}

}  // namespace
}  // namespace ptscope
