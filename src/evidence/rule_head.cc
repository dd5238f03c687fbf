// `head`: a head that _metadata names and that has no tensor. An Identity in
// its place leaves the same trace.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope::evidence {

void FindHeads(const Facts& facts, Findings& findings) {
  constexpr std::string_view kHeads[] = {"fc",      "head",  "classifier",
                                         "lm_head", "score", "predictor",
                                         "output",  "logits"};
  for (const Dict& dict : facts.dicts) {
    for (size_t i = 1; i < dict.modules.size(); ++i) {
      const Module& m = dict.modules[i];
      if (!m.named || m.keys_below != 0) continue;
      if (dict.modules[m.parent].keys_below == 0) continue;
      if (std::ranges::find(kHeads, m.step) == std::end(kHeads)) continue;
      // One in a block is no head.
      bool numbered = false;
      for (uint32_t p = m.parent; p != 0; p = dict.modules[p].parent) {
        numbered = numbered || !DigitsAtEnd(dict.modules[p].step).empty();
      }
      if (numbered) continue;
      findings.Add({.certainty = Certainty::kNote,
                    .rule = "head",
                    .reason = fmt::format(
                        "module {} has no tensor, but _metadata names it: an "
                        "Identity, or a layer that was not saved",
                        m.path),
                    .name = std::string(m.path),
                    .root = dict.root,
                    .module = std::string(m.path)});
    }
  }
}

}  // namespace ptscope::evidence
