#include "cli/program_flags.h"

#include <fmt/format.h>

#include "cli/commands.h"

namespace ptscope::cli {

namespace {

std::string Help() {
  std::string text =
      "usage: ptscope COMMAND [FLAGS] FILE...\n\n"
      "Tells what is inside a PyTorch checkpoint, without PyTorch.\n\n";
  for (const Command& command : Commands()) {
    text += fmt::format("  {:<10}{}\n", command.name, command.summary);
  }
  text +=
      "\n`ptscope COMMAND --help` has the flags of a command and an example.\n"
      "Exit status: 0 nothing found, 1 found (it differs, parts are missing),\n"
      "2 no answer.\n";
  return text;
}

std::string Version() { return fmt::format("{}\n", NameAndVersion()); }

}  // namespace

std::span<const ProgramFlag> ProgramFlags() {
  static constexpr ProgramFlag kFlags[] = {
      {"--help", "-h", "The commands", &Help},
      {"--version", "", "The version", &Version},
  };
  return kFlags;
}

std::string_view NameAndVersion() { return "ptscope " PTSCOPE_VERSION; }

}  // namespace ptscope::cli
