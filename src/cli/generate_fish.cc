// The completions of fish.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/flag_list.h"
#include "cli/generate.h"

namespace ptscope::cli {

namespace {

std::string Quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// `where` is the condition on which the flag is offered.
std::string Line(const Flag& flag, std::string_view where) {
  std::string out = fmt::format("complete -c ptscope -n {}", Quoted(where));
  for (const std::string& name : flag.names) {
    out += name.starts_with("--") ? fmt::format(" -l {}", name.substr(2))
                                  : fmt::format(" -s {}", name.substr(1));
  }
  std::string words;
  for (const std::string& word : flag.words) {
    words += (words.empty() ? "" : " ") + word;
  }
  if (!words.empty()) {
    out += fmt::format(" -x -a {}", Quoted(words));
  } else if (!flag.value.empty() && !flag.value_optional) {
    out += " -r -F";
  }
  return fmt::format("{} -d {}\n", out, Quoted(flag.help));
}

}  // namespace

std::string GenerateFish() {
  std::string out =
      R"(# fish completion of ptscope, by `ptscope --generate fish`.

# Whether the command is this one; without an argument, whether there is none.
function __ptscope_command
    set -l words (commandline -opc)
    test "$words[2]" = "$argv[1]"
end

)";
  constexpr std::string_view kNone = "__ptscope_command";
  for (const Command& command : Commands()) {
    out += fmt::format("complete -c ptscope -n {} -f -a {} -d {}\n",
                       Quoted(kNone), command.name, Quoted(command.summary));
  }
  for (const Flag& flag : FlagsOfProgram()) out += Line(flag, kNone);
  for (const Command& command : Commands()) {
    out += '\n';
    for (const Flag& flag : FlagsOf(command)) {
      out += Line(flag, fmt::format("{} {}", kNone, command.name));
    }
  }
  return out;
}

}  // namespace ptscope::cli
