// The command line of one command to its options.
#ifndef PTSCOPE_CLI_PARSE_H_
#define PTSCOPE_CLI_PARSE_H_

#include <functional>
#include <span>
#include <string>

#include "cli/commands.h"
#include "cli/options.h"

namespace CLI {
class App;
}

namespace ptscope::cli {

struct Parsed {
  Options options;
  std::string help;   // not empty: print this and end with 0
  std::string error;  // not empty: a usage error
};

// `args` are what follows the command's name. Only that command's flags are
// registered: each costs time at every start.
Parsed Parse(const Command& command, std::span<char*> args);

// Shows the flags of a command as Parse registers them.
void ShowFlags(const Command& command,
               const std::function<void(const CLI::App&)>& to);

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_PARSE_H_
