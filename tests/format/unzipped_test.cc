#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "ptscope/open.h"
#include "support/torch_pickle.h"

namespace ptscope {
namespace {

namespace fs = std::filesystem;
using test::Dict;
using test::RebuildV2;
using test::Small;
using test::StorageId;
using test::Str;
using ::testing::HasSubstr;

class Unzipped : public testing::Test {
 protected:
  void SetUp() override {
    // Tests run side by side.
    std::string name = testing::TempDir() + "/unzipped_archive_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    path_ = name;
    Write("data.pkl", Dict({{Str("w"), Small()}}) + ".");
    Write("data/0", std::string(16, '\0'));
    Write("version", "3\n");
    Write("byteorder", "little");
  }
  void TearDown() override { fs::remove_all(path_); }

  void Write(const std::string& name, const std::string& content) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << content;
  }

  std::string Text(const OpenOptions& options = {}) const {
    const auto c = Open(path_, options);
    if (!c) return c.error().Text();
    std::string text(c->format);
    text += ':';
    for (const Tensor& t : c->tensors) {
      (text += ' ') += t.name;
      if (const auto problem = c->ProblemOf(t); !problem.empty()) {
        ((text += " (") += problem) += ')';
      }
    }
    for (const Finding& f : c->findings) (text += "; ") += f.message;
    return text;
  }

  fs::path path_;
};

TEST_F(Unzipped, IsReadAsTheArchive) {
  EXPECT_EQ(Text(), "unzipped torch zip: w");
  const auto c = Open(path_, {.locate = true});
  ASSERT_TRUE(c);
  EXPECT_EQ(c->version, "3");
  EXPECT_EQ(c->byte_order, "little");
  EXPECT_EQ(c->on_disk, 16u);
  // No offset in one file.
  EXPECT_EQ(c->FileOffsetOf(c->tensors[0]), std::nullopt);
}

TEST_F(Unzipped, SaysThatAStorageIsMissing) {
  fs::remove(path_ / "data" / "0");
  Write("data/1", "1");
  EXPECT_EQ(Text(),
            "unzipped torch zip: w (record data/0 is not in the archive)");
}

TEST_F(Unzipped, SaysThatAStorageIsShort) {
  Write("data/0", "123");
  EXPECT_EQ(Text(),
            "unzipped torch zip: w (record data/0 has 3 bytes, its storage "
            "16)");
}

TEST_F(Unzipped, NeedsNoVersion) {
  fs::remove(path_ / "version");
  EXPECT_THAT(Text(), HasSubstr("w; the record `version` is missing"));
}

TEST_F(Unzipped, LimitsThePickle) {
  EXPECT_EQ(Text({.limits = {.pickle = 10}}).substr(0, 43),
            "data.pkl: is larger than the limit `pickle`");
}

TEST_F(Unzipped, LimitsTheFiles) {
  EXPECT_THAT(Text({.limits = {.records = 3}}), HasSubstr("limit `records`"));
}

TEST_F(Unzipped, LimitsTheDepth) {
  std::string deep = "data/";
  for (int i = 0; i < 40; ++i) deep += "a/";
  Write(deep + "x", "");
  EXPECT_THAT(Text(), HasSubstr("nested too deep"));
}

TEST_F(Unzipped, FollowsLinksToFilesAlone) {
  fs::rename(path_ / "data" / "0", path_ / "blob");
  fs::create_symlink("../blob", path_ / "data" / "0");
  fs::create_symlink("..", path_ / "data" / "up");
  EXPECT_EQ(Text(), "unzipped torch zip: w");
}

TEST_F(Unzipped, NamesADamagedPickle) {
  Write("data.pkl", "hello");
  EXPECT_THAT(Text(), testing::StartsWith("data.pkl"));
}

TEST_F(Unzipped, MayBeOfAnyOfTorchsFormats) {
  Write("constants.pkl", "(t.");
  EXPECT_EQ(Text(), "unzipped TorchScript: w");
}

}  // namespace
}  // namespace ptscope
