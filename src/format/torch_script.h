// What torch.jit.save has written since 1.3: a zip archive with two pickles,
// their storages, and the source code of the classes.
// docs/formats/torch_script.md has the layout.
#ifndef PTSCOPE_FORMAT_TORCH_SCRIPT_H_
#define PTSCOPE_FORMAT_TORCH_SCRIPT_H_

#include "format/torch_archive.h"

namespace ptscope::format {

// `layout.main` is data.pkl, and there is a constants.pkl. Errors: as Open.
Result<Checkpoint> ReadTorchScript(TorchArchive archive,
                                   const ArchiveLayout& layout);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_TORCH_SCRIPT_H_
