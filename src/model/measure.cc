#include "model/measure.h"

#include "base/checked_math.h"
#include "base/wide.h"

namespace ptscope {

Status Measure(Tensor& to) {
  uint64_t numel = 1;
  bool empty = false;
  bool overflow = false;
  for (const int64_t n : to.shape) {
    if (n == 0) empty = true;
    const auto product = CheckedMul(numel, static_cast<uint64_t>(n));
    if (!product && !empty) overflow = true;
    numel = product.value_or(0);
  }
  if (empty) numel = 0;
  const Wide bytes = (Wide{numel} * BitsPerElement(to.dtype) + 7) / 8;
  if ((overflow && !empty) || numel > INT64_MAX) {
    return Error{.code = ErrorCode::kDamaged,
                 .message = "its size has too many elements"};
  }
  to.numel = numel;
  to.nbytes = bytes > UINT64_MAX ? UINT64_MAX : static_cast<uint64_t>(bytes);
  return {};
}

}  // namespace ptscope
