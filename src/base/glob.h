// Globs over whole names, compared by code point.
//
//   *        any run of characters, dots too
//   ?        one character
//   [a-z]    one of a class; a `]` that comes first is a member, as is a `-`
//            that is first or last
//   [!a-z]   one that is not of the class
//
// A `[` that is never closed stands for itself. There is no escape: `[*]` is a
// star. A byte that is not UTF-8 is a character of its own, unlike any other.
#ifndef PTSCOPE_BASE_GLOB_H_
#define PTSCOPE_BASE_GLOB_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ptscope {

class Glob {
 public:
  explicit Glob(std::string_view pattern);

  // Time: pattern times name at worst, and no recursion.
  bool Matches(std::string_view name) const;

  const std::string& pattern() const { return pattern_; }

 private:
  struct Range {
    char32_t low;
    char32_t high;
  };
  struct Item {
    enum class Kind : uint8_t { kLiteral, kAny, kRun, kClass } kind;
    bool negated = false;  // of kClass
    char32_t literal = 0;  // of kLiteral
    uint32_t first = 0;    // of kClass: its part of ranges_
    uint32_t last = 0;
  };

  size_t ParseClass(size_t at);
  bool Accepts(const Item& item, char32_t c) const;

  std::string pattern_;
  bool literal_ = false;  // no wildcard in it
  std::vector<Item> items_;
  std::vector<Range> ranges_;
};

}  // namespace ptscope

#endif  // PTSCOPE_BASE_GLOB_H_
