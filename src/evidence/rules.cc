#include "evidence/rules.h"

namespace ptscope::evidence {

namespace {

struct Entry {
  Rule rule;
  bool shards;
};

constexpr Entry kRules[] = {
#define X(function, shards) {&function, shards},
    PTSCOPE_EVIDENCE_RULES(X)
#undef X
};

EvidenceSources SourcesOf(const Facts& facts) {
  EvidenceSources sources;
  for (const Dict& dict : facts.dicts) {
    sources.metadata += dict.named_count;
    sources.lists += dict.lists.size();
  }
  for (const OptimizerFacts& optimizer : facts.optimizers) {
    sources.optimizer += optimizer.parameters.size();
  }
  for (const ModelSettings& settings : facts.settings) {
    sources.config = sources.config || !settings.blocks.empty() ||
                     settings.vocabulary.has_value();
  }
  return sources;
}

}  // namespace

void ApplyRules(const Facts& facts, Findings& findings) {
  const bool shard = !facts.shard.empty();
  for (const Entry& entry : kRules) {
    if (entry.shards || !shard) entry.rule(facts, findings);
  }
  findings.report.shard = shard;
  if (!shard) findings.report.sources = SourcesOf(facts);
}

}  // namespace ptscope::evidence
