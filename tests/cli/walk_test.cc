#include "cli/walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace ptscope::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A directory of its own, which is the current one while the test lasts.
class WalkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    was_ = fs::current_path();
    scratch_ = fs::path(::testing::TempDir()) /
               ("ptscope_walk_" + std::to_string(::getpid()));
    fs::create_directories(scratch_ / "t");
    fs::current_path(scratch_);
  }
  void TearDown() override {
    fs::current_path(was_);
    fs::remove_all(scratch_);
  }

  const fs::path& scratch() const { return scratch_; }

  // A file in the directory `t`, with its folders.
  static void File(const std::string& path) {
    const fs::path whole = fs::path("t") / path;
    fs::create_directories(whole.parent_path());
    std::ofstream(whole) << "x";
  }
  static void Link(const std::string& path, const std::string& target) {
    fs::create_symlink(target, fs::path("t") / path);
  }

  static InputFiles Found(const FileFilter& filter = {{}, {}},
                          const std::string& root = "t") {
    InputFiles found;
    Walk(root, filter, found);
    return found;
  }
  static std::vector<std::string> Names(const InputFiles& found) {
    std::vector<std::string> names;
    for (const InputFile& file : found.files) names.push_back(file.name);
    return names;
  }
  static std::vector<std::string> Names(
      const std::vector<std::string>& include,
      const std::vector<std::string>& exclude) {
    return Names(Found(FileFilter(include, exclude)));
  }

 private:
  fs::path was_;
  fs::path scratch_;
};

TEST_F(WalkTest, SortsPathsByTheirBytes) {
  for (const char* name : {"b", "a/z", "a/B", "a.pt", "a-b", "a0", "a/c/d"}) {
    File(name);
  }
  EXPECT_THAT(Names(Found()), ElementsAre("t/a-b", "t/a.pt", "t/a/B", "t/a/c/d",
                                          "t/a/z", "t/a0", "t/b"));
}

TEST_F(WalkTest, NamesBeginWithTheRootAsGiven) {
  File("a");
  EXPECT_THAT(Names(Found({{}, {}}, "t/")), ElementsAre("t/a"));
  EXPECT_THAT(Names(Found({{}, {}}, "./t")), ElementsAre("./t/a"));
  EXPECT_THAT(Names(Found({{}, {}}, ".")), ElementsAre("./t/a"));
}

TEST_F(WalkTest, FindsNothingInAnEmptyDirectory) {
  EXPECT_THAT(Names(Found()), IsEmpty());
}

TEST_F(WalkTest, DoesNotFollowLinksToDirectories) {
  File("a/x");
  Link("a/up", "..");
  Link("b", "a");
  EXPECT_THAT(Names(Found()), ElementsAre("t/a/x"));
  EXPECT_EQ(Found().others, 0u);
}

TEST_F(WalkTest, FollowsTheRootAndLinksToFiles) {
  File("a/x");
  Link("a/y", "x");
  Link("l", "a");
  EXPECT_THAT(Names(Found({{}, {}}, "t/l")), ElementsAre("t/l/x", "t/l/y"));
}

TEST_F(WalkTest, KeepsLinksThatLeadNowhere) {
  Link("gone", "nowhere");
  Link("self", "self");
  EXPECT_THAT(Names(Found()), ElementsAre("t/gone", "t/self"));
}

TEST_F(WalkTest, CountsPipes) {
  File("a");
  ASSERT_EQ(::mkfifo("t/pipe", 0600), 0);
  Link("l", "pipe");
  const InputFiles found = Found();
  EXPECT_THAT(Names(found), ElementsAre("t/a"));
  EXPECT_EQ(found.others, 2u);
}

TEST_F(WalkTest, ADirectoryThatIsACheckpointIsOneFile) {
  File("d/.metadata");
  File("d/__0_0.distcp");
  File("d/more/a.pt");
  File("z/data.pkl");
  File("z/data/0");
  EXPECT_THAT(Names(Found()), ElementsAre("t/d", "t/d/more/a.pt", "t/z"));
}

TEST_F(WalkTest, OnlyWhatNobodyNamedIsFound) {
  File(".metadata");
  File("a/.metadata");
  const InputFiles found = Found();
  ASSERT_THAT(Names(found), ElementsAre("t", "t/a"));
  EXPECT_FALSE(found.files[0].found);
  EXPECT_TRUE(found.files[1].found);
}

TEST_F(WalkTest, ADirectoryThatCannotBeListedIsAnError) {
  // Its path is too long for the system, which holds for root too.
  constexpr int kDepth = 500;
  const std::string kName(10, 'd');
  File("a/x");
  File("z/x");
  fs::current_path("t/a");
  for (int i = 0; i < kDepth; ++i) {
    ASSERT_EQ(::mkdir(kName.c_str(), 0700), 0);
    ASSERT_EQ(::chdir(kName.c_str()), 0);
  }
  fs::current_path(scratch());
  const InputFiles found = Found();
  fs::current_path("t/a");
  for (int i = 0; i < kDepth; ++i) ASSERT_EQ(::chdir(kName.c_str()), 0);
  for (int i = 0; i < kDepth; ++i) {
    ASSERT_EQ(::chdir(".."), 0);
    ASSERT_EQ(::rmdir(kName.c_str()), 0);
  }

  ASSERT_EQ(found.files.size(), 3u);
  EXPECT_EQ(found.files[0].name.substr(0, 12), "t/a/dddddddd");
  // Where the directory's entries do not say what they are, opening fails.
  if (found.files[0].error != nullptr) {
    EXPECT_EQ(found.files[0].error->Text(),
              "cannot list the directory: File name too long");
  }
  EXPECT_EQ(found.files[1].name, "t/a/x");
  EXPECT_EQ(found.files[1].error, nullptr);
  EXPECT_EQ(found.files[2].name, "t/z/x");
}

TEST_F(WalkTest, FiltersByTheLastPartOrTheWholePath) {
  for (const char* name : {"a.pt", "b/a.pt", "b/a.txt", "c/d/a.pt"}) File(name);
  EXPECT_THAT(Names({"*.pt"}, {}),
              ElementsAre("t/a.pt", "t/b/a.pt", "t/c/d/a.pt"));
  EXPECT_THAT(Names({"t/b/*"}, {}), ElementsAre("t/b/a.pt", "t/b/a.txt"));
  EXPECT_THAT(Names({"t*"}, {}), IsEmpty());
  EXPECT_THAT(Names({"a.txt", "t/c/*"}, {}),
              ElementsAre("t/b/a.txt", "t/c/d/a.pt"));
  EXPECT_THAT(Names({}, {"*.pt"}), ElementsAre("t/b/a.txt"));
  EXPECT_THAT(Names({"*.pt"}, {"t/b/*", "*/d/*"}), ElementsAre("t/a.pt"));
}

TEST_F(WalkTest, FilterHoldsForDirectoriesThatAreCheckpoints) {
  File("d/.metadata");
  EXPECT_THAT(Names({"d"}, {}), ElementsAre("t/d"));
  EXPECT_THAT(Names({}, {"d"}), IsEmpty());
}

}  // namespace
}  // namespace ptscope::cli
