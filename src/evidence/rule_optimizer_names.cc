// `optimizer` by names: its parameters have names, and one is no key of any
// state dict. FSDP and distributed checkpoints name parameters so, and torch
// writes `param_names` where it was given named_parameters().
#include <fmt/format.h>

#include <string>
#include <unordered_set>

#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

std::unordered_set<std::string> AllNames(const Facts& facts) {
  std::unordered_set<std::string> names;
  for (const Dict& dict : facts.dicts) {
    for (const Key& key : dict.keys) names.insert(WithoutWrappers(key.name));
  }
  return names;
}

// Where a name that lacks would have been: the dict that has most tensors.
const Dict* LargestDict(const Facts& facts) {
  const Dict* largest = nullptr;
  for (const Dict& dict : facts.dicts) {
    if (largest == nullptr || dict.keys.size() > largest->keys.size()) {
      largest = &dict;
    }
  }
  return largest;
}

}  // namespace

bool NamesFit(const Facts& facts, const OptimizerFacts& optimizer) {
  if (!optimizer.named || facts.dicts.empty()) return false;
  const auto names = AllNames(facts);
  size_t found = 0;
  for (const Trained& p : optimizer.parameters) {
    found += names.contains(WithoutWrappers(p.name));
  }
  return found * 2 >= optimizer.parameters.size();
}

void FindOptimizerNames(const Facts& facts, Findings& findings) {
  for (const OptimizerFacts& optimizer : facts.optimizers) {
    if (!NamesFit(facts, optimizer)) continue;
    const auto names = AllNames(facts);
    const Dict& dict = *LargestDict(facts);
    for (const Trained& p : optimizer.parameters) {
      const std::string name = WithoutWrappers(p.name);
      if (names.contains(name)) continue;
      EvidenceRecord record{
          .certainty = Certainty::kCertain,
          .rule = "optimizer",
          .reason = fmt::format("{} is not in the file, but {} has trained it",
                                name, optimizer.place),
          .name = name,
          .root = dict.root,
          .module = std::string(ModuleOf(name)),
          .param = p.number};
      if (p.shape != kNone) {
        const auto shape = facts.shapes.Shape(p.shape);
        record.shape = std::vector<int64_t>(shape.begin(), shape.end());
      }
      findings.Add(std::move(record));
    }
  }
}

}  // namespace ptscope::evidence
