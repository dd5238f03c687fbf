// `optimizer_order`: all shapes are there, but in the model's order a few
// parameters find no place. A tensor was lost whose shape another one, that was
// never trained, has too.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "evidence/rules.h"
#include "evidence/trained_order.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

bool AllShapesAreThere(const Facts& facts, const OptimizerFacts& optimizer) {
  std::vector<int64_t> spare(facts.shapes.size(), 0);
  for (const Candidate& c : facts.candidates) ++spare[c.shape];
  return std::ranges::all_of(optimizer.parameters, [&](const Trained& p) {
    return p.shape != kNone && --spare[p.shape] >= 0;
  });
}

// All that have no place stand at the begin, or at the end, but for a few that
// the order of shapes alone has put between them.
bool AreAtAnEnd(const std::vector<uint32_t>& place, size_t lost) {
  constexpr size_t kFew = 2;
  const size_t reach = std::min(lost + kFew, place.size());
  const auto missing = [&](size_t begin) {
    return static_cast<size_t>(std::count(
        place.begin() + static_cast<std::ptrdiff_t>(begin),
        place.begin() + static_cast<std::ptrdiff_t>(begin + reach), kNone));
  };
  return missing(0) == lost || missing(place.size() - reach) == lost;
}

}  // namespace

void FindOptimizerOrder(const Facts& facts, Findings& findings) {
  for (const OptimizerFacts& optimizer : facts.optimizers) {
    const size_t n = optimizer.parameters.size();
    if (n < 8 || optimizer.optimizer->groups != 1) continue;
    if (NamesFit(facts, optimizer)) continue;
    if (!AllShapesAreThere(facts, optimizer)) continue;
    const auto place = AlignWithModel(facts, optimizer);
    if (!place) continue;
    const auto lost = static_cast<size_t>(std::ranges::count(*place, kNone));
    if (lost == 0 || lost * 20 > n) continue;
    // Adam([*head.parameters(), *backbone.parameters()]): a part was named
    // before or behind its turn.
    if (AreAtAnEnd(*place, lost)) continue;
    const auto first =
        static_cast<size_t>(std::ranges::find(*place, kNone) - place->begin());
    const Trained& p = optimizer.parameters[first];
    const auto shape = facts.shapes.Shape(p.shape);
    findings.Add(
        {.certainty = Certainty::kLikely,
         .rule = "optimizer_order",
         .reason = fmt::format(
             "{} of {} that {} has trained {} no place in the order of the "
             "file, the first is parameter {} of shape {}",
             lost, Count(n, "tensor"), optimizer.place,
             lost == 1 ? "has" : "have", p.number, ShapeText(shape)),
         .root = std::string(optimizer.optimizer->place),
         .shape = std::vector<int64_t>(shape.begin(), shape.end()),
         .param = p.number});
  }
}

}  // namespace ptscope::evidence
