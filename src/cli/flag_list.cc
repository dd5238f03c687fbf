#include "cli/flag_list.h"

#include <CLI/CLI.hpp>

#include "cli/flag_values.h"
#include "cli/parse.h"
#include "cli/program_flags.h"

namespace ptscope::cli {

namespace {

Flag ToFlag(const CLI::Option& option) {
  Flag flag;
  for (const auto& name : option.get_snames()) flag.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) {
    flag.names.push_back("--" + name);
  }
  flag.value = option.get_option_text();
  flag.value_optional = flag.value.starts_with("[=");
  if (flag.value_optional) {  // "[=GLOB]"
    flag.value = flag.value.substr(2, flag.value.size() - 3);
  }
  flag.repeatable =
      option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll ||
      option.get_expected_max() > 1;
  flag.help = option.get_description();
  // "NAME=N": the word is only the first half.
  const std::string rest = flag.value.find('=') == flag.value.npos ? "" : "=";
  for (const std::string_view word : ValueWords(flag.names.back())) {
    flag.words.push_back(std::string(word) + rest);
  }
  return flag;
}

}  // namespace

std::vector<Flag> FlagsOf(const Command& command) {
  std::vector<Flag> flags;
  ShowFlags(command, [&](const CLI::App& app) {
    for (const CLI::Option* option : app.get_options()) {
      if (!option->get_positional()) flags.push_back(ToFlag(*option));
    }
  });
  return flags;
}

std::vector<Flag> FlagsOfProgram() {
  std::vector<Flag> flags;
  for (const ProgramFlag& program_flag : ProgramFlags()) {
    Flag& flag = flags.emplace_back();
    if (!program_flag.short_name.empty()) {
      flag.names.emplace_back(program_flag.short_name);
    }
    flag.names.emplace_back(program_flag.name);
    flag.help = program_flag.help;
  }
  return flags;
}

}  // namespace ptscope::cli
