#include <algorithm>
#include <memory>
#include <utility>

#include "base/natural_order.h"
#include "cli/commands.h"
#include "cli/open_checkpoint.h"
#include "cli/session.h"
#include "ptscope/name_filter.h"

namespace ptscope::cli {

namespace {

using Row = render::Listing::Row;

void SortRows(std::vector<Row>& rows, Sort sort) {
  if (sort == Sort::kName) {
    std::ranges::stable_sort(rows, [](const Row& a, const Row& b) {
      return NaturalLess(a.name, b.name);
    });
  } else if (sort == Sort::kSize) {
    std::ranges::stable_sort(rows, [](const Row& a, const Row& b) {
      return a.tensor->nbytes > b.tensor->nbytes;
    });
  }
}

struct LsReport final : Report {
  explicit LsReport(Checkpoint opened) : checkpoint(std::move(opened)) {}

  void Show(std::string_view file, render::Renderer& to) const override {
    to.Show(render::Listing{file, checkpoint, rows, root.root});
  }

  const Checkpoint checkpoint;
  RootChoice root;
  std::vector<Row> rows;
};

std::vector<Row> RowsOf(const Checkpoint& checkpoint, const RootChoice& root,
                        const Options& options) {
  std::vector<Row> rows;
  rows.reserve(root.tensors.size());
  for (size_t i = 0; i < root.tensors.size(); ++i) {
    rows.push_back({&checkpoint.tensors[root.tensors[i]], root.names[i]});
  }
  for (size_t i = 0; options.all && i < root.extras.size(); ++i) {
    rows.push_back({&checkpoint.extras[root.extras[i]], root.extra_names[i]});
  }
  SortRows(rows, options.sort);
  return rows;
}

Result<Answer> List(const std::string& file, const Options& options,
                    const NameFilter& filter, Talk& talk) {
  const bool locate = options.format != "table";
  PTSCOPE_TRY(Checkpoint opened,
              OpenCheckpoint(file, options, {.locate = locate}, talk));
  auto report = std::make_unique<LsReport>(std::move(opened));
  const Checkpoint& checkpoint = report->checkpoint;
  PTSCOPE_TRY(report->root, ChosenRoot(checkpoint, options));
  report->root.Keep(filter);
  report->rows = RowsOf(checkpoint, report->root, options);

  if (checkpoint.tensors.empty()) {
    talk.Say(Escaped(file),
             checkpoint.extras.empty() ? "there is no tensor in it"
             : options.all
                 ? "a state_dict of it would hold no tensor"
                 : "no tensor that a state_dict would hold; --all lists "
                   "what there is");
  }
  const uint64_t problems =
      SayProblems(file, checkpoint, report->root.tensors, talk);
  return Answer{problems != 0 ? kFound : kAnswered, std::move(report)};
}

}  // namespace

int RunLs(const Options& options, Session& session) {
  const NameFilter filter(options.match, options.exclude);
  return session.ForEachFile(options, [&](const std::string& file, Talk& talk) {
    return List(file, options, filter, talk);
  });
}

}  // namespace ptscope::cli
