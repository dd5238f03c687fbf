#include "render/columns.h"

#include <gtest/gtest.h>

#include "render/sizes.h"

namespace ptscope::render {
namespace {

TEST(Columns, AlignsTextLeftAndNumbersRight) {
  Columns columns({{.header = "name"}, {.header = "n", .right = true}});
  columns.Text("ab");
  columns.Number(7);
  columns.Text("abcdef");
  columns.Number(123);
  std::string out;
  columns.Write(out);
  EXPECT_EQ(out,
            "name      n\n"
            "ab        7\n"
            "abcdef  123\n");
}

TEST(Columns, LastTextHasNoSpacesBehindIt) {
  Columns columns({{.header = "a"}, {.header = "word"}});
  columns.Text("x");
  columns.Text("y");
  std::string out;
  columns.Write(out);
  EXPECT_EQ(out, "a  word\nx  y\n");
}

TEST(Columns, WritesTheHeaderOnce) {
  Columns columns({{.header = "a"}});
  std::string out;
  columns.Text("x");
  columns.Write(out);
  columns.Text("y");
  columns.Write(out);
  EXPECT_EQ(out, "a\nx\ny\n");
}

TEST(Columns, HoldsNoWhiteSpaceWithinAField) {
  Columns columns({{.header = "a"}});
  columns.Text("x y\tz");
  std::string out;
  columns.Write(out);
  EXPECT_EQ(out, "a\nx\\x20y\\x09z\n");
}

TEST(Columns, ShowsAnEmptyName) {
  Columns columns({{.header = "a"}});
  columns.Text("");
  std::string out;
  columns.Write(out);
  EXPECT_EQ(out, "a\n\"\"\n");
}

TEST(Columns, ColourTakesNoWidth) {
  Columns columns({{.header = "a"}, {.header = "b"}});
  columns.Word("x", "31");
  columns.Word("y");
  std::string out;
  columns.Write(out);
  EXPECT_EQ(out, "a  b\n\x1b[31mx\x1b[0m  y\n");
}

TEST(Sizes, ArePowersOf1024) {
  EXPECT_EQ(HumanSize(0), "0 B");
  EXPECT_EQ(HumanSize(1023), "1023 B");
  EXPECT_EQ(HumanSize(1536), "1.5 KiB");
  EXPECT_EQ(HumanSize(98ull << 20), "98 MiB");
  EXPECT_EQ(HumanSize((1ull << 30) - 1), "1.0 GiB");
}

TEST(Sizes, ExactBytesOfAnExpandedTensorDoNotWrap) {
  const Tensor tensor{
      .dtype = Dtype::kFloat64, .numel = 1ull << 61, .nbytes = UINT64_MAX};
  EXPECT_EQ(ExactBytes(tensor), "18446744073709551616");
}

}  // namespace
}  // namespace ptscope::render
