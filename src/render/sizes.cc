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

}  // namespace ptscope::render
