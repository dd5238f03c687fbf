#include "format/unzipped.h"

#include <string>
#include <utility>

#include "base/arena.h"
#include "format/torch_archive.h"
#include "format/zip.h"

namespace ptscope::format {

Result<Checkpoint> ReadUnzipped(const Folder& folder,
                                const OpenOptions& options) {
  PTSCOPE_TRY(TorchArchive archive,
              TorchArchive::OpenUnzipped(folder, options));
  PTSCOPE_TRY(Checkpoint checkpoint, ReadArchive(std::move(archive)));
  const std::string format = "unzipped " + std::string(checkpoint.format);
  checkpoint.format = checkpoint.arena().Copy(std::string_view(format));
  return checkpoint;
}

}  // namespace ptscope::format
