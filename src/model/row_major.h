// Strides of a tensor whose elements follow each other, last dimension first.
#ifndef PTSCOPE_MODEL_ROW_MAJOR_H_
#define PTSCOPE_MODEL_ROW_MAJOR_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/checked_math.h"

namespace ptscope {

// Writes as many strides as there are dimensions; an empty dimension counts as
// one of size 1, as in torch. False where a stride does not fit.
inline bool SetRowMajor(std::span<const int64_t> shape, int64_t* stride) {
  int64_t step = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    stride[i] = step;
    const auto next = CheckedMul(step, std::max<int64_t>(shape[i], 1));
    if (!next) return false;
    step = *next;
  }
  return true;
}

}  // namespace ptscope

#endif  // PTSCOPE_MODEL_ROW_MAJOR_H_
