#include "base/glob.h"

#include "base/utf8.h"

namespace ptscope {

namespace {

// The character at text[at], which moves on. A byte that is not UTF-8 gets a
// number that no code point has.
char32_t Next(std::string_view text, size_t& at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x80) {
    ++at;
    return byte;
  }
  const CodePoint c = DecodeUtf8(text, at);
  if (c.length == 0) {
    ++at;
    return 0x110000 + byte;
  }
  at += c.length;
  return c.value;
}

}  // namespace

Glob::Glob(std::string_view pattern)
    : pattern_(pattern),
      literal_(pattern.find_first_of("*?[") == std::string_view::npos) {
  if (literal_) return;
  using Kind = Item::Kind;
  size_t at = 0;
  while (at < pattern_.size()) {
    if (pattern_[at] == '[') {
      if (const size_t end = ParseClass(at); end != 0) {
        at = end;
        continue;
      }
    }
    const char32_t c = Next(pattern_, at);
    if (c == '*') {
      const bool again = !items_.empty() && items_.back().kind == Kind::kRun;
      if (!again) items_.push_back({.kind = Kind::kRun});
    } else if (c == '?') {
      items_.push_back({.kind = Kind::kAny});
    } else {
      items_.push_back({.kind = Kind::kLiteral, .literal = c});
    }
  }
}

// Of the class that opens at pattern_[at]; returns where it ends, or 0 if it
// never does.
size_t Glob::ParseClass(size_t at) {
  ++at;
  const bool negated = at < pattern_.size() && pattern_[at] == '!';
  if (negated) ++at;
  const size_t close = pattern_.find(']', at + 1);
  if (close == std::string::npos) return 0;
  const auto first = static_cast<uint32_t>(ranges_.size());
  while (at < close) {
    const char32_t low = Next(pattern_, at);
    char32_t high = low;
    if (pattern_[at] == '-' && at + 1 < close) {
      ++at;
      high = Next(pattern_, at);
    }
    ranges_.push_back({low, high});
  }
  items_.push_back({.kind = Item::Kind::kClass,
                    .negated = negated,
                    .first = first,
                    .last = static_cast<uint32_t>(ranges_.size())});
  return close + 1;
}

bool Glob::Accepts(const Item& item, char32_t c) const {
  switch (item.kind) {
    case Item::Kind::kLiteral:
      return item.literal == c;
    case Item::Kind::kAny:
      return true;
    case Item::Kind::kRun:
      return false;  // handled by the caller
    case Item::Kind::kClass:
      break;
  }
  bool in = false;
  for (uint32_t i = item.first; i < item.last && !in; ++i) {
    in = ranges_[i].low <= c && c <= ranges_[i].high;
  }
  return in != item.negated;
}

// Only the last star seen can matter: what an earlier one could take, the last
// one can take too.
bool Glob::Matches(std::string_view name) const {
  if (literal_) return name == pattern_;
  constexpr size_t kNowhere = static_cast<size_t>(-1);
  size_t item = 0;
  size_t at = 0;
  size_t star_item = kNowhere;  // behind the last star
  size_t star_at = 0;           // what it has taken ends here
  while (at < name.size()) {
    if (item < items_.size() && items_[item].kind == Item::Kind::kRun) {
      star_item = ++item;
      star_at = at;
      if (item == items_.size()) return true;
      continue;
    }
    size_t next = at;
    const char32_t c = Next(name, next);
    if (item < items_.size() && Accepts(items_[item], c)) {
      ++item;
      at = next;
      continue;
    }
    if (star_item == kNowhere) return false;
    Next(name, star_at);
    item = star_item;
    at = star_at;
  }
  if (item < items_.size() && items_[item].kind == Item::Kind::kRun) ++item;
  return item == items_.size();
}

}  // namespace ptscope
