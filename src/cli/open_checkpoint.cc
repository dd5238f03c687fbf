#include "cli/open_checkpoint.h"

#include <fmt/format.h>

#include "cli/log.h"
#include "ptscope/open.h"

namespace ptscope::cli {

namespace {

// Findings and problems said of one file.
constexpr uint64_t kMost = 10;

}  // namespace

void SayFindings(std::string_view file, const Checkpoint& checkpoint,
                 bool notes, Talk& talk) {
  uint64_t said = 0;
  uint64_t left = checkpoint.findings_omitted;
  for (const Finding& finding : checkpoint.findings) {
    if (finding.severity == Severity::kNote && !notes) continue;
    if (said == kMost) {
      ++left;
      continue;
    }
    ++said;
    talk.Say(Escaped(file), fmt::format("{}: {}", ToWord(finding.severity),
                                        Escaped(finding.message)));
  }
  if (left != 0) {
    talk.Say(Escaped(file), fmt::format("and {} more findings", left));
  }
}

Result<Checkpoint> OpenCheckpoint(const std::string& file,
                                  const Options& options, Wanted wanted,
                                  Talk& talk) {
  if (file == "-") {
    return Error{.code = ErrorCode::kUsage,
                 .message = "stdin is no checkpoint: it is read from its end",
                 .hint = "save it to a file first"};
  }
  const OpenOptions open{.limits = options.limits,
                         .locate = wanted.locate,
                         .metadata = options.torch_style || wanted.evidence,
                         .origin = wanted.origin,
                         .keep_values = wanted.values,
                         .evidence = wanted.evidence,
                         .member = options.member};
  PTSCOPE_TRY(auto checkpoint, options.verbose ? OpenVerbosely(file, open, talk)
                                               : Open(file, open));
  if (!options.member.empty() && !HasMembers(checkpoint)) {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("is a {}, which has no members",
                                        checkpoint.format),
                 .hint = "leave out --member"};
  }
  SayFindings(file, checkpoint, options.verbose, talk);
  return checkpoint;
}

Result<RootChoice> ChosenRoot(const Checkpoint& checkpoint,
                              const Options& options) {
  if (options.root && *options.root == "auto") {
    return ChooseRoot(checkpoint, std::nullopt);
  }
  return ChooseRoot(checkpoint, options.root.value_or(""));
}

uint64_t SayProblems(std::string_view file, const Checkpoint& checkpoint,
                     const std::vector<uint32_t>& tensors, Talk& talk) {
  uint64_t count = 0;
  for (const uint32_t i : tensors) {
    const Tensor& t = checkpoint.tensors[i];
    const auto problem = checkpoint.ProblemOf(t);
    if (problem.empty()) continue;
    if (++count > kMost) continue;
    talk.Say(Escaped(file),
             fmt::format("tensor {}: its bytes are not in the file: {}",
                         t.name.empty() ? "\"\"" : Escaped(t.name),
                         Escaped(problem)));
  }
  if (count > kMost) {
    talk.Say(
        Escaped(file),
        fmt::format("and {} more tensors without their bytes", count - kMost));
  }
  return count;
}

}  // namespace ptscope::cli
