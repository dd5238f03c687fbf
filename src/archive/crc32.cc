#include "archive/crc32.h"

#include <libdeflate.h>

namespace ptscope::archive {

uint32_t Crc32(uint32_t crc, std::span<const std::byte> bytes) {
  return libdeflate_crc32(crc, bytes.data(), bytes.size());
}

}  // namespace ptscope::archive
