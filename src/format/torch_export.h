// What torch.export.save writes (.pt2): the values of a model's tensors as they
// are, and tables that say what they are; in older releases whole torch.save
// archives. docs/formats/torch_export.md has the layout.
#ifndef PTSCOPE_FORMAT_TORCH_EXPORT_H_
#define PTSCOPE_FORMAT_TORCH_EXPORT_H_

#include <optional>

#include "format/torch_archive.h"

namespace ptscope::format {

// `main` is the record that makes it one. Errors: as FindLayout.
Result<std::optional<ArchiveLayout>> FindTorchExport(
    const Table<Record>& records);

// Errors: as Open.
Result<Checkpoint> ReadTorchExport(TorchArchive archive,
                                   const ArchiveLayout& layout);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_TORCH_EXPORT_H_
