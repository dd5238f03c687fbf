#include "base/key_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ptscope {
namespace {

TEST(KeyTable, FindsWhatWasInserted) {
  KeyTable table;
  table.Insert("0", 7);
  table.Insert("weights/a", 8);
  EXPECT_EQ(table.Find("0"), 7u);
  EXPECT_EQ(table.Find("weights/a"), 8u);
}

TEST(KeyTable, HasNothingAtFirst) {
  EXPECT_EQ(KeyTable().Find("0"), KeyTable::kAbsent);
}

TEST(KeyTable, KeepsTheFirstNumberOfAKey) {
  KeyTable table;
  EXPECT_EQ(table.Insert("5", 1), KeyTable::kAbsent);
  EXPECT_EQ(table.Insert("5", 2), 1u);
  EXPECT_EQ(table.Find("5"), 1u);
}

TEST(KeyTable, TellsSpellingsOfOneNumberApart) {
  KeyTable table;
  table.Insert("7", 1);
  for (const char* key : {"07", "+7", " 7", "7 ", "7.0", ""}) {
    EXPECT_EQ(table.Find(key), KeyTable::kAbsent) << key;
  }
}

TEST(KeyTable, FindsAddressesOfOldWriters) {
  KeyTable table;
  table.Insert("94340341200128", 3);
  EXPECT_EQ(table.Find("94340341200128"), 3u);
}

TEST(KeyTable, FindsALargeNumberThatLaterFitsTheArray) {
  KeyTable table;
  table.Insert("9000", 1);  // too far ahead: hashed
  std::vector<std::string> keys;
  for (int i = 0; i < 9000; ++i) keys.push_back(std::to_string(i));
  for (uint32_t i = 0; i < 9000; ++i) table.Insert(keys[i], i + 2);
  EXPECT_EQ(table.Find("9000"), 1u);
  EXPECT_EQ(table.Insert("9000", 5), 1u);
}

TEST(KeyTable, ExchangesNumbers) {
  KeyTable table;
  for (const char* key : {"7", "word", "94340341200128"}) {
    EXPECT_EQ(table.Exchange(key, 1), KeyTable::kAbsent) << key;
    EXPECT_EQ(table.Find(key), KeyTable::kAbsent) << key;
    table.Insert(key, 2);
    EXPECT_EQ(table.Exchange(key, 3), 2u) << key;
    EXPECT_EQ(table.Find(key), 3u) << key;
  }
}

TEST(KeyTable, ReservesRoom) {
  KeyTable table;
  table.Insert("a", 1);
  table.Reserve(1000);
  table.Reserve(10);
  EXPECT_EQ(table.Find("a"), 1u);
  EXPECT_EQ(table.Find("b"), KeyTable::kAbsent);
}

TEST(KeyTable, GrowsWithItsKeys) {
  KeyTable table;
  std::vector<std::string> keys;
  for (uint32_t i = 0; i < 5000; ++i) keys.push_back("k" + std::to_string(i));
  for (uint32_t i = 0; i < 5000; ++i) table.Insert(keys[i], i);
  for (uint32_t i = 0; i < 5000; ++i) EXPECT_EQ(table.Find(keys[i]), i);
}

}  // namespace
}  // namespace ptscope
