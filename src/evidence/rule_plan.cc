// `plan`: what says which tensors belong to the checkpoint names one that is
// not there: the index of shards, the metadata of a distributed checkpoint,
// DeepSpeed's `param_shapes`.
#include <fmt/format.h>

#include <string>
#include <unordered_map>
#include <unordered_set>

#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

// The readers of indexes and of distributed checkpoints say with each tensor
// why its bytes are not there.
void FindUnheld(const Facts& facts, Findings& findings) {
  const Checkpoint& c = facts.checkpoint;
  if (c.parts.empty()) return;
  for (const Tensor& t : c.tensors) {
    const auto problem = c.ProblemOf(t);
    if (problem.empty() || c.DeviceOf(t) == "meta") continue;
    findings.Add(
        {.certainty = Certainty::kCertain,
         .rule = "plan",
         .reason =
             fmt::format("{} is named, but is not there: {}", t.name, problem),
         .name = std::string(t.name),
         .module = std::string(ModuleOf(t.name)),
         .dtype = t.dtype,
         .shape = std::vector<int64_t>(t.shape.begin(), t.shape.end())});
  }
}

void FindUndeclared(const Facts& facts, Findings& findings) {
  const auto& declared = facts.checkpoint.training.declared;
  if (declared.empty()) return;
  const Dict* model = nullptr;
  for (const Dict& dict : facts.dicts) {
    if (dict.root == "module") model = &dict;
  }
  // Files of optimizer shards declare what is in another file.
  if (model == nullptr) return;
  std::unordered_map<std::string_view, std::string_view> same_as;
  for (const DeclaredParameter& p : declared) {
    if (!p.same_as.empty()) same_as.emplace(p.name, p.same_as);
  }
  const auto is_there = [&](std::string_view name) {
    return model->FindKey(name) != kNone;
  };
  std::unordered_set<std::string_view> shared_with;
  for (const auto& [name, other] : same_as) {
    if (is_there(name)) shared_with.insert(other);
  }
  for (const DeclaredParameter& p : declared) {
    if (!p.same_as.empty() || is_there(p.name)) continue;
    const auto other = same_as.find(p.name);
    if (other != same_as.end() && is_there(other->second)) continue;
    if (shared_with.contains(p.name)) continue;
    findings.Add(
        {.certainty = Certainty::kCertain,
         .rule = "plan",
         .reason = fmt::format("{} is not in the file, but param_shapes names "
                               "it with shape {}",
                               p.name, ShapeText(p.shape)),
         .name = std::string(p.name),
         .root = model->root,
         .module = std::string(ModuleOf(p.name)),
         .shape = std::vector<int64_t>(p.shape.begin(), p.shape.end())});
  }
}

}  // namespace

void FindPlans(const Facts& facts, Findings& findings) {
  FindUnheld(facts, findings);
  FindUndeclared(facts, findings);
}

}  // namespace ptscope::evidence
