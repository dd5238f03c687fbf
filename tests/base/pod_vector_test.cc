#include "base/pod_vector.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <vector>

#include "base/arena.h"
#include "base/hash.h"
#include "ptscope/table.h"

namespace ptscope {
namespace {

TEST(PodVector, KeepsItsValuesWhileItGrowsIntoMappings) {
  PodVector<uint32_t> values;
  constexpr uint32_t kCount = 3'000'000;  // 12 MB: realloc, then mremap
  for (uint32_t i = 0; i < kCount; ++i) values.push_back(i);
  uint64_t sum = 0;
  for (const uint32_t v : values) sum += v;
  EXPECT_EQ(sum, uint64_t{kCount} * (kCount - 1) / 2);
}

TEST(PodVector, AppendsRunsOfEveryLength) {
  std::vector<int> from(40);
  std::iota(from.begin(), from.end(), 0);
  for (size_t n = 0; n <= from.size(); ++n) {
    PodVector<int> values;
    values.append(from.data(), n);
    ASSERT_EQ(std::vector<int>(values.begin(), values.end()),
              std::vector<int>(from.begin(), from.begin() + n));
  }
}

TEST(PodVector, FillsOnlyWhatIsNew) {
  PodVector<int> values;
  values.push_back(1);
  values.resize(3, 7);
  EXPECT_EQ(std::vector<int>(values.begin(), values.end()),
            (std::vector<int>{1, 7, 7}));
}

TEST(PodVector, MovesWithoutCopying) {
  PodVector<int> values;
  values.push_back(5);
  const int* data = values.data();
  const PodVector<int> moved = std::move(values);
  EXPECT_EQ(moved.data(), data);
}

TEST(PodVector, RefusesASizeThatWouldWrap) {
  PodVector<uint64_t> values;
  EXPECT_THROW(values.resize_uninitialized(SIZE_MAX / 8), std::bad_alloc);
}

TEST(Table, GrowsIntoMappings) {
  Table<uint64_t> table;
  for (uint64_t i = 0; i < 1'000'000; ++i) table.push_back(i);
  EXPECT_EQ(table[999'999], 999'999u);
}

TEST(Arena, HandsOutMemoryThatStays) {
  Arena arena;
  std::vector<std::string_view> texts;
  for (int i = 0; i < 100'000; ++i) {
    texts.push_back(arena.Copy(std::string_view(std::to_string(i))));
  }
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_EQ(texts[static_cast<size_t>(i)], std::to_string(i));
  }
}

TEST(Arena, AlignsWhatItHandsOut) {
  Arena arena;
  arena.Copy("x");
  EXPECT_EQ(reinterpret_cast<uintptr_t>(arena.Allocate<uint64_t>(1)) % 8, 0u);
}

TEST(Arena, CountsWhatItHandedOut) {
  Arena arena;
  arena.Copy("abc");
  arena.Allocate<uint64_t>(2);
  EXPECT_EQ(arena.used(), 19u);
}

TEST(Hash, DependsOnEveryByteAndOnTheKey) {
  const std::string text(100, 'a');
  for (size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = 'b';
    EXPECT_NE(HashText(text, 1), HashText(other, 1)) << i;
  }
  EXPECT_NE(HashText(text, 1), HashText(text, 2));
}

TEST(Hash, TellsTextsOfZerosApart) {
  EXPECT_NE(HashText(std::string(3, '\0'), 1),
            HashText(std::string(4, '\0'), 1));
}

}  // namespace
}  // namespace ptscope
