// The completions of zsh, as specifications of _arguments.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/flag_list.h"
#include "cli/generate.h"
#include "cli/shell_quote.h"

namespace ptscope::cli {

namespace {

// Text in which _arguments and _describe see no end and no next field.
std::string Plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '[' || c == ']' || c == ':') out += '\\';
    out += c;
  }
  return out;
}

// ":KEY:(file name size)": what the value is, and how it is completed.
std::string Value(const Flag& flag) {
  if (flag.value.empty()) return {};
  std::string words;
  bool go_on = false;
  for (const std::string& word : flag.words) {
    words += (words.empty() ? "" : " ") + word;
    go_on = word.ends_with('=');
  }
  std::string action = "_files";
  if (go_on) {
    // No space: the value goes on after the word.
    action = fmt::format("{{compadd -S \"\" -- {}}}", words);
  } else if (!words.empty()) {
    action = fmt::format("({})", words);
  }
  return fmt::format("{}:{}:{}", flag.value_optional ? ":" : "",
                     Plain(flag.value), action);
}

// A line for each name of the flag; one of them given, the others are not
// offered.
std::string Specifications(const Flag& flag, std::string_view indent) {
  std::string all;
  for (const std::string& name : flag.names) {
    all += (all.empty() ? "" : " ") + name;
  }
  const std::string before = flag.repeatable ? "*" : "(" + all + ")";
  std::string out;
  for (const std::string& name : flag.names) {
    // How the value follows: in the same word, in the next one too.
    std::string_view how;
    if (flag.value_optional) {
      how = "=-";
    } else if (!flag.value.empty()) {
      how = name.starts_with("--") ? "=" : "+";
    }
    out +=
        fmt::format(" \\\n{}{}", indent,
                    ShellQuoted(fmt::format("{}{}{}[{}]{}", before, name, how,
                                            Plain(flag.help), Value(flag))));
  }
  return out;
}

std::string Section(const Command& command) {
  std::string out =
      fmt::format("    {})\n      _arguments -s -S", command.name);
  for (const Flag& flag : FlagsOf(command)) {
    out += Specifications(flag, "        ");
  }
  return out + " \\\n        '*:FILE:_files'\n      ;;\n";
}

}  // namespace

std::string GenerateZsh() {
  std::string out = R"(#compdef ptscope
# zsh completion of ptscope, by `ptscope --generate zsh`.

_ptscope() {
  if ((CURRENT == 2)); then
    local -a commands=(
)";
  for (const Command& command : Commands()) {
    out += fmt::format("      {}\n",
                       ShellQuoted(fmt::format("{}:{}", command.name,
                                               Plain(command.summary))));
  }
  out += R"(    )
    _describe -t commands command commands
    _arguments)";
  for (const Flag& flag : FlagsOfProgram())
    out += Specifications(flag, "      ");
  out += R"(
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
)";
  for (const Command& command : Commands()) out += Section(command);
  out += R"(  esac
}

# Read by compinit it is the function's body; it may also be sourced.
if [[ $funcstack[1] == _ptscope ]]; then
  _ptscope "$@"
else
  compdef _ptscope ptscope
fi
)";
  return out;
}

}  // namespace ptscope::cli
