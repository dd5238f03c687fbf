// What torch.save wrote in 0.1.0 to 0.1.9: a tar archive whose members are
// pickles and tables. docs/formats/tar.md has the layout.
#ifndef PTSCOPE_FORMAT_TORCH_TAR_H_
#define PTSCOPE_FORMAT_TORCH_TAR_H_

#include "ptscope/open.h"

namespace ptscope::format {

// The file is a tar archive with a member that torch wrote, among its first
// ones.
Result<bool> IsTorchTar(const Source& source);

// Errors: as Open.
Result<Checkpoint> ReadTorchTar(const Source& source,
                                const OpenOptions& options);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_TORCH_TAR_H_
