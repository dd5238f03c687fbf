#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "ptscope/source.h"

namespace ptscope {
namespace {

namespace fs = std::filesystem;

class FolderEntries : public testing::Test {
 protected:
  void SetUp() override {
    // Tests run side by side.
    std::string name = testing::TempDir() + "/folder_entries_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    path_ = name;
    fs::create_directories(path_ / "sub");
    std::ofstream(path_ / "b") << "12345";
    std::ofstream(path_ / "a");
    fs::create_symlink("b", path_ / "to_file");
    fs::create_symlink("sub", path_ / "to_folder");
    fs::create_symlink("nothing", path_ / "to_nothing");
  }
  void TearDown() override { fs::remove_all(path_); }

  static std::string Text(const Result<std::vector<FolderEntry>>& entries) {
    if (!entries) return entries.error().Text();
    std::string text;
    for (const FolderEntry& e : *entries) {
      text += e.name + (e.is_folder ? "/" : "=" + std::to_string(e.size)) + ' ';
    }
    return text;
  }

  fs::path path_;
};

TEST_F(FolderEntries, HasSizesAndFollowsNoLinkToAFolder) {
  const auto folder = OpenFolder(path_);
  ASSERT_TRUE(folder);
  EXPECT_EQ(Text((*folder)->Entries()), "a=0 b=5 sub/ to_file=5 ");
}

TEST_F(FolderEntries, SaysThatTheFolderIsGone) {
  const auto folder = OpenFolder(path_);
  ASSERT_TRUE(folder);
  fs::remove_all(path_);
  EXPECT_EQ(Text((*folder)->Entries()),
            "cannot list the directory: No such file or directory");
}

// A folder that lists and opens, and knows no more.
class Plain final : public Folder {
 public:
  Result<std::vector<std::string>> List() const override {
    return std::vector<std::string>{"a", "b", "c"};
  }
  Result<std::unique_ptr<Source>> Open(std::string_view name) const override {
    if (name == "a") return OpenMemory(std::as_bytes(std::span("12", 2)));
    return Error{.code = ErrorCode::kIo};
  }
  Result<std::unique_ptr<Folder>> OpenFolder(
      std::string_view name) const override {
    if (name == "b") return std::unique_ptr<Folder>(new Plain);
    return Error{.code = ErrorCode::kIo};
  }
};

TEST(FolderOfMemory, OpensWhatItHasToKnow) {
  const auto entries = Plain().Entries();
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[0].size, 2u);
  EXPECT_TRUE((*entries)[1].is_folder);
}

}  // namespace
}  // namespace ptscope
