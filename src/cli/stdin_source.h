// Stdin as a source: the reference `-`.
#ifndef PTSCOPE_CLI_STDIN_SOURCE_H_
#define PTSCOPE_CLI_STDIN_SOURCE_H_

#include <memory>

#include "ptscope/limits.h"
#include "ptscope/source.h"

namespace ptscope::cli {

// Errors: kIo; kLimit for more than limits.reference bytes.
Result<std::unique_ptr<Source>> OpenStdin(const Limits& limits);

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_STDIN_SOURCE_H_
