#include "ptscope/name_filter.h"

#include <gtest/gtest.h>

#include <vector>

namespace ptscope {
namespace {

NameFilter Filter(std::vector<std::string> match,
                  std::vector<std::string> exclude) {
  return NameFilter(match, exclude);
}

TEST(NameFilter, KeepsAllWithoutGlobs) {
  EXPECT_TRUE(NameFilter().Keeps("a"));
  EXPECT_TRUE(Filter({}, {}).empty());
}

TEST(NameFilter, NeedsOneOfTheMatches) {
  const NameFilter filter = Filter({"a.*", "b.*"}, {});
  EXPECT_TRUE(filter.Keeps("b.x"));
  EXPECT_FALSE(filter.Keeps("c.x"));
}

TEST(NameFilter, LeavesOutWhatIsExcluded) {
  const NameFilter filter = Filter({"a.*"}, {"*.bias"});
  EXPECT_TRUE(filter.Keeps("a.weight"));
  EXPECT_FALSE(filter.Keeps("a.bias"));
}

TEST(NameFilter, NeedsNoMatchToExclude) {
  const NameFilter filter = Filter({}, {"*.bias"});
  EXPECT_TRUE(filter.Keeps("a.weight"));
  EXPECT_FALSE(filter.Keeps("a.bias"));
}

}  // namespace
}  // namespace ptscope
