#include "cli/progress.h"

#include <gtest/gtest.h>

#include <string>

namespace ptscope::cli {
namespace {

TEST(ProgressLine, HasNumberTotalAndPath) {
  EXPECT_EQ(ProgressLine(3, 1000, "runs/a.pt", 80), "[3/1000] runs/a.pt");
  EXPECT_EQ(ProgressLine(3, 10, "a b.pt", 80), "[3/10] a b.pt");
}

TEST(ProgressLine, IsCutToTheColumns) {
  EXPECT_EQ(ProgressLine(1, 2, "abcdef", 12), "[1/2] abcdef");
  EXPECT_EQ(ProgressLine(1, 2, "abcdef", 11), "[1/2] abcde");
  EXPECT_EQ(ProgressLine(1, 2, "abcdef", 3), "[1/");
  EXPECT_EQ(ProgressLine(1, 2, "abcdef", 0), "");
}

TEST(ProgressLine, IsEscaped) {
  EXPECT_EQ(ProgressLine(1, 2, "a\x1b[2J\n\xff", 80),
            "[1/2] a\\x1b[2J\\x0a\\xff");
}

TEST(ProgressLine, CutsBetweenCharacters) {
  // e with an accent is one column, a Chinese character two.
  EXPECT_EQ(ProgressLine(1, 2, "\u00e9\u00e9", 7), "[1/2] \u00e9");
  EXPECT_EQ(ProgressLine(1, 2, "\u4e2d\u4e2d", 9), "[1/2] \u4e2d");
  EXPECT_EQ(ProgressLine(1, 2, "\u4e2d\u4e2d", 10), "[1/2] \u4e2d\u4e2d");
}

}  // namespace
}  // namespace ptscope::cli
