// What torch.jit.save wrote in PyTorch 1.0 to 1.2: a zip archive with the tree
// of modules as JSON, and one record a storage. docs/formats/torch_script.md
// has the layout.
#ifndef PTSCOPE_FORMAT_TORCH_SCRIPT_JSON_H_
#define PTSCOPE_FORMAT_TORCH_SCRIPT_JSON_H_

#include <optional>

#include "format/torch_archive.h"

namespace ptscope::format {

// An archive with model.json that has the other records of that kind, too:
// other programs write records of that name. No error where there are several.
Result<std::optional<ArchiveLayout>> FindTorchScriptJson(
    const Table<Record>& records);

// Errors: as Open.
Result<Checkpoint> ReadTorchScriptJson(TorchArchive archive,
                                       const ArchiveLayout& layout);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_TORCH_SCRIPT_JSON_H_
