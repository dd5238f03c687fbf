// Sizes for people.
#ifndef PTSCOPE_RENDER_SIZES_H_
#define PTSCOPE_RENDER_SIZES_H_

#include <cstdint>
#include <string>

#include "ptscope/checkpoint.h"

namespace ptscope::render {

// "123", "1.5 KiB", "98 MiB": powers of 1024, one decimal below ten.
std::string HumanSize(uint64_t bytes);

// Logical bytes of a tensor in decimal digits, also where an expanded one has
// more than fit Tensor::nbytes.
std::string ExactBytes(const Tensor& tensor);

}  // namespace ptscope::render

#endif  // PTSCOPE_RENDER_SIZES_H_
