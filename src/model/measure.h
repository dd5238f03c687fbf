// How much a tensor is.
#ifndef PTSCOPE_MODEL_MEASURE_H_
#define PTSCOPE_MODEL_MEASURE_H_

#include "ptscope/checkpoint.h"
#include "ptscope/result.h"

namespace ptscope {

// Sets numel and nbytes from shape, whose dimensions are not negative, and
// dtype. Error: kDamaged for more elements than fit 63 bits, which torch
// refuses; the message says "its …".
Status Measure(Tensor& to);

}  // namespace ptscope

#endif  // PTSCOPE_MODEL_MEASURE_H_
