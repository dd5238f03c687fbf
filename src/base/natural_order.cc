#include "base/natural_order.h"

#include <algorithm>

namespace ptscope {

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The digits at text[at], which moves past them, without leading zeros.
std::string_view TakeNumber(std::string_view text, size_t& at) {
  while (at < text.size() && text[at] == '0') ++at;
  const size_t from = at;
  while (at < text.size() && IsDigit(text[at])) ++at;
  return text.substr(from, at - from);
}

}  // namespace

std::strong_ordering CompareNatural(std::string_view a, std::string_view b) {
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (IsDigit(a[i]) && IsDigit(b[j])) {
      const std::string_view x = TakeNumber(a, i);
      const std::string_view y = TakeNumber(b, j);
      if (x.size() != y.size()) return x.size() <=> y.size();
      if (const int order = x.compare(y); order != 0) return order <=> 0;
      continue;
    }
    if (a[i] != b[j]) {
      return static_cast<unsigned char>(a[i]) <=>
             static_cast<unsigned char>(b[j]);
    }
    ++i;
    ++j;
  }
  if (i < a.size()) return std::strong_ordering::greater;
  if (j < b.size()) return std::strong_ordering::less;
  return a.compare(b) <=> 0;
}

}  // namespace ptscope
