#include "cli/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "base/edit_distance.h"
#include "cli/commands.h"
#include "cli/generate.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/program_flags.h"
#include "cli/session.h"

namespace ptscope::cli {

namespace {

std::string UnknownCommand(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Command& command : Commands()) names.push_back(command.name);
  const std::string_view nearest = NearestWord(name, names);
  std::string words = fmt::format("there is no command {}", Escaped(name));
  if (!nearest.empty()) words += fmt::format("; did you mean {}?", nearest);
  return words + " (ptscope --help lists them)";
}

int Dispatch(std::span<char*> args, Output& out) {
  Session session(out);
  if (args.size() < 2) {
    session.SayUsage("no command was given (ptscope --help lists them)");
    return kNoAnswer;
  }
  const std::string_view name =
      args[1] == std::string_view("help") ? "--help" : args[1];
  for (const ProgramFlag& flag : ProgramFlags()) {
    if (name == flag.name || (!name.empty() && name == flag.short_name)) {
      out.Write(flag.text());
      return kAnswered;
    }
  }
  // Of the build, not of --help.
  if (name == "--generate") {
    const auto text = Generate(args.size() == 3 ? args[2] : "");
    if (!text) {
      session.SayUsage(fmt::format("--generate takes one of {}", Outputs()));
      return kNoAnswer;
    }
    out.Write(*text);
    return kAnswered;
  }
  const Command* command = FindCommand(name);
  if (command == nullptr) {
    session.SayUsage(UnknownCommand(name));
    return kNoAnswer;
  }
  const Parsed parsed = Parse(*command, args.subspan(2));
  if (!parsed.help.empty()) {
    out.Write(parsed.help);
    return kAnswered;
  }
  if (!parsed.error.empty()) {
    session.SayUsage(
        fmt::format("{} (ptscope {} --help)", parsed.error, command->name));
    return kNoAnswer;
  }
  return command->run(parsed.options, session);
}

}  // namespace

int Run(std::span<char*> args) {
  // A closed pipe is an answer of write(2), not the end of the program.
  std::signal(SIGPIPE, SIG_IGN);
  WatchInterrupts();
  Output out(STDOUT_FILENO);
  int status = kNoAnswer;
  try {
    status = Dispatch(args, out);
  } catch (const std::bad_alloc&) {
    Session(out).SayUsage("there is not enough memory");
    return kNoAnswer;
  } catch (const std::exception& e) {
    Session(out).SayUsage(fmt::format("internal error: {}", e.what()));
    return kNoAnswer;
  }
  out.Flush();
  if (Interrupted()) return kInterrupted;
  if (!out.error().empty()) {
    Session(out).SayUsage(
        fmt::format("cannot write to stdout: {}", out.error()));
    return kNoAnswer;
  }
  return status;
}

}  // namespace ptscope::cli
