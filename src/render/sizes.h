// Sizes for people.
#ifndef PTSCOPE_RENDER_SIZES_H_
#define PTSCOPE_RENDER_SIZES_H_

#include <cstdint>
#include <string>

namespace ptscope::render {

// "123", "1.5 KiB", "98 MiB": powers of 1024, one decimal below ten.
std::string HumanSize(uint64_t bytes);

}  // namespace ptscope::render

#endif  // PTSCOPE_RENDER_SIZES_H_
