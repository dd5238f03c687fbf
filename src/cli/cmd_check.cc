#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/comparing.h"
#include "cli/references.h"
#include "cli/session.h"
#include "ptscope/compare.h"

namespace ptscope::cli {

namespace {

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

Result<int> Check(const std::string& file, const Options& options,
                  const References& references, const CompareOptions& comparing,
                  Session& session, render::Renderer& renderer) {
  PTSCOPE_TRY(const Checkpoint checkpoint, session.Open(file, options, false));
  PTSCOPE_TRY(const References::Choice choice, references.For(file));
  PTSCOPE_TRY(const RootChoice root,
              RootFor(checkpoint, options, choice.set->root));
  const TensorList actual = ListTensors(checkpoint, root);
  PTSCOPE_TRY(VersionChoice version,
              CompareVersions(choice.versions, actual, comparing));
  if (version.comparison.of == 0) {
    return Error{.code = ErrorCode::kManifest,
                 .message =
                     "--match and --exclude leave no tensor of the "
                     "reference's version " +
                     version.reference->version};
  }
  if (choice.versions.size() > 1) {
    version.comparison.hints.insert(version.comparison.hints.begin(),
                                    VersionHint(version));
  }
  AddRootHint("the reference", *version.reference, version.comparison);
  render::Judgement judgement{.file = file,
                              .manifest = choice.name,
                              .reference = *version.reference,
                              .actual = actual,
                              .root = &root,
                              .comparison = version.comparison};
  if (version.runner_up != nullptr) judgement.versions = &version;
  renderer.Show(judgement);
  return version.comparison.differs() ? kFound : kAnswered;
}

}  // namespace

int RunCheck(const Options& options, Session& session) {
  if (options.manifest.empty()) {
    session.SayUsage(
        "check needs a reference: -m REF (a manifest, a list of names, or "
        "another checkpoint)");
    return kNoAnswer;
  }
  std::string about;
  const auto references = References::Load(options, about);
  if (!references) {
    session.SayError(about, references.error());
    return kNoAnswer;
  }
  const CompareOptions comparing = ComparingOptions(options);
  return session.ForEachFile(
      options, [&](const std::string& file, render::Renderer& renderer) {
        return Check(file, options, *references, comparing, session, renderer);
      });
}

}  // namespace ptscope::cli
