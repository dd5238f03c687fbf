// What -v says on stderr.
#ifndef PTSCOPE_CLI_LOG_H_
#define PTSCOPE_CLI_LOG_H_

#include <string>

#include "cli/talk.h"
#include "ptscope/open.h"

namespace ptscope::cli {

// Opens, and tells of the format, the bytes read and the time. spdlog is
// touched here alone, so that a run without -v does not pay for it.
Result<Checkpoint> OpenVerbosely(const std::string& file,
                                 const OpenOptions& options, Talk& talk);

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_LOG_H_
