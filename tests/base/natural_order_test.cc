#include "base/natural_order.h"

#include <gtest/gtest.h>

#include <string>

namespace ptscope {
namespace {

// Each before the next.
const std::string kOrdered[] = {
    "",
    "0",
    "00",
    "01",
    "1",
    "2",
    "10",
    "99999999999999999999998",
    "99999999999999999999999",
    "A",
    "a",
    "a.01.b",
    "a.1.b",
    "a.1.c",
    "a.2",
    "a.10",
    "a.10.x",
    "a1",
    "a1b",
    "ab",
    "layers.2.w",
    "layers.10.w",
    "\xC3\xA9",
};

TEST(CompareNatural, IsATotalOrder) {
  for (size_t i = 0; i < std::size(kOrdered); ++i) {
    for (size_t j = 0; j < std::size(kOrdered); ++j) {
      EXPECT_EQ(CompareNatural(kOrdered[i], kOrdered[j]), i <=> j)
          << kOrdered[i] << " " << kOrdered[j];
    }
  }
}

}  // namespace
}  // namespace ptscope
