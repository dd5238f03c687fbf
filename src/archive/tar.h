// Tar archives: the headers of their members.
//
//   header    512 bytes: name, size, type, checksum (POSIX.1-1988, "ustar")
//   content   padded to 512 bytes
//   ...
//   two blocks of zeros
//
// Long names and large sizes stand in members of their own before the one they
// are of: GNU's `L`, POSIX.1-2001's `x`.
#ifndef PTSCOPE_ARCHIVE_TAR_H_
#define PTSCOPE_ARCHIVE_TAR_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ptscope/limits.h"
#include "ptscope/result.h"
#include "ptscope/source.h"

namespace ptscope::archive {

inline constexpr uint64_t kTarBlock = 512;

struct TarHeader {
  std::string name;
  uint64_t size = 0;  // of the content
  char type = '0';

  // The content is that of a file.
  bool is_file() const { return type == '0' || type == '\0' || type == '7'; }
  // Bytes of the content in the archive. A directory, a link, a device has
  // none, whatever its size says.
  uint64_t stored() const;
};

// The header that a block of 512 bytes is: its checksum must be right.
std::optional<TarHeader> ParseTarHeader(std::span<const std::byte> block);

// Absolute offset of the header behind the member whose header is at `at`, as
// far as it says; nullopt where that is no offset.
std::optional<uint64_t> NextTarHeader(uint64_t at, const TarHeader& header);

struct TarMember {
  std::string name;     // as in the archive, a leading "./" left out
  uint64_t header = 0;  // absolute offset of its own header
  uint64_t data = 0;    // absolute offset of the content
  uint64_t size = 0;
};

// The members that are files, in the archive's order. Errors: kIo, kLimit
// (limits.records), kDamaged: a member that is cut short, or a block that is no
// header where one must be.
Result<std::vector<TarMember>> ReadTar(const Source& source,
                                       const Limits& limits);

}  // namespace ptscope::archive

#endif  // PTSCOPE_ARCHIVE_TAR_H_
