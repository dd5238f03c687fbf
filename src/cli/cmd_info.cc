#include "cli/commands.h"
#include "cli/session.h"
#include "ptscope/inventory.h"
#include "ptscope/name_filter.h"

namespace ptscope::cli {

namespace {

Result<int> Describe(const std::string& file, const Options& options,
                     const NameFilter& filter, Session& session,
                     render::Renderer& renderer) {
  PTSCOPE_TRY(const Checkpoint checkpoint, session.Open(file, options, false));
  PTSCOPE_TRY(const RootChoice automatic, ChooseRoot(checkpoint, std::nullopt));
  PTSCOPE_TRY(RootChoice shown, ChosenRoot(checkpoint, options));
  shown.Keep(filter);
  const Inventory inventory = TakeInventory(checkpoint, shown.tensors);
  renderer.Show(
      render::Description{file, checkpoint, automatic, shown, inventory});
  return session.SayProblems(file, checkpoint, shown.tensors) != 0 ? kFound
                                                                   : kAnswered;
}

}  // namespace

int RunInfo(const Options& options, Session& session) {
  const NameFilter filter(options.match, options.exclude);
  return session.ForEachFile(
      options, [&](const std::string& file, render::Renderer& renderer) {
        return Describe(file, options, filter, session, renderer);
      });
}

}  // namespace ptscope::cli
