// UTF-8, strictly: no surrogates, no overlong forms, nothing above U+10FFFF.
// Source: The Unicode Standard, table 3-7.
#ifndef PTSCOPE_BASE_UTF8_H_
#define PTSCOPE_BASE_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ptscope {

struct CodePoint {
  char32_t value = 0;
  uint8_t length = 0;  // bytes; 0: no code point starts here
};

// The code point that starts at text[at]; at < text.size(). Where there is
// none, the caller passes over one byte.
CodePoint DecodeUtf8(std::string_view text, size_t at);

bool IsValidUtf8(std::string_view text);

// The same, but U+D800 to U+DFFF may stand alone in three bytes, as Python's
// `surrogatepass` writes them into pickles.
bool IsUtf8WithSurrogates(std::string_view text);

// `value` is at most U+10FFFF.
void AppendUtf8(std::string& out, char32_t value);

// Each byte is the code point of that number.
std::string Latin1ToUtf8(std::string_view text);

}  // namespace ptscope

#endif  // PTSCOPE_BASE_UTF8_H_
