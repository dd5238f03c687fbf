// Prefixes: which change of all names would give more matches.
#ifndef PTSCOPE_COMPARE_PREFIX_HINTS_H_
#define PTSCOPE_COMPARE_PREFIX_HINTS_H_

#include <vector>

#include "ptscope/compare.h"
#include "ptscope/reference.h"

namespace ptscope::compare {

// What is worth a try: wrappers' prefixes (module., _orig_mod., model.) and
// what all names of a side begin with, where a name of that side has it.
std::vector<PrefixChange> CandidatePrefixes(
    const Reference& reference, const std::vector<std::string_view>& names);

}  // namespace ptscope::compare

#endif  // PTSCOPE_COMPARE_PREFIX_HINTS_H_
