// From a path that somebody wrote to the value that is there.
#ifndef PTSCOPE_TORCH_FIND_VALUE_H_
#define PTSCOPE_TORCH_FIND_VALUE_H_

#include <cstdint>
#include <string_view>

#include "pickle/values.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"
#include "torch/places.h"
#include "torch/plain_values.h"
#include "torch/rebuild.h"

namespace ptscope::torch {

// Steps are those of what is shown and those of tensors' names. Where a step
// may end at several dots the longest is tried first. Gives a place, whose
// parents are the way to it. Errors: kUsage, with what is there where the path
// ends; kLimit (`steps`).
Result<uint32_t> FindValue(std::string_view path, PlainValues& plain,
                           Children& children, TensorReader& tensors,
                           const Limits& limits, Places& places);

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_FIND_VALUE_H_
