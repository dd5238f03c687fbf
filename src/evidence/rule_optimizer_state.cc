// `optimizer_state`: a parameter lacks a moment that the others have.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

// Which moments there are depends on the kind of the parameter (Adafactor's of
// a vector is another than that of a matrix), and on its group.
bool IsOfItsKind(const OptimizerFacts& optimizer, const Trained& one) {
  uint64_t others = 0;
  bool group = false;
  for (const Trained& p : optimizer.parameters) {
    if (&p == &one) continue;
    others |= p.moments;
    group = group || p.group == one.group;
  }
  return group && (one.moments & ~others) == 0;
}

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
      if (!IsOfItsKind(optimizer, p)) continue;
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
  // LBFGS keeps all that it knows with the first one.
  if (std::ranges::all_of(optimizer.parameters,
                          [](const Trained& p) { return p.shape == kNone; })) {
    return;
  }
  findings.Add({.certainty = Certainty::kNote,
                .rule = "optimizer_state",
                .reason = fmt::format(
                    "{} of the {} of {} {} no state, the first is {}: frozen, "
                    "unused, or "
                    "not saved",
                    without, Count(optimizer.parameters.size(), "parameter"),
                    optimizer.place, without == 1 ? "has" : "have", first),
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
