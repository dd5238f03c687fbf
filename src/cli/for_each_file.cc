#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/commands.h"
#include "cli/in_order.h"
#include "cli/input_files.h"
#include "cli/interrupt.h"
#include "cli/session.h"
#include "ptscope/open.h"

namespace ptscope::cli {

namespace {

// What one file gave, until it is its turn.
struct Answered {
  Result<Answer> answer;
  Talk talk;
};

// A next step that only the command line can name.
void AddHint(const std::string& file, const Options& options, Error& error) {
  const Command* command = FindCommand(options.command);
  const bool walks = command != nullptr && (command->flags & kManyFiles) != 0;
  std::error_code ec;
  if (error.code == ErrorCode::kLimit && error.hint.empty()) {
    error.hint = "--max NAME=N raises the limit";
  } else if (walks && error.code == ErrorCode::kIo && !error.hint.empty() &&
             std::filesystem::is_directory(file, ec)) {
    error.hint += ", or give -r";
  }
}

Answered AnswerOne(const InputFile& file, const Options& options,
                   const AnswerFile& answer) {
  Talk talk;
  auto got = file.error == nullptr ? answer(file.name, talk)
                                   : Result<Answer>(*file.error);
  if (!got && file.error == nullptr) AddHint(file.name, options, got.error());
  return {std::move(got), std::move(talk)};
}

render::Style StyleOf(const Options& options, const InputFiles& input) {
  return {
      .command = options.records.empty() ? options.command : options.records,
      .many_files = options.many_files(),
      .file_width = input.Width(),
      .human = options.human,
      .color = options.color,
      .show_ok = options.show_ok,
      .summary = options.summary};
}

std::string SkippedWords(uint64_t count) {
  return count == 1
             ? "1 file that is no checkpoint was skipped"
             : fmt::format("{} files that are no checkpoint were skipped",
                           count);
}

}  // namespace

int Session::ForEachFile(const Options& options, const AnswerFile& answer) {
  const auto input = ListInputFiles(options);
  if (!input) {
    SayError(options.files_from, input.error());
    return kNoAnswer;
  }
  const std::vector<InputFile>& files = input->files;
  const auto renderer = render::MakeRenderer(
      options.format,
      [this, quiet = options.quiet](std::string_view text) {
        if (!quiet) out_.Write(text);
      },
      StyleOf(options, *input));
  if (!options.quiet && files.size() > 1) progress_.Begin(files.size());
  int status = kAnswered;
  uint64_t skipped = input->others;
  uint64_t examined = 0;

  const auto take = [&](size_t i, Answered answered) {
    const InputFile& file = files[i];
    const auto& [got, talk] = answered;
    if (!got && file.found && IsUnrelated(got.error(), file.name)) {
      ++skipped;
      Write(talk);
      return true;
    }
    progress_.EraseForStdout();
    ++examined;
    if (got) {
      got->report->Show(file.name, *renderer);
    } else {
      answered.talk.SayError(file.name, got.error());
      renderer->Show(render::Failure{file.name, got.error()});
    }
    status = std::max(status, got ? got->status : kNoAnswer);
    renderer->Flush();
    // Many files may take long: each answer is out before the next one's.
    if (files.size() > 1) out_.Flush();
    Write(talk);
    return !out_.closed();
  };
  FinishOnInterrupt();
  InOrder<Answered>(
      files.size(), options.jobs,
      {.make = [&](size_t i) { return AnswerOne(files[i], options, answer); },
       .stop = Interrupted,
       .await = [&](size_t i) { progress_.Show(i + 1, files[i].name); },
       .take = take});
  progress_.Erase();
  renderer->Finish();
  if (Interrupted() || out_.closed()) return status;
  if (skipped != 0 && !options.quiet) SayUsage(SkippedWords(skipped));
  if (examined == 0) {
    SayUsage(options.recursive ? "no checkpoint was found"
                               : "the list names no file");
    return kNoAnswer;
  }
  return status;
}

}  // namespace ptscope::cli
