// The rules, one file each (rule_*.cc), and their table.
#ifndef PTSCOPE_EVIDENCE_RULES_H_
#define PTSCOPE_EVIDENCE_RULES_H_

#include <string_view>

#include "evidence/facts.h"
#include "evidence/findings.h"

namespace ptscope::evidence {

using Rule = void (*)(const Facts& facts, Findings& findings);

// A rule that can tell something of a lone part of a checkpoint, too.
inline constexpr bool kAlsoShards = true;

// Function, and whether it is asked of shards. In the order in which they are
// asked: those that know a lost tensor's name come before those that guess.
#define PTSCOPE_EVIDENCE_RULES(X)  \
  X(FindShard, kAlsoShards)        \
  X(FindPrefix, false)             \
  X(FindPlaceholders, kAlsoShards) \
  X(FindLostModules, false)        \
  X(FindFamilies, false)           \
  X(FindOptimizerNames, false)     \
  X(FindPlans, kAlsoShards)        \
  X(FindRecords, kAlsoShards)      \
  X(FindOptimizerShapes, false)    \
  X(FindOptimizerGroups, false)    \
  X(FindSiblings, false)           \
  X(FindGaps, false)               \
  X(FindConfigured, false)         \
  X(FindTwins, false)              \
  X(FindOptimizerOrder, false)     \
  X(FindOptimizerState, false)     \
  X(FindParametersOnly, false)     \
  X(FindStatistics, false)         \
  X(FindPartial, false)            \
  X(FindHeads, false)              \
  X(FindNoModel, false)

#define X(function, shards) \
  void function(const Facts& facts, Findings& findings);
PTSCOPE_EVIDENCE_RULES(X)
#undef X

// The optimizer's parameters have names, and most are in the file.
bool NamesFit(const Facts& facts, const OptimizerFacts& optimizer);

// A step such as "bn1" or "BatchNorm2d".
bool IsNamedAsBatchNorm(std::string_view step);

// Adds what the rules find, and what there was to look at.
void ApplyRules(const Facts& facts, Findings& findings);

}  // namespace ptscope::evidence

#endif  // PTSCOPE_EVIDENCE_RULES_H_
