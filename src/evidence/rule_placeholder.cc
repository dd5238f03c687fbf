// `placeholder`: a tensor that stands for one whose values are elsewhere.
#include <fmt/format.h>

#include <vector>

#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

EvidenceRecord RecordOf(const Facts& facts, const Dict& dict, uint32_t key,
                        Certainty certainty) {
  const Tensor& t = facts.TensorOf(dict, key);
  const std::string_view name = dict.keys[key].name;
  return {.certainty = certainty,
          .rule = "placeholder",
          .name = std::string(name),
          .root = dict.root,
          .module = std::string(ModuleOf(name)),
          .dtype = t.dtype,
          .shape = std::vector<int64_t>(t.shape.begin(), t.shape.end())};
}

// On the device `meta` a tensor has a shape and no values.
void FindMeta(const Facts& facts, const Dict& dict, Findings& findings) {
  std::vector<uint32_t> meta;
  for (uint32_t k = 0; k < dict.keys.size(); ++k) {
    const Tensor& t = facts.TensorOf(dict, k);
    if (facts.checkpoint.DeviceOf(t) == "meta") meta.push_back(k);
  }
  if (meta.empty()) return;
  if (meta.size() == dict.keys.size()) {
    findings.Add({.certainty = Certainty::kNote,
                  .rule = "placeholder",
                  .reason = fmt::format("all {} are on the device meta: the "
                                        "file has shapes and no values",
                                        Count(meta.size(), "tensor")),
                  .root = dict.root});
    return;
  }
  for (const uint32_t key : meta) {
    auto record = RecordOf(facts, dict, key, Certainty::kCertain);
    record.reason = fmt::format(
        "{} is on the device meta, without values, beside {} with values",
        record.name, Count(dict.keys.size() - meta.size(), "tensor"));
    findings.Add(std::move(record));
  }
}

// ZeRO stage 3 leaves tensors of no elements where a rank saves its model.
void FindEmpty(const Facts& facts, const Dict& dict, Findings& findings) {
  std::vector<uint32_t> empty;
  for (uint32_t k = 0; k < dict.keys.size(); ++k) {
    const auto shape = facts.TensorOf(dict, k).shape;
    // Statistics are no parameters, and are not sharded: a norm of no channels.
    const uint32_t mean = dict.OwnKey(dict.keys[k].module, "running_mean");
    if (mean != kNone && facts.TensorOf(dict, mean).numel == 0) continue;
    if (dict.keys[k].leaf == "weight" && shape.size() == 1 && shape[0] == 0) {
      empty.push_back(k);
    }
  }
  if (empty.size() < 2) return;
  const bool declared = !facts.checkpoint.training.declared.empty();
  for (const uint32_t key : empty) {
    auto record = RecordOf(facts, dict, key,
                           declared ? Certainty::kNote : Certainty::kCertain);
    record.reason = fmt::format(
        "{} has shape [0]: the placeholder of a sharded model (ZeRO stage 3); "
        "its values are in the shards",
        record.name);
    findings.Add(std::move(record));
  }
}

// A lazy module that was saved before its first batch.
void FindUninitialized(const Facts& facts, Findings& findings) {
  for (const std::string_view name : facts.checkpoint.training.uninitialized) {
    EvidenceRecord record{
        .certainty = Certainty::kCertain,
        .rule = "placeholder",
        .reason = fmt::format("{} is uninitialized: the module was saved "
                              "before it knew its shape",
                              name),
        .name = std::string(name),
        .module = std::string(ModuleOf(name))};
    for (const Dict& dict : facts.dicts) {
      const std::string prefix = dict.root.empty() ? "" : dict.root + ".";
      if (!name.starts_with(prefix)) continue;
      if (prefix.empty()) continue;
      record.root = dict.root;
      record.name = name.substr(prefix.size());
      record.module = ModuleOf(record.name);
    }
    findings.Add(std::move(record));
  }
}

}  // namespace

void FindPlaceholders(const Facts& facts, Findings& findings) {
  for (const Dict& dict : facts.dicts) {
    FindMeta(facts, dict, findings);
    FindEmpty(facts, dict, findings);
  }
  FindUninitialized(facts, findings);
}

}  // namespace ptscope::evidence
