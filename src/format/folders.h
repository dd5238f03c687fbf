// Checkpoints that are a directory. One line a format: the table in
// folders.cc.
#ifndef PTSCOPE_FORMAT_FOLDERS_H_
#define PTSCOPE_FORMAT_FOLDERS_H_

#include "ptscope/open.h"

namespace ptscope::format {

// Errors: as Open; kIo for a directory that is no checkpoint.
Result<Checkpoint> ReadFolder(const Folder& folder, const OpenOptions& options);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_FOLDERS_H_
