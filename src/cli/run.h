// Run: the program, from its arguments to its exit status.
#ifndef PTSCOPE_CLI_RUN_H_
#define PTSCOPE_CLI_RUN_H_

#include <span>
#include <string>

namespace ptscope::cli {

// `args` are those of main, the program's name first. Writes to stdout and
// stderr. The status is docs/cli.md's: 0 nothing found, 1 found, 2 no answer,
// 130 interrupted.
int Run(std::span<char*> args);

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_RUN_H_
