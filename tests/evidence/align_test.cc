#include "evidence/align.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "ptscope/checkpoint.h"

namespace ptscope::evidence {
namespace {

using testing::ElementsAre;

std::vector<uint32_t> Aligned(const std::vector<uint32_t>& a,
                              const std::vector<uint32_t>& b) {
  return Align(a, b).value();
}

TEST(Align, FindsEqualOnes) {
  EXPECT_THAT(Aligned({1, 2, 3}, {1, 2, 3}), ElementsAre(0, 1, 2));
  EXPECT_THAT(Aligned({}, {1}), ElementsAre());
  EXPECT_THAT(Aligned({1}, {}), ElementsAre(kNone));
}

TEST(Align, LeavesOutWhatTheOtherLacks) {
  EXPECT_THAT(Aligned({1, 2, 3}, {1, 3}), ElementsAre(0, kNone, 1));
  EXPECT_THAT(Aligned({1, 3}, {1, 2, 3}), ElementsAre(0, 2));
  EXPECT_THAT(Aligned({7, 1, 2}, {1, 2}), ElementsAre(kNone, 0, 1));
}

TEST(Align, IsTheLongest) {
  // Taking the 3 at once would leave the rest without a partner.
  EXPECT_THAT(Aligned({3, 1, 2}, {1, 2, 3}), ElementsAre(kNone, 0, 1));
  EXPECT_THAT(Aligned({1, 2, 1, 2, 5}, {2, 1, 5}),
              ElementsAre(kNone, 0, 1, kNone, 2));
}

TEST(Align, GivesUpWhereItWouldTakeLong) {
  std::vector<uint32_t> a(2000, 1);
  std::vector<uint32_t> b(2000, 2);
  EXPECT_FALSE(Align(a, b).has_value());
  // Equal ends cost nothing.
  std::vector<uint32_t> c(a);
  c.erase(c.begin() + 1000);
  EXPECT_TRUE(Align(a, c).has_value());
}

}  // namespace
}  // namespace ptscope::evidence
