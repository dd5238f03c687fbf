// What a zip archive is that is no torch archive.
#ifndef PTSCOPE_FORMAT_WRONG_ZIP_H_
#define PTSCOPE_FORMAT_WRONG_ZIP_H_

#include <span>
#include <string_view>

#include "ptscope/result.h"

namespace ptscope::format {

// Names a zip by its records, in any order. Looks at a bounded number of them,
// from both ends. Names quoted from the archive are raw.
//
// Codes: kUnsupported for relatives of the torch archive and for archives with
// checkpoints in them, kDamaged for a torch archive without its pickle,
// kNotCheckpoint for the rest.
Error DescribeZip(std::span<const std::string_view> names);

// Whether a member of an archive is named as checkpoints are.
bool IsCheckpointName(std::string_view name);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_WRONG_ZIP_H_
