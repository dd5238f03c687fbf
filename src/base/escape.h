// Text of a file, made fit to be read: nothing of it can move a cursor, end a
// line, or reorder what stands around it.
#ifndef PTSCOPE_BASE_ESCAPE_H_
#define PTSCOPE_BASE_ESCAPE_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace ptscope {

enum class EscapeFor : uint8_t {
  kTable,  // also without white space, so that awk can split
  kTsv,
  kCsv,  // the quotes of RFC 4180 are the writer's
  kStderr,
};

// Appends `in` to `out`:
//
//   \\          backslash
//   \xHH        C0, DEL, and each byte that is not UTF-8; in a table, space
//   \u{HEX}     C1, U+2028, U+2029, bidi controls; in a table, U+00A0
void EscapeText(std::string& out, std::string_view in, EscapeFor where);

// Code points outside of ASCII that are never shown as they are.
constexpr bool IsUnsafe(char32_t c) {
  return (c >= 0x80 && c <= 0x9F) || c == 0x061C || c == 0x200E ||
         c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

}  // namespace ptscope

#endif  // PTSCOPE_BASE_ESCAPE_H_
