// `check` without a reference: what a file tells of itself.
#ifndef PTSCOPE_CLI_EVIDENCE_CHECK_H_
#define PTSCOPE_CLI_EVIDENCE_CHECK_H_

#include <string>

#include "cli/options.h"

namespace ptscope::cli {

class Session;

// Why the flags cannot be given without -m; empty: they can.
std::string NeedsReference(const Options& options);

// Returns the exit status.
int RunEvidence(const Options& options, Session& session);

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_EVIDENCE_CHECK_H_
