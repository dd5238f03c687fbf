// `optimizer_state`: a parameter lacks a moment that the others have.
#include <fmt/format.h>

#include <vector>

#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

void FindLostMoment(const OptimizerFacts& optimizer, Findings& findings) {
  uint64_t with_state = 0;
  std::vector<uint64_t> have(optimizer.moments.size(), 0);
  for (const Trained& p : optimizer.parameters) {
    with_state += p.moments != 0;
    for (size_t m = 0; m < have.size(); ++m) have[m] += p.moments >> m & 1;
  }
  for (size_t m = 0; m < have.size(); ++m) {
    if (have[m] + 1 != with_state || with_state < 10) continue;
    for (const Trained& p : optimizer.parameters) {
      if (p.moments == 0 || (p.moments >> m & 1) != 0) continue;
      findings.Add(
          {.certainty = Certainty::kLikely,
           .rule = "optimizer_state",
           .reason = fmt::format(
               "{} has no {} of parameter {}, but of the {} others",
               optimizer.place, optimizer.moments[m], p.number, have[m]),
           .root = std::string(optimizer.optimizer->place),
           .param = p.number});
    }
  }
}

void NoteWithoutState(const OptimizerFacts& optimizer, Findings& findings) {
  uint64_t without = 0;
  uint64_t first = 0;
  for (const Trained& p : optimizer.parameters) {
    if (p.moments != 0) continue;
    if (without++ == 0) first = p.number;
  }
  if (without == 0 || without == optimizer.parameters.size()) return;
  findings.Add(
      {.certainty = Certainty::kNote,
       .rule = "optimizer_state",
       .reason = fmt::format(
           "{} of the {} of {} have no state, the first is {}: frozen, unused, "
           "or not saved",
           without, Count(optimizer.parameters.size(), "parameter"),
           optimizer.place, first),
       .root = std::string(optimizer.optimizer->place),
       .param = first});
}

}  // namespace

void FindOptimizerState(const Facts& facts, Findings& findings) {
  for (const OptimizerFacts& optimizer : facts.optimizers) {
    FindLostMoment(optimizer, findings);
    NoteWithoutState(optimizer, findings);
  }
}

}  // namespace ptscope::evidence
