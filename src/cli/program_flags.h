// ProgramFlags: what is given in the place of a command.
#ifndef PTSCOPE_CLI_PROGRAM_FLAGS_H_
#define PTSCOPE_CLI_PROGRAM_FLAGS_H_

#include <span>
#include <string>
#include <string_view>

namespace ptscope::cli {

struct ProgramFlag {
  std::string_view name;
  std::string_view short_name;  // empty: none
  std::string_view help;
  std::string (*text)();  // what it prints
};

std::span<const ProgramFlag> ProgramFlags();

// As in "ptscope 0.1.0".
std::string_view NameAndVersion();

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_PROGRAM_FLAGS_H_
