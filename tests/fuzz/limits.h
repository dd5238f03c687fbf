// Limits of the fuzz targets: small, so that time goes into structure.
#ifndef PTSCOPE_TESTS_FUZZ_LIMITS_H_
#define PTSCOPE_TESTS_FUZZ_LIMITS_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "ptscope/limits.h"

namespace ptscope::fuzz {

inline constexpr Limits kLimits = {.records = 1000,
                                   .directory = 1 << 16,
                                   .pickle = 1 << 16,
                                   .opcodes = 100'000,
                                   .string = 1 << 14,
                                   .integer = 1 << 10,
                                   .value_bytes = 1 << 20,
                                   .steps = 10'000,
                                   .tensors = 2000,
                                   .listing_bytes = 1 << 20,
                                   .dimensions = 64,
                                   .reference = 1 << 16,
                                   .json_depth = 16};

inline std::span<const std::byte> Bytes(const uint8_t* data, size_t size) {
  return std::as_bytes(std::span(data, size));
}

// What must hold whatever the input is.
inline void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace ptscope::fuzz

#endif  // PTSCOPE_TESTS_FUZZ_LIMITS_H_
