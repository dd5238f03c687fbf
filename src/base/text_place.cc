#include "base/text_place.h"

#include <algorithm>

#include "base/utf8.h"

namespace ptscope {

std::string PlaceOf(std::string_view text, uint64_t offset) {
  const std::string_view before = text.substr(0, static_cast<size_t>(offset));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t newline = before.rfind('\n');
  size_t at = newline == std::string_view::npos ? 0 : newline + 1;
  uint64_t column = 1;
  while (at < before.size()) {
    at += std::max<size_t>(1, DecodeUtf8(before, at).length);
    ++column;
  }
  return std::to_string(line) + ":" + std::to_string(column);
}

}  // namespace ptscope
