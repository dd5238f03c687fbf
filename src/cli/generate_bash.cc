// The completions of bash.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/flag_list.h"
#include "cli/generate.h"
#include "cli/shell_quote.h"

namespace ptscope::cli {

namespace {

void Append(std::string& to, std::string_view separator,
            std::string_view word) {
  if (!to.empty()) to += separator;
  to += word;
}

constexpr std::string_view kHead =
    R"(# bash completion of ptscope, by `ptscope --generate bash`.

_ptscope() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local flag= head= flags= words= free= i
  COMPREPLY=()
)";

constexpr std::string_view kValue = R"(  for ((i = 2; i < COMP_CWORD; ++i)); do
    if [[ ${COMP_WORDS[i]} == -- ]]; then
      _ptscope_files "$current"
      return
    fi
  done

  # The flag whose value `current` is, with the `=` that may part them. Bash
  # mostly takes `--flag=value` as three words.
  if [[ $current == = ]]; then
    flag=$before= current=
  elif [[ $before == = ]]; then
    flag=${COMP_WORDS[COMP_CWORD - 2]}=
  elif [[ $current == --*=* ]]; then
    flag=${current%%=*}= head=${current%%=*}= current=${current#*=}
  else
    flag=$before
  fi

  case ${COMP_WORDS[1]} in
)";

constexpr std::string_view kTail = R"(    *)
      return
      ;;
  esac

  if [[ $words ]]; then
    mapfile -t COMPREPLY < <(compgen -P "$head" -W "$words" -- "$current")
    # The name of a limit, which is followed by its value.
    [[ ${COMPREPLY-} == *= ]] && compopt -o nospace 2>/dev/null
  elif [[ $free || $current != -* ]]; then
    _ptscope_files "$current" -P "$head"
  else
    mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$current")
  fi
  return 0
}

_ptscope_files() {
  mapfile -t COMPREPLY < <(compgen "${@:2}" -f -- "$1")
  compopt -o filenames 2>/dev/null
  return 0
}

# What is quoted is left to readline's own file names.
complete -o default -F _ptscope ptscope
)";

std::string FirstWord() {
  std::string commands;
  std::string flags;
  for (const Command& command : Commands()) Append(commands, " ", command.name);
  for (const Flag& flag : FlagsOfProgram()) {
    for (const std::string& name : flag.names) Append(flags, " ", name);
  }
  return fmt::format(R"(  if ((COMP_CWORD == 1)); then
    words={}
    [[ $current == -* ]] && words={}
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    return
  fi
)",
                     ShellQuoted(commands), ShellQuoted(flags));
}

// What `$flag` is where the value of this one follows.
std::string Pattern(const Flag& flag) {
  std::string pattern;
  for (const std::string& name : flag.names) {
    if (!flag.value_optional) Append(pattern, " | ", name);
    if (name.starts_with("--")) Append(pattern, " | ", name + "=");
  }
  return pattern;
}

std::string Section(const Command& command) {
  std::string names;
  std::string with_words;
  std::string free;
  for (const Flag& flag : FlagsOf(command)) {
    for (const std::string& name : flag.names) Append(names, " ", name);
    if (flag.value.empty()) continue;
    if (flag.words.empty()) {
      Append(free, " | ", Pattern(flag));
      continue;
    }
    std::string words;
    for (const std::string& word : flag.words) Append(words, " ", word);
    with_words += fmt::format("        {}) words={} ;;\n", Pattern(flag),
                              ShellQuoted(words));
  }
  std::string out =
      fmt::format("    {})\n      flags={}\n      case $flag in\n{}",
                  command.name, ShellQuoted(names), with_words);
  if (!free.empty()) out += fmt::format("        {}) free=1 ;;\n", free);
  return out + "      esac\n      ;;\n";
}

}  // namespace

std::string GenerateBash() {
  std::string out(kHead);
  out += FirstWord();
  out += kValue;
  for (const Command& command : Commands()) out += Section(command);
  out += kTail;
  return out;
}

}  // namespace ptscope::cli
