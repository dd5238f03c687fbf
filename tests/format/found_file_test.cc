#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "ptscope/open.h"

namespace ptscope {
namespace {

using namespace std::string_view_literals;

// Whether a found file of these bytes and that name is passed over.
bool PassedOver(std::string_view bytes, std::string_view name) {
  const auto source = OpenMemory(std::as_bytes(std::span(bytes)));
  const auto checkpoint = Open(*source, name);
  return !checkpoint && IsUnrelated(checkpoint.error(), name);
}

TEST(IsNamedAsCheckpoint, LooksAtTheEnding) {
  for (const auto name : {"a.pt", "a.pth", "a.ckpt", "a.bin", "a.safetensors",
                          "a.pkl", "a.pth.tar", "a.distcp", "a.pt2", ".pt"}) {
    EXPECT_TRUE(IsNamedAsCheckpoint(name)) << name;
  }
  for (const auto name : {"a.txt", "a.pt.md5", "apt", "pt", "", "a.PT"}) {
    EXPECT_FALSE(IsNamedAsCheckpoint(name)) << name;
  }
}

TEST(IsUnrelated, OtherKindsOfFilesAreWhateverTheirName) {
  for (const auto bytes :
       {"\x89PNG\r\n\x1A\n"sv, "{\"model\": 1}"sv, "some words"sv,
        "\1\2\3\4\5\6\7"sv, "\x93NUMPY\1\0"sv, "\x1F\x8B\x08\0"sv,
        "<?xml version=\"1.0\"?><svg/>"sv,
        "{\"schema\": \"ptscope/manifest/1\"}"sv}) {
    EXPECT_TRUE(PassedOver(bytes, "a.pt")) << bytes;
    EXPECT_TRUE(PassedOver(bytes, "a.txt")) << bytes;
  }
}

TEST(IsUnrelated, PlaceholdersAreWhereNoCheckpointWasMeant) {
  const std::string zeros(10'000, '\0');
  const std::string ones(10'000, '\xFF');
  for (const auto bytes :
       {""sv, "PK"sv, std::string_view(zeros), std::string_view(ones),
        "version https://git-lfs.github.com/spec/v1\noid sha256:\nsize 1\n"sv,
        "/annex/objects/SHA256E-s1--a\n"sv, "outs:\n- md5: 0\n"sv,
        "<!DOCTYPE html><html></html>"sv,
        "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>"sv,
        "{\"error\": \"Repository not found\"}"sv, "Entry not found"sv}) {
    EXPECT_FALSE(PassedOver(bytes, "a.pt")) << bytes.substr(0, 20);
    EXPECT_TRUE(PassedOver(bytes, "a.txt")) << bytes.substr(0, 20);
    EXPECT_TRUE(PassedOver(bytes, "a.pt.lock")) << bytes.substr(0, 20);
  }
}

TEST(IsUnrelated, CheckpointsThatCannotBeReadAreNot) {
  for (const auto bytes : {"\x08\0\0\0\0\0\0\0{      }"sv,  // safetensors
                           "PK\3\4 and no end"sv, "PYTORCH1\0\0"sv,
                           "\x80\4K\1."sv, "{\"weight_map\": {}}"sv}) {
    EXPECT_FALSE(PassedOver(bytes, "a.pt")) << bytes;
    EXPECT_FALSE(PassedOver(bytes, "a")) << bytes;
  }
}

TEST(IsUnrelated, AFileThatIsNotThereIsWhereNoCheckpointWasMeant) {
  const auto checkpoint = Open(std::filesystem::path("no/such/file"));
  ASSERT_FALSE(checkpoint);
  EXPECT_TRUE(IsUnrelated(checkpoint.error(), "file"));
  EXPECT_FALSE(IsUnrelated(checkpoint.error(), "file.pt"));
  EXPECT_FALSE(IsUnrelated({.code = ErrorCode::kIo}, "file"));
}

TEST(KindOfFolder, GoesByTheNamesInIt) {
  using Names = std::vector<std::string>;
  using enum FolderKind;
  EXPECT_EQ(KindOfFolder(Names{}), kPlain);
  EXPECT_EQ(KindOfFolder(Names{"a.pt", "data", "config.json"}), kPlain);
  EXPECT_EQ(KindOfFolder(Names{"__0_0.distcp", ".metadata"}), kCheckpoint);
  EXPECT_EQ(KindOfFolder(Names{"pytorch_model.bin.index.json"}), kCheckpoint);
  EXPECT_EQ(KindOfFolder(Names{"mp_rank_00_model_states.pt"}), kCheckpoint);
  EXPECT_EQ(KindOfFolder(Names{"version", "data.pkl", "data"}), kArchive);
}

}  // namespace
}  // namespace ptscope
