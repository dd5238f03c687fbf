#include "cli/name_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace ptscope::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The names in a list of these bytes.
Result<std::vector<std::string>> Names(const std::string& bytes, bool nul) {
  const std::string path =
      ::testing::TempDir() + "/ptscope_name_list_" + std::to_string(::getpid());
  std::ofstream(path, std::ios::binary) << bytes;
  std::vector<std::string> names;
  const Status status = ReadNameList(path, nul, names);
  std::filesystem::remove(path);
  if (!status) return status.error();
  return names;
}

TEST(ReadNameList, TakesOneNameALine) {
  EXPECT_THAT(*Names("a\nb c\n", false), ElementsAre("a", "b c"));
  EXPECT_THAT(*Names("a\nb", false), ElementsAre("a", "b"));
  EXPECT_THAT(*Names("", false), IsEmpty());
}

TEST(ReadNameList, LeavesOutEmptyNames) {
  EXPECT_THAT(*Names("\n\na\n\n", false), ElementsAre("a"));
  EXPECT_THAT(*Names(std::string("\0a\0\0b", 5), true), ElementsAre("a", "b"));
}

TEST(ReadNameList, TrimsNothing) {
  EXPECT_THAT(*Names(" a \r\n\t\n", false), ElementsAre(" a \r", "\t"));
}

TEST(ReadNameList, TakesNamesThatEndWithNul) {
  EXPECT_THAT(*Names(std::string("a\nb\0c\0", 6), true),
              ElementsAre("a\nb", "c"));
}

TEST(ReadNameList, RefusesNulInLines) {
  const auto names = Names(std::string("a\nb\0c\n", 6), false);
  ASSERT_FALSE(names);
  EXPECT_EQ(names.error().code, ErrorCode::kUsage);
  EXPECT_EQ(names.error().Text(),
            "there is a NUL in the list of names; -0 reads names that end "
            "with one");
}

TEST(ReadNameList, TakesNamesLongerThanABlock) {
  const std::string name(200'000, 'x');
  EXPECT_THAT(*Names("a\n" + name + "\n" + name, false),
              ElementsAre("a", name, name));
}

TEST(ReadNameList, KeepsTheNamesThatAreThere) {
  std::vector<std::string> names = {"first"};
  ASSERT_FALSE(ReadNameList("no_such_list", false, names));
  EXPECT_THAT(names, ElementsAre("first"));
}

TEST(ReadNameList, SaysWhyAListCannotBeRead) {
  std::vector<std::string> names;
  const Status missing = ReadNameList("no_such_list", false, names);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().Text(), "cannot open: No such file or directory");
  const Status folder = ReadNameList(".", false, names);
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().Text(), "cannot read: Is a directory");
}

}  // namespace
}  // namespace ptscope::cli
