// What a zip archive is that is no torch archive.
#ifndef PTSCOPE_FORMAT_WRONG_ZIP_H_
#define PTSCOPE_FORMAT_WRONG_ZIP_H_

#include <optional>
#include <span>
#include <string_view>

#include "ptscope/result.h"

namespace ptscope::format {

// Names a zip by its records, in any order. Looks at a bounded number of them,
// from both ends. nullopt: it is of no kind that has a name.
//
// Codes: kUnsupported for relatives of the torch archive, kDamaged for a torch
// archive without its pickle, kNotCheckpoint for the rest.
std::optional<Error> KnownZip(std::span<const std::string_view> names);

// An archive of no such kind, in which no checkpoint was found. Names quoted
// from it are raw. Code: kNotCheckpoint.
Error OrdinaryZip(std::span<const std::string_view> names);

// What no archive was made for: folders, and what systems leave in every one.
bool IsLeftOver(std::string_view name);

// Whether a member of an archive is named as checkpoints are.
bool IsCheckpointName(std::string_view name);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_WRONG_ZIP_H_
