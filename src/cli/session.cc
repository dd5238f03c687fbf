#include "cli/session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/escape.h"
#include "cli/log.h"
#include "ptscope/open.h"

namespace ptscope::cli {

std::string Escaped(std::string_view text) {
  std::string out;
  EscapeText(out, text, EscapeFor::kStderr);
  return out;
}

void Session::Say(std::string_view where, std::string_view words) {
  // What was answered so far comes first where both go to one place.
  out_.Flush();
  std::string line;
  line.append(where).append(": ").append(words).append("\n");
  std::string_view left = line;
  while (!left.empty()) {
    const ssize_t n = ::write(STDERR_FILENO, left.data(), left.size());
    if (n <= 0) return;  // nobody to tell
    left.remove_prefix(static_cast<size_t>(n));
  }
}

void Session::SayError(std::string_view file, const Error& error) {
  std::string where = Escaped(file);
  if (!error.place.empty()) where += ":" + error.place;
  Say(where, Escaped(error.Text()));
}

void Session::SayFindings(std::string_view file, const Checkpoint& checkpoint,
                          bool notes) {
  constexpr size_t kMost = 10;
  size_t said = 0;
  uint64_t left = checkpoint.findings_omitted;
  for (const Finding& finding : checkpoint.findings) {
    if (finding.severity == Severity::kNote && !notes) continue;
    if (said == kMost) {
      ++left;
      continue;
    }
    ++said;
    Say(Escaped(file), fmt::format("{}: {}", ToWord(finding.severity),
                                   Escaped(finding.message)));
  }
  if (left != 0) {
    Say(Escaped(file), fmt::format("and {} more findings", left));
  }
}

Result<Checkpoint> Session::Open(const std::string& file,
                                 const Options& options, bool locate) {
  if (file == "-") {
    return Error{.code = ErrorCode::kUsage,
                 .message = "stdin is no checkpoint: it is read from its end",
                 .hint = "save it to a file first"};
  }
  const OpenOptions open{.limits = options.limits, .locate = locate};
  if (!options.verbose) {
    PTSCOPE_TRY(auto checkpoint, ptscope::Open(file, open));
    SayFindings(file, checkpoint, false);
    return checkpoint;
  }
  PTSCOPE_TRY(auto checkpoint, OpenVerbosely(file, open));
  SayFindings(file, checkpoint, true);
  return checkpoint;
}

int Session::ForEachFile(const Options& options, const Answer& answer) {
  size_t file_width = 0;
  for (const std::string& file : options.files) {
    file_width = std::max(file_width, render::WidthInTable(file));
  }
  const render::Style style{.command = options.command,
                            .many_files = options.files.size() > 1,
                            .file_width = file_width,
                            .human = options.human,
                            .color = options.color,
                            .show_ok = options.show_ok,
                            .summary = options.summary};
  const auto renderer = render::MakeRenderer(
      options.format,
      [this, quiet = options.quiet](std::string_view text) {
        if (!quiet) out_.Write(text);
      },
      style);
  int status = kAnswered;
  for (const std::string& file : options.files) {
    if (out_.closed()) break;
    auto result = answer(file, *renderer);
    if (!result) {
      Error& error = result.error();
      if (error.code == ErrorCode::kLimit && error.hint.empty()) {
        error.hint = "--max NAME=N raises the limit";
      }
      SayError(file, result.error());
      renderer->Show(render::Failure{file, result.error()});
    }
    status = std::max(status, result ? *result : kNoAnswer);
    // Many files may take long: each answer is out before the next begins.
    renderer->Flush();
    if (options.files.size() > 1) out_.Flush();
  }
  renderer->Finish();
  return status;
}

uint64_t Session::SayProblems(std::string_view file,
                              const Checkpoint& checkpoint,
                              const std::vector<uint32_t>& tensors) {
  constexpr uint64_t kMost = 10;
  uint64_t count = 0;
  for (const uint32_t i : tensors) {
    const Tensor& t = checkpoint.tensors[i];
    const auto problem = checkpoint.ProblemOf(t);
    if (problem.empty()) continue;
    if (++count > kMost) continue;
    Say(Escaped(file), fmt::format("tensor {}: its bytes are not in the file: "
                                   "{}",
                                   t.name.empty() ? "\"\"" : Escaped(t.name),
                                   Escaped(problem)));
  }
  if (count > kMost) {
    Say(Escaped(file),
        fmt::format("and {} more tensors without their bytes", count - kMost));
  }
  return count;
}

Result<RootChoice> ChosenRoot(const Checkpoint& checkpoint,
                              const Options& options) {
  if (options.root && *options.root == "auto") {
    return ChooseRoot(checkpoint, std::nullopt);
  }
  return ChooseRoot(checkpoint, options.root.value_or(""));
}

}  // namespace ptscope::cli
