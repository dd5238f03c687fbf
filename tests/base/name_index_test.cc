#include "base/name_index.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace ptscope {
namespace {

class NameIndexTest : public testing::Test {
 protected:
  uint32_t Insert(std::string name) {
    names_.push_back(std::move(name));
    const auto id = static_cast<uint32_t>(names_.size() - 1);
    return index_.Insert(names_.back(), id, NameOf());
  }
  uint32_t Find(std::string_view name) { return index_.Find(name, NameOf()); }

  std::function<std::string_view(uint32_t)> NameOf() {
    return [this](uint32_t i) { return std::string_view(names_[i]); };
  }
  std::vector<std::string> names_;
  NameIndex index_;
};

TEST_F(NameIndexTest, KeepsTheFirst) {
  EXPECT_EQ(Insert("a"), 0u);
  EXPECT_EQ(Insert("b"), 1u);
  EXPECT_EQ(Insert("a"), 0u);
  EXPECT_EQ(Find("a"), 0u);
}

TEST_F(NameIndexTest, FindsAllAfterItHasGrown) {
  for (int i = 0; i < 10'000; ++i) Insert("name " + std::to_string(i));
  for (uint32_t i = 0; i < 10'000; ++i) ASSERT_EQ(Find(names_[i]), i);
  EXPECT_EQ(Find("name"), NameIndex::kAbsent);
}

TEST_F(NameIndexTest, HoldsTheEmptyName) {
  EXPECT_EQ(Find(""), NameIndex::kAbsent);
  EXPECT_EQ(Insert(""), 0u);
  EXPECT_EQ(Find(""), 0u);
}

}  // namespace
}  // namespace ptscope
