// What torch.jit.save wrote in PyTorch 1.0 to 1.2: a zip archive with the tree
// of modules as JSON, and one record a storage. docs/formats/torch_script.md
// has the layout.
#ifndef PTSCOPE_FORMAT_TORCH_SCRIPT_JSON_H_
#define PTSCOPE_FORMAT_TORCH_SCRIPT_JSON_H_

#include "format/torch_archive.h"

namespace ptscope::format {

// Whether an archive whose `layout.main` is model.json is of that kind: other
// programs write records of that name, too.
bool IsTorchScriptJson(const Table<Record>& records,
                       const ArchiveLayout& layout);

// Errors: as Open.
Result<Checkpoint> ReadTorchScriptJson(TorchArchive archive,
                                       const ArchiveLayout& layout);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_TORCH_SCRIPT_JSON_H_
