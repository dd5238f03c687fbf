// `no_model`: an optimizer, and no model that it could have trained.
#include <fmt/format.h>

#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope::evidence {

void FindNoModel(const Facts& facts, Findings& findings) {
  if (!facts.candidates.empty()) return;
  for (const OptimizerFacts& optimizer : facts.optimizers) {
    if (optimizer.parameters.empty()) continue;
    findings.Add({.certainty = Certainty::kNote,
                  .rule = "no_model",
                  .reason = fmt::format(
                      "{} has {}, and no model is in the file", optimizer.place,
                      Count(optimizer.parameters.size(), "parameter")),
                  .root = std::string(optimizer.optimizer->place)});
  }
}

}  // namespace ptscope::evidence
