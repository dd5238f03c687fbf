// Checkpoints of which each rank wrote a file: DeepSpeed's, FSDP's.
//
// Names and their meaning: docs/formats/rank_files.md.
#ifndef PTSCOPE_FORMAT_RANK_FILES_H_
#define PTSCOPE_FORMAT_RANK_FILES_H_

#include <span>
#include <string>

#include "ptscope/open.h"

namespace ptscope::format {

// By the names in a directory: each that is a checkpoint's has the word `rank`
// with a number behind it.
bool IsRanked(std::span<const std::string> names);

// All files as one checkpoint, in order of rank, each a part. Errors: those of
// the files, which are named; kDamaged for a rank that is missing; kUnsupported
// where two files have tensors of one name.
Result<Checkpoint> ReadRanked(const Folder& folder,
                              std::span<const std::string> names,
                              const OpenOptions& options);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_RANK_FILES_H_
