// What torch.jit.save has written since 1.3: a zip archive with two pickles,
// their storages, and the source code of the classes.
// docs/formats/torch_script.md has the layout.
#ifndef PTSCOPE_FORMAT_TORCH_SCRIPT_H_
#define PTSCOPE_FORMAT_TORCH_SCRIPT_H_

#include <optional>

#include "format/torch_archive.h"

namespace ptscope::format {

// An archive with data.pkl and constants.pkl. Errors: as FindLayout.
Result<std::optional<ArchiveLayout>> FindTorchScript(
    const Table<Record>& records);

// `layout.main` is data.pkl, and there is a constants.pkl. Errors: as Open.
Result<Checkpoint> ReadTorchScript(TorchArchive archive,
                                   const ArchiveLayout& layout);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_TORCH_SCRIPT_H_
