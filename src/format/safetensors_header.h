// The header of a safetensors file.
#ifndef PTSCOPE_FORMAT_SAFETENSORS_HEADER_H_
#define PTSCOPE_FORMAT_SAFETENSORS_HEADER_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/pod_vector.h"
#include "ptscope/checkpoint.h"
#include "ptscope/dtype.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"

namespace ptscope::format {

inline constexpr uint64_t kSafetensorsLength = 8;  // bytes before the header

// What the header says of a tensor. All numbers fit 63 bits.
struct SafetensorsEntry {
  std::string_view name;
  std::span<const int64_t> shape;
  std::span<const int64_t> stride;
  uint64_t numel = 0;
  uint64_t begin = 0;  // of its bytes, in the data behind the header
  uint64_t end = 0;    // at least `begin`
  uint64_t at = 0;     // of its name, in the file
  Dtype dtype = Dtype::kUnknown;
};

struct SafetensorsHeader {
  PodVector<SafetensorsEntry> entries;  // as the header orders them
  std::vector<Fact> metadata;
  // What the format does not know: the first, in words, and how many.
  std::string unknown_dtype;
  uint64_t unknown_dtypes = 0;
  std::string unknown_key;
  uint64_t unknown_keys = 0;
};

// Reads the header. Names and shapes are copied to `arena`. The bytes that a
// tensor has must be those that its dtype and shape need, unless its dtype is
// unknown; where they lie is not looked at. Errors: kDamaged, with the offset
// in the file, and kLimit.
Result<SafetensorsHeader> ParseSafetensorsHeader(std::string_view text,
                                                 const Limits& limits,
                                                 Arena& arena);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_SAFETENSORS_HEADER_H_
