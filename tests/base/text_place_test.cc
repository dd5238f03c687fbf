#include "base/text_place.h"

#include <gtest/gtest.h>

namespace ptscope {
namespace {

TEST(PlaceOf, CountsLinesAndCodePointsFromOne) {
  EXPECT_EQ(PlaceOf("", 0), "1:1");
  EXPECT_EQ(PlaceOf("ab\ncd", 2), "1:3");
  EXPECT_EQ(PlaceOf("ab\ncd", 3), "2:1");
  EXPECT_EQ(PlaceOf("é€x", 5), "1:3");
  EXPECT_EQ(PlaceOf("\xFF\xFFx", 2), "1:3");
  EXPECT_EQ(PlaceOf("a\n", 2), "2:1");
}

}  // namespace
}  // namespace ptscope
