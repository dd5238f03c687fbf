// `statistics`: batch norms with weights and without their running statistics
// in the whole state dict: parameters alone were saved.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>

#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope::evidence {

bool IsNamedAsBatchNorm(std::string_view step) {
  std::string lower(step);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return lower.starts_with("bn") || lower.starts_with("batchnorm") ||
         lower.starts_with("batch_norm");
}

namespace {

void Look(const Dict& dict, Findings& findings) {
  for (const Key& key : dict.keys) {
    if (key.leaf == "running_mean" || key.leaf == "running_var") return;
  }
  uint64_t norms = 0;
  uint64_t named = 0;
  const Module* first = nullptr;
  for (uint32_t i = 0; i < dict.modules.size(); ++i) {
    const Module& m = dict.modules[i];
    if (!m.named || m.version != 2 || m.keys == 0) continue;
    const auto keys = dict.OwnKeys(i);
    if (!std::all_of(keys.begin(), keys.end(), [&](uint32_t k) {
          return dict.keys[k].leaf == "weight" || dict.keys[k].leaf == "bias";
        })) {
      continue;
    }
    const bool is_named = IsNamedAsBatchNorm(m.step);
    if (first == nullptr || (is_named && named == 0)) first = &m;
    ++norms;
    named += is_named;
  }
  if (norms == 0) return;
  const std::string path(first->path);
  EvidenceRecord record{
      .certainty = named != 0 ? Certainty::kLikely : Certainty::kNote,
      .rule = "statistics",
      .reason = fmt::format(
          "{} weights and no running_mean: {} {}, the first is {}",
          norms == 1 ? "one normalization has" : "normalizations have",
          Count(named != 0 ? named : norms, "module"),
          named != 0 ? "of batch normalization by name and version"
                     : "of version 2 (it may be instance normalization)",
          path),
      .name = Join(path, "running_mean"),
      .root = dict.root,
      .module = path};
  findings.Add(std::move(record));
}

}  // namespace

void FindStatistics(const Facts& facts, Findings& findings) {
  for (const Dict& dict : facts.dicts) {
    if (dict.metadata) Look(dict, findings);
  }
}

}  // namespace ptscope::evidence
