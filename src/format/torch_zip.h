// What torch.save has written since 1.6: a zip archive with a pickle, and one
// record a storage. docs/formats/torch_zip.md has the layout.
#ifndef PTSCOPE_FORMAT_TORCH_ZIP_H_
#define PTSCOPE_FORMAT_TORCH_ZIP_H_

#include "ptscope/open.h"

namespace ptscope::format {

// The file is a zip archive, perhaps with bytes before it.
Result<bool> IsZip(const Source& source);

// Errors: as Open. A zip of another kind is kNotCheckpoint or kUnsupported
// with its usual name.
Result<Checkpoint> ReadTorchZip(const Source& source,
                                const OpenOptions& options);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_TORCH_ZIP_H_
