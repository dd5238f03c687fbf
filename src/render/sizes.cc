#include "render/sizes.h"

#include <fmt/format.h>

namespace ptscope::render {

std::string HumanSize(uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double size = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  // What rounds to 1024 belongs to the next unit.
  while (size >= 1023.5 && unit + 1 < std::size(kUnits)) {
    size /= 1024;
    ++unit;
  }
  return size < 9.95 ? fmt::format("{:.1f} {}", size, kUnits[unit])
                     : fmt::format("{:.0f} {}", size, kUnits[unit]);
}

std::string ExactBytes(const Tensor& tensor) {
  if (tensor.nbytes != UINT64_MAX) return fmt::format("{}", tensor.nbytes);
  // A product of 63 and 8 bits: divided in two steps, it needs no wider type.
  const uint64_t element = BitsPerElement(tensor.dtype) / 8;
  constexpr uint64_t kBillion = 1'000'000'000;
  const uint64_t low = tensor.numel % kBillion * element;
  const uint64_t high = tensor.numel / kBillion * element + low / kBillion;
  return fmt::format("{}{:09}", high, low % kBillion);
}

}  // namespace ptscope::render
