// `partial`: what the file holds of a tensor is a part of it.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

void FindSharded(const Facts& facts, Findings& findings) {
  const Checkpoint& c = facts.checkpoint;
  // Where all parts are read there is more than the part of one file.
  if (!c.parts.empty()) return;
  for (const Tensor& t : c.tensors) {
    const TensorDetail* detail = c.DetailOf(t);
    if (detail == nullptr || detail->global_shape.empty() ||
        detail->local_shape.empty() ||
        std::ranges::equal(detail->local_shape, detail->global_shape)) {
      continue;
    }
    const auto shape = detail->global_shape;
    findings.Add({.certainty = Certainty::kLikely,
                  .rule = "partial",
                  .reason = fmt::format(
                      "{} has shape {}, but the file holds {} of it", t.name,
                      ShapeText(shape), ShapeText(detail->local_shape)),
                  .name = std::string(t.name),
                  .module = std::string(ModuleOf(t.name)),
                  .dtype = t.dtype,
                  .shape = std::vector<int64_t>(shape.begin(), shape.end())});
  }
}

// FSDP's parameter of one flattened module, of which each rank has a part.
void FindFlat(const Dict& dict, Findings& findings) {
  uint64_t flat = 0;
  const Key* first = nullptr;
  for (const Key& key : dict.keys) {
    if (key.leaf != "_flat_param" && key.leaf != "flat_param") continue;
    if (flat++ == 0) first = &key;
  }
  if (flat == 0) return;
  findings.Add({.certainty = Certainty::kNote,
                .rule = "partial",
                .reason = fmt::format(
                    "{} of FSDP, the first is {}: a rank's part of a sharded "
                    "model, whose parameters have no names here",
                    Count(flat, "flat parameter"), first->name),
                .name = std::string(first->name),
                .root = dict.root});
}

}  // namespace

void FindPartial(const Facts& facts, Findings& findings) {
  FindSharded(facts, findings);
  for (const Dict& dict : facts.dicts) FindFlat(dict, findings);
}

}  // namespace ptscope::evidence
