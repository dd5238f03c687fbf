#include "format/tar_members.h"

#include <array>
#include <utility>

#include "archive/tar.h"
#include "format/archive_members.h"
#include "format/torch_archive.h"

namespace ptscope::format {

Result<bool> IsTar(const Source& source) {
  std::array<std::byte, archive::kTarBlock> block;
  PTSCOPE_TRY(const size_t n, source.ReadAt(0, block));
  return archive::ParseTarHeader(std::span(block).first(n)).has_value();
}

Result<Checkpoint> ReadTarMembers(const Reading& reading) {
  PTSCOPE_TRY(
      TorchArchive archive,
      TorchArchive::OpenTarred(reading.source, reading.options, reading.depth));
  PTSCOPE_TRY(auto members, ReadMembers(archive, "tar archive"));
  if (members) return *std::move(members);
  return Error{.code = ErrorCode::kNotCheckpoint,
               .message =
                   "is an ordinary tar archive without a checkpoint in "
                   "it",
               .hint = "check the path and the download"};
}

}  // namespace ptscope::format
