// A hash of text whose collisions a file cannot arrange: it is keyed by a
// number that is drawn anew in each process.
#ifndef PTSCOPE_BASE_HASH_H_
#define PTSCOPE_BASE_HASH_H_

#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/wide.h"

namespace ptscope {

// The key; the same for the whole process.
uint64_t HashKey();

namespace hash_internal {

inline uint64_t Mix(uint64_t a, uint64_t b) {
  const auto product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

inline uint64_t Load64(const char* p) {
  uint64_t v;
  std::memcpy(&v, p, 8);
  return v;
}

}  // namespace hash_internal

inline uint64_t HashNumber(uint64_t value, uint64_t key) {
  return hash_internal::Mix(value ^ key, 0x9E3779B97F4A7C15u ^ key >> 32);
}

// Multiply and fold, eight bytes at a step (the idea of wyhash).
inline uint64_t HashText(std::string_view text, uint64_t key) {
  using hash_internal::Load64;
  using hash_internal::Mix;
  const char* p = text.data();
  size_t n = text.size();
  uint64_t h = key ^ n * 0x9E3779B97F4A7C15u;
  for (; n >= 16; p += 16, n -= 16) {
    h = Mix(Load64(p) ^ h, Load64(p + 8) ^ 0xE7037ED1A0B428DBu ^ key);
  }
  uint64_t a = 0;
  uint64_t b = 0;
  if (n >= 8) {
    a = Load64(p);
    std::memcpy(&b, p + 8, n - 8);
  } else if (n > 0) {
    std::memcpy(&a, p, n);
  }
  return Mix(a ^ h, b ^ 0x8EBC6AF09C88C6E3u ^ key);
}

}  // namespace ptscope

#endif  // PTSCOPE_BASE_HASH_H_
