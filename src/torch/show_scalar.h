// Numbers and bytes as what JSON has.
#ifndef PTSCOPE_TORCH_SHOW_SCALAR_H_
#define PTSCOPE_TORCH_SHOW_SCALAR_H_

#include <cstdint>
#include <string_view>

#include "model/kept_values.h"

namespace ptscope::torch {

// Bytes that are shown themselves.
inline constexpr size_t kMostShownBytes = 64;

// In the digits of Python's repr; "NaN", "Infinity" and "-Infinity" are text.
void ShowNumber(double value, ValueVisitor& to);
void ShowNumber(float value, ValueVisitor& to);

// {"bytes": count}, with "base64" where they are few; `bytes` are the first of
// them, kMostShownBytes or all.
void ShowBytes(std::string_view bytes, uint64_t count, ValueVisitor& to);

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_SHOW_SCALAR_H_
