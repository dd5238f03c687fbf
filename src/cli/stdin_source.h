// The reference of a comparison: a file, or `-` for stdin.
#ifndef PTSCOPE_CLI_STDIN_SOURCE_H_
#define PTSCOPE_CLI_STDIN_SOURCE_H_

#include <memory>

#include "cli/options.h"
#include "ptscope/source.h"

namespace ptscope::cli {

// Errors: kIo; kLimit for more than limits.reference bytes on stdin.
Result<std::unique_ptr<Source>> OpenReference(const Options& options);

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_STDIN_SOURCE_H_
