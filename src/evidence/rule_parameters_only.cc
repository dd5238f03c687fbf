// `parameters_only`: all tensors of a mapping are Parameters. state_dict()
// never gives these, so parameters() or named_parameters() was saved, which
// leaves all buffers out.
#include <fmt/format.h>

#include <algorithm>

#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

void LookAtList(const Facts& facts, Findings& findings) {
  const Checkpoint& c = facts.checkpoint;
  if (c.root_kind != RootKind::kList) return;
  uint64_t parameters = 0;
  for (const Tensor& t : c.tensors) {
    if (t.path != 0) continue;
    if (t.kind != Kind::kParameter) return;
    ++parameters;
  }
  if (parameters < 2) return;
  findings.Add({.certainty = Certainty::kLikely,
                .rule = "parameters_only",
                .reason = fmt::format(
                    "the file is a list of {} without names: parameters() was "
                    "saved, without the buffers",
                    Count(parameters, "parameter"))});
}

void Look(const Facts& facts, const Dict& dict, Findings& findings) {
  if (dict.kind != StateDict::Kind::kDict || dict.keys.size() < 2) return;
  // state_dict(keep_vars=True): nothing else writes _metadata. Exported
  // programs have a table of parameters.
  if (dict.metadata || facts.checkpoint.format == "torch export") return;
  bool norm = false;
  for (uint32_t k = 0; k < dict.keys.size(); ++k) {
    if (facts.TensorOf(dict, k).kind != Kind::kParameter) return;
    norm = norm || IsNamedAsBatchNorm(dict.modules[dict.keys[k].module].step);
  }
  findings.Add(
      {.certainty = norm ? Certainty::kLikely : Certainty::kNote,
       .rule = "parameters_only",
       .reason = fmt::format(
           "all {} are Parameters: named_parameters() was saved, not "
           "state_dict(){}",
           Count(dict.keys.size(), "tensor"),
           norm ? "; its batch normalizations have no statistics"
                : "; buffers, if the model has any, are not in the file"),
       .root = dict.root});
}

}  // namespace

void FindParametersOnly(const Facts& facts, Findings& findings) {
  LookAtList(facts, findings);
  for (const Dict& dict : facts.dicts) Look(facts, dict, findings);
}

}  // namespace ptscope::evidence
