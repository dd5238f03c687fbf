// How far text can be copied as it is, eight bytes at a step.
#ifndef PTSCOPE_BASE_PLAIN_RUN_H_
#define PTSCOPE_BASE_PLAIN_RUN_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ptscope {

// A byte is odd if it is not ASCII, below `low` (at most 0x80), DEL, `a` or
// `b`. The high bit of each byte of `v` that is odd; a byte above an odd one
// may get a false one.
template <unsigned char low, unsigned char a, unsigned char b>
constexpr uint64_t OddBytes(uint64_t v) {
  constexpr uint64_t kOnes = 0x0101010101010101u;
  constexpr uint64_t kHighs = 0x8080808080808080u;
  const auto zero = [](uint64_t x) { return (x - kOnes) & ~x & kHighs; };
  return (v & kHighs) | ((v - kOnes * low) & ~v & kHighs) |
         zero(v ^ kOnes * 0x7F) | zero(v ^ kOnes * a) |
         (a == b ? 0 : zero(v ^ kOnes * b));
}

// How many bytes from text[from] on are not odd.
template <unsigned char low, unsigned char a, unsigned char b = a>
size_t PlainRun(std::string_view text, size_t from) {
  const char* const begin = text.data() + from;
  const char* const end = text.data() + text.size();
  const char* p = begin;
  const auto odd = [](uint64_t v) { return OddBytes<low, a, b>(v); };
  while (end - p >= 8) {
    uint64_t v;
    std::memcpy(&v, p, 8);
    if (odd(v) != 0) break;
    p += 8;
  }
  // What is left, if all of it is plain, is seen in one or two looks.
  if (end - p < 8 && end - begin >= 8) {
    uint64_t v;
    std::memcpy(&v, end - 8, 8);
    if (odd(v) == 0) return static_cast<size_t>(end - begin);
  } else if (end - p < 8 && end - p >= 4) {
    uint32_t first;
    uint32_t last;
    std::memcpy(&first, p, 4);
    std::memcpy(&last, end - 4, 4);
    if (odd(uint64_t{first} << 32 | last) == 0) {
      return static_cast<size_t>(end - begin);
    }
  }
  for (; p != end; ++p) {
    const auto c = static_cast<unsigned char>(*p);
    if (c < low || c >= 0x7F || c == a || c == b) break;
  }
  return static_cast<size_t>(p - begin);
}

}  // namespace ptscope

#endif  // PTSCOPE_BASE_PLAIN_RUN_H_
