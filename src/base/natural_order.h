// The order in which people number things: `layers.2` before `layers.10`.
#ifndef PTSCOPE_BASE_NATURAL_ORDER_H_
#define PTSCOPE_BASE_NATURAL_ORDER_H_

#include <compare>
#include <string_view>

namespace ptscope {

// Runs of digits compare as numbers of any size, all else by byte; names that
// differ only in leading zeros compare by byte. A total order.
std::strong_ordering CompareNatural(std::string_view a, std::string_view b);

inline bool NaturalLess(std::string_view a, std::string_view b) {
  return CompareNatural(a, b) < 0;
}

}  // namespace ptscope

#endif  // PTSCOPE_BASE_NATURAL_ORDER_H_
