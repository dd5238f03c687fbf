// FlagList: the flags as data, for the man page and the completions. Those of a
// command are read from what the parser registers.
#ifndef PTSCOPE_CLI_FLAG_LIST_H_
#define PTSCOPE_CLI_FLAG_LIST_H_

#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"

namespace ptscope::cli {

struct Flag {
  std::vector<std::string> names;  // "-m", "--manifest": short ones first
  std::string value;               // what stands for it in help; empty: none
  bool value_optional = false;     // only behind a `=`, never the next word
  bool repeatable = false;
  std::string help;
  // The value is one of these; one that ends with `=` goes on after it. None:
  // it is free.
  std::vector<std::string> words;

  bool operator==(const Flag&) const = default;
};

// In the order of --help.
std::vector<Flag> FlagsOf(const Command& command);

// Those in the place of a command.
std::vector<Flag> FlagsOfProgram();

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_FLAG_LIST_H_
