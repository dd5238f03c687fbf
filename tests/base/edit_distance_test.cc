#include "base/edit_distance.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ptscope {
namespace {

TEST(EditDistance, CountsEdits) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("abc", ""), 3u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
}

TEST(NearestWord, TakesTheNearestAndTheFirstOfThose) {
  const std::vector<std::string_view> words = {"dtype", "shape", "share"};
  EXPECT_EQ(NearestWord("dtyp", words), "dtype");
  EXPECT_EQ(NearestWord("shate", words), "shape");
}

TEST(NearestWord, FindsNothingFarAway) {
  const std::vector<std::string_view> words = {"dtype", "shape"};
  EXPECT_EQ(NearestWord("requires_grad", words), "");
  EXPECT_EQ(NearestWord(std::string(100'000, 'x'), words), "");
}

}  // namespace
}  // namespace ptscope
