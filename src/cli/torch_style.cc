#include "cli/torch_style.h"

#include <memory>
#include <utility>

#include "cli/comparing.h"
#include "ptscope/torch_style.h"

namespace ptscope::cli {

namespace {

struct TorchReport final : Report {
  TorchReport(Checkpoint opened, References::Choice chosen)
      : checkpoint(std::move(opened)), choice(std::move(chosen)) {}

  void Show(std::string_view file, render::Renderer& to) const override {
    const std::string& model = choice.set->name;
    to.Show(render::Judgement{
        .file = file,
        .manifest = model.empty() ? std::string_view("Model") : model,
        .reference = *version.reference,
        .actual = keys,
        .root = &root,
        .comparison = version.comparison,
        .torch = &answer});
  }

  const Checkpoint checkpoint;
  const References::Choice choice;
  RootChoice root;
  StateDictKeys keys;
  VersionChoice version;
  LoadAnswer answer;
};

}  // namespace

Result<Answer> CheckAsTorch(Checkpoint checkpoint, References::Choice choice,
                            const Options& options,
                            const CompareOptions& comparing) {
  auto report =
      std::make_unique<TorchReport>(std::move(checkpoint), std::move(choice));
  PTSCOPE_TRY(report->root,
              RootFor(report->checkpoint, options, report->choice.set->root));
  report->keys = ListKeys(report->checkpoint, report->root);
  PTSCOPE_TRY(report->version,
              CompareVersions(report->choice.versions, report->keys,
                              AsTorchCompares(comparing)));
  const VersionChoice& version = report->version;
  if (version.comparison.of == 0) return NothingLeft(*version.reference);
  PTSCOPE_TRY(report->answer, LoadStateDict(*version.reference, report->keys,
                                            version.comparison));
  const int status = report->answer.raises() ? kFound : kAnswered;
  return Answer{status, std::move(report)};
}

}  // namespace ptscope::cli
