// CRC-32 as zip has it (polynomial 0xEDB88320), at memory speed.
#ifndef PTSCOPE_ARCHIVE_CRC32_H_
#define PTSCOPE_ARCHIVE_CRC32_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace ptscope::archive {

// The CRC of what came before (0 at first), carried on over `bytes`.
uint32_t Crc32(uint32_t crc, std::span<const std::byte> bytes);

}  // namespace ptscope::archive

#endif  // PTSCOPE_ARCHIVE_CRC32_H_
