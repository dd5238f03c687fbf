// Distributed checkpoints (DCP): a directory with a `.metadata`, which says all
// that a listing needs, and data files, `__<rank>_<n>.distcp`, of which the
// size is enough to tell what is lost.
//
// Layout: docs/formats/distributed.md.
#ifndef PTSCOPE_FORMAT_DISTRIBUTED_H_
#define PTSCOPE_FORMAT_DISTRIBUTED_H_

#include <span>
#include <string>

#include "ptscope/open.h"

namespace ptscope::format {

// By the names in a directory: it is one, or what is left of one.
bool IsDistributed(std::span<const std::string> names);

// A tensor whose chunks are in one file is of that part. Errors: kIo, kDamaged
// (an unfinished save; a file name that leaves the folder), kUnsupported,
// kLimit.
Result<Checkpoint> ReadDistributed(const Folder& folder,
                                   std::span<const std::string> names,
                                   const OpenOptions& options);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_DISTRIBUTED_H_
