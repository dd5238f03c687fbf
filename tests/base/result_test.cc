#include "ptscope/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <vector>

#include "base/checked_math.h"
#include "ptscope/limits.h"

namespace ptscope {
namespace {

Result<int> Half(int n) {
  if (n % 2 != 0) return Error{.message = "is odd"};
  return n / 2;
}
Result<int> Quarter(int n) {
  PTSCOPE_TRY(const int half, Half(n));
  return Half(half);
}
Status Even(int n) {
  PTSCOPE_CHECK(Half(n));
  return {};
}

TEST(Result, HasAValueOrAnError) {
  EXPECT_EQ(*Half(4), 2);
  EXPECT_FALSE(Half(3).has_value());
  EXPECT_EQ(Half(3).error().message, "is odd");
}

TEST(Result, TryGivesTheFirstErrorOn) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).error().message, "is odd");
}

TEST(Result, CheckGivesTheErrorOn) {
  EXPECT_TRUE(Even(2).has_value());
  EXPECT_FALSE(Even(1).has_value());
}

TEST(Result, HoldsWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(3));
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 3);
}

TEST(Error, TextHasPlaceWordsFoundExpectedAndHint) {
  const Error error{.message = "is short",
                    .record = "data.pkl",
                    .offset = 0x1a3,
                    .found = "3",
                    .expected = "4",
                    .hint = "copy it again"};
  EXPECT_EQ(error.Text(),
            "data.pkl+0x1a3: is short: found 3, expected 4; copy it again");
}

TEST(Error, TextLeavesOutWhatIsAbsent) {
  EXPECT_EQ((Error{.message = "is empty"}).Text(), "is empty");
  EXPECT_EQ((Error{.message = "is odd", .offset = 16}).Text(),
            "offset 0x10: is odd");
  EXPECT_EQ((Error{.message = "is odd", .expected = "even"}).Text(),
            "is odd: expected even");
}

TEST(ErrorCode, HasAWordOfItsOwn) {
  std::set<std::string_view> words;
  const std::vector<ErrorCode> codes = {
#define X(name, word, text) ErrorCode::name,
      PTSCOPE_ERROR_CODES(X)
#undef X
  };
  for (const ErrorCode code : codes) words.insert(ToWord(code));
  EXPECT_EQ(words.size(), codes.size());
}

TEST(Limits, AreSetByName) {
  Limits limits;
  EXPECT_TRUE(limits.Set("steps", 12));
  EXPECT_EQ(limits.steps, 12u);
  EXPECT_FALSE(limits.Set("step", 12));
}

TEST(CheckedMath, TellsWhatDoesNotFit) {
  EXPECT_EQ(CheckedAdd<uint64_t>(UINT64_MAX, 0), UINT64_MAX);
  EXPECT_EQ(CheckedAdd<uint64_t>(UINT64_MAX, 1), std::nullopt);
  EXPECT_EQ(CheckedMul<int64_t>(INT64_MAX, 2), std::nullopt);
  EXPECT_EQ(CheckedMul<uint64_t>(1ull << 32, 1ull << 31), 1ull << 63);
}

}  // namespace
}  // namespace ptscope
