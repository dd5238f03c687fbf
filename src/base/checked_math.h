// Additions and products of numbers that come from a file.
#ifndef PTSCOPE_BASE_CHECKED_MATH_H_
#define PTSCOPE_BASE_CHECKED_MATH_H_

#include <concepts>
#include <optional>

namespace ptscope {

// The sum; nullopt where it does not fit T.
template <std::integral T>
constexpr std::optional<T> CheckedAdd(T a, T b) {
  T sum;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

// The product; nullopt where it does not fit T.
template <std::integral T>
constexpr std::optional<T> CheckedMul(T a, T b) {
  T product;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

}  // namespace ptscope

#endif  // PTSCOPE_BASE_CHECKED_MATH_H_
