#include "base/escape.h"

#include <charconv>

#include "base/plain_run.h"
#include "base/utf8.h"

namespace ptscope {

namespace {

void AppendByte(std::string& out, char byte) {
  constexpr char kDigits[] = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  out += "\\x";
  out += kDigits[value >> 4];
  out += kDigits[value & 15];
}

void AppendCode(std::string& out, char32_t value) {
  char digits[8];
  const auto end = std::to_chars(digits, digits + sizeof digits,
                                 static_cast<uint32_t>(value), 16)
                       .ptr;
  out += "\\u{";
  out.append(digits, end);
  out += '}';
}

// Of a byte that no run of plain text holds; returns how many were used.
size_t AppendOdd(std::string& out, std::string_view in, size_t at,
                 EscapeFor where) {
  if (in[at] == '\\') {
    out += "\\\\";
    return 1;
  }
  const CodePoint c = DecodeUtf8(in, at);
  if (c.length <= 1) {
    AppendByte(out, in[at]);
    return 1;
  }
  if (IsUnsafe(c.value) || (c.value == 0xA0 && where == EscapeFor::kTable)) {
    AppendCode(out, c.value);
  } else {
    out.append(in, at, c.length);
  }
  return c.length;
}

}  // namespace

void EscapeText(std::string& out, std::string_view in, EscapeFor where) {
  const bool table = where == EscapeFor::kTable;
  size_t at = 0;
  while (true) {
    const size_t run =
        table ? PlainRun<0x21, '\\'>(in, at) : PlainRun<0x20, '\\'>(in, at);
    out.append(in, at, run);
    at += run;
    if (at == in.size()) return;
    at += AppendOdd(out, in, at, where);
  }
}

}  // namespace ptscope
