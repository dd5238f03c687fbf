#include <memory>
#include <utility>

#include "cli/commands.h"
#include "cli/open_checkpoint.h"
#include "cli/session.h"
#include "ptscope/module_tree.h"
#include "ptscope/name_filter.h"

namespace ptscope::cli {

namespace {

struct TreeReport final : Report {
  explicit TreeReport(Checkpoint opened) : checkpoint(std::move(opened)) {}

  void Show(std::string_view file, render::Renderer& to) const override {
    to.Show(render::Tree{file, modules});
  }

  const Checkpoint checkpoint;  // has the modules' names
  std::vector<Module> modules;
};

ModuleTreeOptions ToTreeOptions(const Options& options) {
  using Order = ModuleTreeOptions::Order;
  return {.depth = options.depth.value_or(UINT32_MAX),
          .order = options.sort == Sort::kName   ? Order::kName
                   : options.sort == Sort::kSize ? Order::kSize
                                                 : Order::kFile,
          .limits = options.limits};
}

Result<Answer> AddUp(const std::string& file, const Options& options,
                     const NameFilter& filter, Talk& talk) {
  PTSCOPE_TRY(Checkpoint opened, OpenCheckpoint(file, options, {}, talk));
  auto report = std::make_unique<TreeReport>(std::move(opened));
  const Checkpoint& checkpoint = report->checkpoint;
  PTSCOPE_TRY(RootChoice root, ChosenRoot(checkpoint, options));
  root.Keep(filter);
  PTSCOPE_TRY(report->modules,
              ModuleTree(checkpoint, root, ToTreeOptions(options)));
  const uint64_t problems = SayProblems(file, checkpoint, root.tensors, talk);
  return Answer{problems != 0 ? kFound : kAnswered, std::move(report)};
}

}  // namespace

int RunTree(const Options& options, Session& session) {
  const NameFilter filter(options.match, options.exclude);
  return session.ForEachFile(options, [&](const std::string& file, Talk& talk) {
    return AddUp(file, options, filter, talk);
  });
}

}  // namespace ptscope::cli
