#include "base/utf8.h"

#include "base/plain_run.h"

namespace ptscope {

namespace {

// What DecodeUtf8 does; with `surrogates` they are code points like others.
inline CodePoint Decode(std::string_view text, size_t at, bool surrogates) {
  const auto byte = [&](size_t i) {
    return static_cast<unsigned char>(text[at + i]);
  };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  uint8_t length = 0;
  char32_t value = 0;
  // The second byte's range is narrower where a form would be overlong, a
  // surrogate, or too large.
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
    value = first & 0x1F;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    value = first & 0x0F;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED && !surrogates) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    value = first & 0x07;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  } else {
    return {};
  }
  if (text.size() - at < length) return {};
  if (byte(1) < low || byte(1) > high) return {};
  for (uint8_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3F);
  }
  return {value, length};
}

bool IsValid(std::string_view text, bool surrogates) {
  size_t at = 0;
  while (true) {
    at += PlainRun<0, 0x7F>(text, at);
    if (at == text.size()) return true;
    const CodePoint c = Decode(text, at, surrogates);
    if (c.length == 0) return false;
    at += c.length;
  }
}

}  // namespace

CodePoint DecodeUtf8(std::string_view text, size_t at) {
  return Decode(text, at, false);
}

bool IsValidUtf8(std::string_view text) { return IsValid(text, false); }

bool IsUtf8WithSurrogates(std::string_view text) { return IsValid(text, true); }

void AppendUtf8(std::string& out, char32_t value) {
  const auto add = [&out](char32_t byte) {
    out.push_back(static_cast<char>(byte));
  };
  if (value < 0x80) {
    add(value);
  } else if (value < 0x800) {
    add(0xC0 | value >> 6);
    add(0x80 | (value & 0x3F));
  } else if (value < 0x10000) {
    add(0xE0 | value >> 12);
    add(0x80 | (value >> 6 & 0x3F));
    add(0x80 | (value & 0x3F));
  } else {
    add(0xF0 | value >> 18);
    add(0x80 | (value >> 12 & 0x3F));
    add(0x80 | (value >> 6 & 0x3F));
    add(0x80 | (value & 0x3F));
  }
}

std::string Latin1ToUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) AppendUtf8(out, static_cast<unsigned char>(c));
  return out;
}

}  // namespace ptscope
