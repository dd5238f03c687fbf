#include "json/key_set.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ptscope {
namespace {

TEST(KeySet, TellsWhereAKeyWasFirst) {
  KeySet keys;
  keys.Open();
  EXPECT_EQ(keys.Add("a", 10), std::nullopt);
  EXPECT_EQ(keys.Add("b", 20), std::nullopt);
  EXPECT_EQ(keys.Add("a", 30), 10u);
}

TEST(KeySet, KeepsObjectsApart) {
  KeySet keys;
  keys.Open();
  keys.Add("a", 1);
  keys.Open();
  EXPECT_EQ(keys.Add("a", 2), std::nullopt);
  keys.Close();
  keys.Open();
  EXPECT_EQ(keys.Add("a", 3), std::nullopt);
  keys.Close();
  EXPECT_EQ(keys.Add("a", 4), 1u);
}

TEST(KeySet, FindsKeysOfLargeObjects) {
  std::vector<std::string> names;
  for (int i = 0; i < 1000; ++i) names.push_back(std::to_string(i));
  KeySet keys;
  keys.Open();
  for (uint64_t i = 0; i < 1000; ++i) {
    ASSERT_EQ(keys.Add(names[i], i), std::nullopt);
  }
  for (uint64_t i = 0; i < 1000; ++i) ASSERT_EQ(keys.Add(names[i], 0), i);
}

}  // namespace
}  // namespace ptscope
