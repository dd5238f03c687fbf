// Numbers in the names of files that ranks wrote.
#ifndef PTSCOPE_FORMAT_RANK_NAMES_H_
#define PTSCOPE_FORMAT_RANK_NAMES_H_

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ptscope::format {

// Takes `text` off the front of `name`; false if it is not there.
inline bool TakeText(std::string_view& name, std::string_view text) {
  if (!name.starts_with(text)) return false;
  name.remove_prefix(text.size());
  return true;
}

// Takes decimal digits off the front of `name`.
inline std::optional<uint32_t> TakeNumber(std::string_view& name) {
  uint32_t number = 0;
  const auto [end, error] =
      std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc()) return std::nullopt;
  name.remove_prefix(static_cast<size_t>(end - name.data()));
  return number;
}

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_RANK_NAMES_H_
