#include <memory>
#include <optional>
#include <utility>

#include "cli/commands.h"
#include "cli/open_checkpoint.h"
#include "cli/session.h"
#include "ptscope/evidence.h"
#include "ptscope/inventory.h"
#include "ptscope/name_filter.h"

namespace ptscope::cli {

namespace {

struct InfoReport final : Report {
  explicit InfoReport(Checkpoint opened) : checkpoint(std::move(opened)) {}

  void Show(std::string_view file, render::Renderer& to) const override {
    to.Show(render::Description{file, checkpoint, automatic, shown, inventory,
                                evidence});
  }

  const Checkpoint checkpoint;
  RootChoice automatic;
  RootChoice shown;
  Inventory inventory;
  EvidenceReport evidence;
};

Result<Answer> Describe(const std::string& file, const Options& options,
                        const NameFilter& filter, Talk& talk) {
  PTSCOPE_TRY(
      Checkpoint checkpoint,
      OpenCheckpoint(file, options, {.origin = true, .evidence = true}, talk));
  auto report = std::make_unique<InfoReport>(std::move(checkpoint));
  PTSCOPE_TRY(report->automatic, ChooseRoot(report->checkpoint, std::nullopt));
  PTSCOPE_TRY(report->shown, ChosenRoot(report->checkpoint, options));
  report->shown.Keep(filter);
  report->inventory = TakeInventory(report->checkpoint, report->shown.tensors);
  report->evidence =
      FindEvidenceBeside(report->checkpoint, file, options.limits);
  const uint64_t problems =
      SayProblems(file, report->checkpoint, report->shown.tensors, talk);
  return Answer{problems != 0 ? kFound : kAnswered, std::move(report)};
}

}  // namespace

int RunInfo(const Options& options, Session& session) {
  const NameFilter filter(options.match, options.exclude);
  return session.ForEachFile(options, [&](const std::string& file, Talk& talk) {
    return Describe(file, options, filter, talk);
  });
}

}  // namespace ptscope::cli
