// `optimizer` by names: its parameters have names, and one is no key of any
// state dict. FSDP and distributed checkpoints name parameters so, and torch
// writes `param_names` where it was given named_parameters().
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

// A name without what wraps modules at any depth, and without the parts that a
// parametrization has put into it.
std::string Plain(std::string_view name) {
  std::string out;
  const std::string text = WithoutWrappers(name);
  for (std::string_view rest = text; !rest.empty();) {
    const size_t dot = std::min(rest.find('.'), rest.size());
    const std::string_view step = rest.substr(0, dot);
    rest.remove_prefix(std::min(dot + 1, rest.size()));
    const bool last = rest.empty();
    if (step == "parametrizations" || (step == "module" && !last)) continue;
    if (last && !out.empty() && (step == "original" || step == "original0")) {
      continue;
    }
    if (!out.empty()) out += '.';
    out += step;
  }
  return out;
}

using NameSet = std::unordered_set<std::string>;

NameSet AllNames(const Facts& facts) {
  NameSet names;
  for (const Dict& dict : facts.dicts) {
    for (const Key& key : dict.keys) {
      names.insert(Plain(key.name));
      // Several models may have been named by one optimizer.
      if (!dict.root.empty()) names.insert(Plain(Join(dict.root, key.name)));
    }
  }
  return names;
}

// Parameters whose names are not in the file.
std::vector<const Trained*> Lost(const OptimizerFacts& optimizer,
                                 const NameSet& names) {
  std::vector<const Trained*> lost;
  for (const Trained& p : optimizer.parameters) {
    if (!names.contains(Plain(p.name))) lost.push_back(&p);
  }
  return lost;
}

// By shape: tensors of the file that the optimizer does not name. Where they
// are as many as the lost ones they may be these, renamed; where they are more,
// they were not trained.
std::vector<uint32_t> Renamed(const Facts& facts,
                              const OptimizerFacts& optimizer, size_t lost) {
  NameSet names;
  for (const Trained& p : optimizer.parameters) names.insert(Plain(p.name));
  std::vector<uint32_t> count(facts.shapes.size(), 0);
  size_t all = 0;
  for (const Candidate& c : facts.candidates) {
    const Dict& dict = facts.dicts[c.dict];
    const std::string_view name = dict.keys[c.key].name;
    if (names.contains(Plain(name)) ||
        names.contains(Plain(Join(dict.root, name)))) {
      continue;
    }
    ++count[c.shape];
    ++all;
  }
  for (size_t s = 0; s < facts.spare.size() && s < count.size(); ++s) {
    count[s] += facts.spare[s];
    all += facts.spare[s];
  }
  if (all > lost) count.assign(count.size(), 0);
  return count;
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
    found += names.contains(Plain(p.name));
  }
  return found * 2 >= optimizer.parameters.size();
}

void FindOptimizerNames(const Facts& facts, Findings& findings) {
  for (const OptimizerFacts& optimizer : facts.optimizers) {
    if (!NamesFit(facts, optimizer)) continue;
    const auto lost = Lost(optimizer, AllNames(facts));
    auto renamed = Renamed(facts, optimizer, lost.size());
    const Dict& dict = *LargestDict(facts);
    for (const Trained* const parameter : lost) {
      const Trained& p = *parameter;
      const std::string name = WithoutWrappers(p.name);
      const bool may_be_there = p.shape != kNone && renamed[p.shape] != 0;
      if (may_be_there) --renamed[p.shape];
      EvidenceRecord record{
          .certainty = may_be_there ? Certainty::kLikely : Certainty::kCertain,
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
