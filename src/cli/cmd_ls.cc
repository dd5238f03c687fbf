#include <algorithm>

#include "base/natural_order.h"
#include "cli/commands.h"
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

Result<int> List(const std::string& file, const Options& options,
                 const NameFilter& filter, Session& session,
                 render::Renderer& renderer) {
  const bool locate = options.format != "table";
  PTSCOPE_TRY(const Checkpoint checkpoint, session.Open(file, options, locate));
  PTSCOPE_TRY(RootChoice root, ChosenRoot(checkpoint, options));
  root.Keep(filter);

  std::vector<Row> rows;
  rows.reserve(root.tensors.size());
  for (size_t i = 0; i < root.tensors.size(); ++i) {
    rows.push_back({&checkpoint.tensors[root.tensors[i]], root.names[i]});
  }
  for (size_t i = 0; options.all && i < root.extras.size(); ++i) {
    rows.push_back({&checkpoint.extras[root.extras[i]], root.extra_names[i]});
  }
  SortRows(rows, options.sort);
  renderer.Show(render::Listing{file, checkpoint, rows, root.root});

  if (checkpoint.tensors.empty()) {
    session.Say(Escaped(file),
                checkpoint.extras.empty() ? "there is no tensor in it"
                : options.all
                    ? "a state_dict of it would hold no tensor"
                    : "no tensor that a state_dict would hold; --all lists "
                      "what there is");
  }
  return session.SayProblems(file, checkpoint, root.tensors) != 0 ? kFound
                                                                  : kAnswered;
}

}  // namespace

int RunLs(const Options& options, Session& session) {
  const NameFilter filter(options.match, options.exclude);
  return session.ForEachFile(
      options, [&](const std::string& file, render::Renderer& renderer) {
        return List(file, options, filter, session, renderer);
      });
}

}  // namespace ptscope::cli
