#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "cli/commands.h"
#include "cli/comparing.h"
#include "cli/evidence_check.h"
#include "cli/open_checkpoint.h"
#include "cli/references.h"
#include "cli/session.h"
#include "cli/torch_style.h"
#include "ptscope/compare.h"
#include "ptscope/evidence.h"

namespace ptscope::cli {

namespace {

struct CheckReport final : Report {
  CheckReport(Checkpoint opened, References::Choice chosen)
      : checkpoint(std::move(opened)), choice(std::move(chosen)) {}

  void Show(std::string_view file, render::Renderer& to) const override {
    to.Show(render::Judgement{
        .file = file,
        .manifest = choice.name,
        .reference = *version.reference,
        .actual = actual,
        .root = &root,
        .comparison = version.comparison,
        .versions = version.runner_up == nullptr ? nullptr : &version,
        .evidence = evidence ? &*evidence : nullptr});
  }

  const Checkpoint checkpoint;
  const References::Choice choice;
  RootChoice root;
  TensorList actual;
  VersionChoice version;
  std::optional<EvidenceReport> evidence;  // --evidence
};

// Which version was taken, and why.
std::string VersionHint(const VersionChoice& choice) {
  const Comparison& best = choice.comparison;
  const auto score = [](uint64_t matched, uint64_t failures) {
    return fmt::format("{} ok, {} failing", matched, failures);
  };
  std::string hint =
      fmt::format("version {} fits best: {}", choice.reference->version,
                  score(best.matched(), best.failures));
  if (choice.runner_up == nullptr) return hint;
  return hint + fmt::format(
                    "; next is version {}: {}", choice.runner_up->version,
                    score(choice.runner_up_matched, choice.runner_up_failures));
}

Result<Answer> Check(const std::string& file, const Options& options,
                     const References& references,
                     const CompareOptions& comparing, Talk& talk) {
  PTSCOPE_TRY(
      Checkpoint checkpoint,
      OpenCheckpoint(file, options, {.evidence = options.evidence}, talk));
  PTSCOPE_TRY(References::Choice choice, references.For(file));
  if (options.torch_style && checkpoint.parts.size() > 1 &&
      HasMembers(checkpoint)) {
    return Error{.code = ErrorCode::kUsage,
                 .message =
                     "--style torch is about one state_dict, and there "
                     "are several checkpoints in it",
                 .hint = "--member NAME takes one"};
  }
  if (options.torch_style) {
    return CheckAsTorch(std::move(checkpoint), std::move(choice), options,
                        comparing);
  }
  auto report =
      std::make_unique<CheckReport>(std::move(checkpoint), std::move(choice));
  PTSCOPE_TRY(report->root,
              RootFor(report->checkpoint, options, report->choice.set->root));
  report->actual = ListTensors(report->checkpoint, report->root);
  PTSCOPE_TRY(report->version, CompareVersions(report->choice.versions,
                                               report->actual, comparing));
  VersionChoice& version = report->version;
  if (version.comparison.of == 0) return NothingLeft(*version.reference);
  if (report->choice.versions.size() > 1) {
    version.comparison.hints.insert(version.comparison.hints.begin(),
                                    VersionHint(version));
  }
  if (options.evidence) {
    report->evidence =
        FindEvidenceBeside(report->checkpoint, file, options.limits);
    for (EvidenceRecord& record : report->evidence->records) {
      record.certainty = Certainty::kNote;
    }
  }
  AddRootHint("the reference", *version.reference, version.comparison);
  const int status = version.comparison.differs() ? kFound : kAnswered;
  return Answer{status, std::move(report)};
}

}  // namespace

int RunCheck(const Options& options, Session& session) {
  if (options.manifest.empty()) {
    if (const std::string why = NeedsReference(options); !why.empty()) {
      session.SayUsage(why);
      return kNoAnswer;
    }
    return RunEvidence(options, session);
  }
  std::string about;
  const auto references = References::Load(options, about);
  if (!references) {
    session.SayError(about, references.error());
    return kNoAnswer;
  }
  const CompareOptions comparing = ComparingOptions(options);
  return session.ForEachFile(options, [&](const std::string& file, Talk& talk) {
    return Check(file, options, *references, comparing, talk);
  });
}

}  // namespace ptscope::cli
