// References in text, without their NameFilter.
#ifndef PTSCOPE_MANIFEST_PARSE_H_
#define PTSCOPE_MANIFEST_PARSE_H_

#include <string_view>

#include "ptscope/limits.h"
#include "ptscope/reference.h"
#include "ptscope/result.h"

namespace ptscope::manifest {

// The text of each may go when the call returns. Errors have their place;
// kManifest, kLimit.

// A JSON object.
Result<ReferenceSet> ParseManifest(std::string_view text, const Limits& limits);

// A JSON array of names.
Result<ReferenceSet> ParseNameArray(std::string_view text,
                                    const Limits& limits);

// One name a line.
Result<ReferenceSet> ParseNameLines(std::string_view text);

}  // namespace ptscope::manifest

#endif  // PTSCOPE_MANIFEST_PARSE_H_
