#include "pickle/memo.h"

#include <gtest/gtest.h>

#include <string>

#include "pickle/machine.h"
#include "support/pickle_builder.h"
#include "support/value_dump.h"

namespace ptscope::pickle {
namespace {

using test::AsBytes;
using test::PickleBuilder;

Ref Int(uint32_t n) { return Ref::SmallInt(n); }

TEST(Memo, GivesBackWhatWasPut) {
  Memo memo;
  memo.Put(0, Int(5));
  memo.Put(1, Int(6));
  EXPECT_EQ(memo.Get(0), Int(5));
  EXPECT_EQ(memo.Get(1), Int(6));
  EXPECT_EQ(memo.Get(2), Ref::kAbsent);
  EXPECT_EQ(memo.count(), 2u);
}

TEST(Memo, ReplacesWithoutCounting) {
  Memo memo;
  memo.Put(0, Int(5));
  memo.Put(0, Int(6));
  memo.Put(1u << 30, Int(7));
  memo.Put(1u << 30, Int(8));
  EXPECT_EQ(memo.Get(0), Int(6));
  EXPECT_EQ(memo.Get(1u << 30), Int(8));
  EXPECT_EQ(memo.count(), 2u);
}

// Python 2 numbers from 1.
TEST(Memo, LeavesNumberZeroUnset) {
  Memo memo;
  for (uint32_t i = 1; i < 100; ++i) memo.Put(i, Int(i));
  EXPECT_EQ(memo.Get(0), Ref::kAbsent);
  EXPECT_EQ(memo.Get(99), Int(99));
  EXPECT_EQ(memo.count(), 99u);
  EXPECT_LT(memo.bytes(), 1000u);
}

TEST(Memo, AllocatesNothingForAHugeIndex) {
  Memo memo;
  for (uint64_t i = 0; i < 10; ++i) memo.Put(UINT64_MAX - i, Int(1));
  EXPECT_EQ(memo.Get(UINT64_MAX), Int(1));
  EXPECT_LT(memo.bytes(), 1000u);
}

// Each index lies just close enough to the last one to seem dense.
TEST(Memo, KeepsInProportionToWhatIsPut) {
  Memo memo;
  for (uint32_t i = 0; i < 1000; ++i) memo.Put(4 * i + 3, Int(i));
  EXPECT_LT(memo.bytes(), 100'000u);
  for (uint32_t i = 0; i < 1000; ++i) EXPECT_EQ(memo.Get(4 * i + 3), Int(i));
  EXPECT_EQ(memo.count(), 1000u);
}

TEST(Memo, FindsASparseIndexThatTheArrayHasGrownPast) {
  Memo memo;
  memo.Put(10, Int(7));
  for (uint32_t i = 0; i < 10; ++i) memo.Put(i, Int(i));
  memo.Put(11, Int(11));
  EXPECT_EQ(memo.Get(10), Int(7));
  EXPECT_EQ(memo.count(), 12u);
}

TEST(Memo, CountsAnIndexOnceThatMovesIntoTheArray) {
  Memo memo;
  memo.Put(10, Int(7));
  for (uint32_t i = 0; i < 10; ++i) memo.Put(i, Int(i));
  memo.Put(10, Int(8));
  EXPECT_EQ(memo.Get(10), Int(8));
  EXPECT_EQ(memo.count(), 11u);
}

TEST(Memo, StoresMemoizeAtTheNumberOfEntries) {
  const std::string bytes = PickleBuilder()
                                .BinInt1(1)
                                .LongBinPut(1'000'000)
                                .BinInt1(2)
                                .Memoize()
                                .BinGet(1)
                                .Tuple3()
                                .Stop()
                                .bytes();
  Values values;
  const auto program = pickle::Run(AsBytes(bytes), "", {}, values);
  ASSERT_TRUE(program);
  EXPECT_EQ(test::DumpValue(values, program->root), "(1, 2, 2)");
}

}  // namespace
}  // namespace ptscope::pickle
