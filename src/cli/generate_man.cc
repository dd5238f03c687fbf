// The man page, in the macros of man(7).
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <span>
#include <vector>

#include "cli/answer.h"
#include "cli/commands.h"
#include "cli/flag_list.h"
#include "cli/generate.h"
#include "cli/interrupt.h"
#include "cli/program_flags.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"

namespace ptscope::cli {

namespace {

// Text as it is: nothing of it is a request, an escape or a typographic
// character. A hyphen must stay one that can be searched for and copied.
std::string Roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      // clang-format off
      case '\\': out += "\\(rs"; break;
      case '-': out += "\\-"; break;
      case '\'': out += "\\(aq"; break;
      case '`': out += "\\(ga"; break;
      case '"': out += "\\(dq"; break;
      case '^': out += "\\(ha"; break;
      case '~': out += "\\(ti"; break;
      // clang-format on
      default:
        out += c;
    }
  }
  // A full stop at the start of a line makes it a request.
  return out.starts_with('.') ? "\\&" + out : out;
}

std::string Bold(std::string_view text) {
  return fmt::format("\\fB{}\\fR", Roff(text));
}

std::string Italic(std::string_view text) {
  return fmt::format("\\fI{}\\fR", Roff(text));
}

// "List the tensors." of "list the tensors".
std::string Sentence(std::string_view text) {
  std::string out(text);
  out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  if (!out.ends_with('?')) out += '.';
  return out;
}

// A line of a list: its term, in roff, and what it means.
std::string Item(std::string_view term, std::string_view text) {
  return fmt::format(".TP\n{}\n{}\n", term, Roff(text));
}

std::string Items(std::span<const Flag> flags) {
  std::string out;
  for (const Flag& flag : flags) {
    std::string term;
    for (const std::string& name : flag.names) {
      if (!term.empty()) term += ", ";
      term += Bold(name);
    }
    if (flag.value_optional) {
      term += fmt::format("[={}]", Italic(flag.value));
    } else if (!flag.value.empty()) {
      term += " " + Italic(flag.value);
    }
    out += Item(term, flag.help);
  }
  return out;
}

// Flags that every command has: they are told once.
std::vector<Flag> FlagsOfAll() {
  std::vector<Flag> all = FlagsOf(Commands()[0]);
  for (const Command& command : Commands()) {
    const std::vector<Flag> flags = FlagsOf(command);
    std::erase_if(all, [&](const Flag& flag) {
      return std::ranges::find(flags, flag) == flags.end();
    });
  }
  return all;
}

std::string Usage(const Command& command) {
  return fmt::format("{} {}\n", Bold(fmt::format("ptscope {}", command.name)),
                     Roff(command.usage));
}

std::string Section(const Command& command, std::span<const Flag> elsewhere) {
  std::vector<Flag> flags = FlagsOf(command);
  std::erase_if(flags, [&](const Flag& flag) {
    return std::ranges::find(elsewhere, flag) != elsewhere.end();
  });
  return fmt::format(
      ".SS {}\n{}\n.PP\n{}{}.PP\nExample:\n.PP\n.RS 4\n.nf\n{}\n.fi\n.RE\n",
      Roff(command.name), Roff(Sentence(command.summary)), Usage(command),
      Items(flags), Roff(command.example));
}

std::string ExitStatuses() {
  struct {
    int status;
    std::string_view text;
  } constexpr kStatuses[] = {
      {kAnswered, "Answered, and nothing found: listed, the same."},
      {kFound,
       "Answered, and found: it differs, or the bytes of a tensor are not in "
       "the file."},
      {kNoAnswer,
       "No answer: usage, cannot read, not a checkpoint, damaged so that no "
       "whole listing can be given, a limit; or stdout cannot be written."},
      {kInterrupted, "Interrupted with Ctrl-C."},
  };
  std::string out;
  for (const auto& [status, text] : kStatuses) {
    out += Item(Bold(std::to_string(status)), text);
  }
  return out + ".PP\nWith several files it is the largest of theirs.\n";
}

std::string ErrorCodes() {
  std::string out =
      "In \\fBjson\\fR and \\fBndjson\\fR, \\fIerror.code\\fR is one of "
      "these:\n";
#define X(name, word, text) out += Item(Bold(word), text);
  PTSCOPE_ERROR_CODES(X)
#undef X
  return out;
}

std::string LimitNames() {
  std::string out =
      "What one file may make the program do; \\fB\\-\\-max\\fR "
      "\\fINAME\\fR=\\fIN\\fR sets another limit.\n";
#define X(name, standard, reason) \
  out += Item(fmt::format("{} ({})", Bold(#name), standard), reason);
  PTSCOPE_LIMITS(X)
#undef X
  return out;
}

}  // namespace

std::string GenerateMan() {
  const std::vector<Flag> of_all = FlagsOfAll();
  // The third field is the date, which would make each build another page.
  std::string out = fmt::format(".TH PTSCOPE 1 \"\" \"{}\" \"User Commands\"\n",
                                NameAndVersion());
  out +=
      ".SH NAME\n"
      "ptscope \\- tells what is inside a PyTorch checkpoint, without PyTorch\n"
      ".SH SYNOPSIS\n";
  std::string_view separator;
  for (const Command& command : Commands()) {
    out += fmt::format("{}{}", separator, Usage(command));
    separator = ".br\n";
  }
  for (const Flag& flag : FlagsOfProgram()) {
    out += fmt::format("{}{}\n", separator,
                       Bold(fmt::format("ptscope {}", flag.names.back())));
  }
  out +=
      ".SH DESCRIPTION\n"
      "Reads the archive\\(aqs directory and the pickle, not the weights. "
      "Nothing of the pickle is looked up or run.\n"
      "Data is on stdout, talk on stderr.\n"
      ".SH COMMANDS\n";
  for (const Command& command : Commands()) out += Section(command, of_all);
  out += ".SH FLAGS OF ALL COMMANDS\n" + Items(of_all);
  out += ".SH FLAGS WITHOUT A COMMAND\n" + Items(FlagsOfProgram());
  out += ".SH EXIT STATUS\n" + ExitStatuses();
  out += ".SH ERROR CODES\n" + ErrorCodes();
  out += ".SH LIMITS\n" + LimitNames();
  out += ".SH ENVIRONMENT\n" +
         Item(Bold("NO_COLOR"),
              "If it is set and not empty, --color auto gives no colours.");
  return out;
}

}  // namespace ptscope::cli
