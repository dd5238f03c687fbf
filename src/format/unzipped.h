// A directory that a torch archive was unzipped into.
#ifndef PTSCOPE_FORMAT_UNZIPPED_H_
#define PTSCOPE_FORMAT_UNZIPPED_H_

#include "ptscope/open.h"

namespace ptscope::format {

// Reads it as the archive that it was: its files are the records. Errors: as
// Open.
Result<Checkpoint> ReadUnzipped(const Folder& folder,
                                const OpenOptions& options);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_UNZIPPED_H_
