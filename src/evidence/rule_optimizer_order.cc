// `optimizer_order`: all shapes are there, but in the model's order a few
// parameters find no place. A tensor was lost whose shape another one, that was
// never trained, has too.
#include <fmt/format.h>

#include <algorithm>
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
    const auto first =
        static_cast<size_t>(std::ranges::find(*place, kNone) - place->begin());
    const Trained& p = optimizer.parameters[first];
    const auto shape = facts.shapes.Shape(p.shape);
    findings.Add(
        {.certainty = Certainty::kLikely,
         .rule = "optimizer_order",
         .reason = fmt::format(
             "{} of {} that {} has trained have no place in the order of the "
             "file, the first is parameter {} of shape {}",
             lost, Count(n, "tensor"), optimizer.place, p.number,
             ShapeText(shape)),
         .root = std::string(optimizer.optimizer->place),
         .shape = std::vector<int64_t>(shape.begin(), shape.end()),
         .param = p.number});
  }
}

}  // namespace ptscope::evidence
