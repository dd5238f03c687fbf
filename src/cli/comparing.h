// What `check` and `diff` share: options of the comparison, and the file's
// side of it.
#ifndef PTSCOPE_CLI_COMPARING_H_
#define PTSCOPE_CLI_COMPARING_H_

#include <optional>
#include <string>
#include <string_view>

#include "cli/options.h"
#include "ptscope/compare.h"
#include "ptscope/reference.h"
#include "ptscope/result.h"
#include "ptscope/roots.h"

namespace ptscope::cli {

CompareOptions ComparingOptions(const Options& options);

// --root wins over the manifest's, which wins over auto.
Result<RootChoice> RootFor(const Checkpoint& checkpoint, const Options& options,
                           const std::optional<std::string>& of_manifest);

// Which root was taken of a checkpoint that is the expected side, where that is
// not the top level with all there is.
void AddRootHint(std::string_view side, const Reference& reference,
                 Comparison& comparison);

// The filter keeps no tensor of that version of a manifest.
Error NothingLeft(const Reference& version);

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_COMPARING_H_
