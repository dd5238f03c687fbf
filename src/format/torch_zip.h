// What torch.save has written since 1.6: a zip archive with a pickle, and one
// record a storage. docs/formats/torch_zip.md has the layout.
#ifndef PTSCOPE_FORMAT_TORCH_ZIP_H_
#define PTSCOPE_FORMAT_TORCH_ZIP_H_

#include <optional>

#include "format/torch_archive.h"

namespace ptscope::format {

// An archive with data.pkl that is no TorchScript. Errors: as FindLayout.
Result<std::optional<ArchiveLayout>> FindTorchZip(const Table<Record>& records);

// `layout.main` is data.pkl. Errors: as Open.
Result<Checkpoint> ReadTorchZip(TorchArchive archive,
                                const ArchiveLayout& layout);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_TORCH_ZIP_H_
