#include "evidence/trained_order.h"

#include <algorithm>

#include "evidence/align.h"

namespace ptscope::evidence {

std::optional<std::vector<uint32_t>> AlignWithModel(
    const Facts& facts, const OptimizerFacts& optimizer) {
  const auto& parameters = optimizer.parameters;
  std::vector<uint32_t> place(parameters.size(), kNone);
  std::vector<uint8_t> taken(facts.candidates.size(), 0);
  for (size_t begin = 0, end = 0; begin < parameters.size(); begin = end) {
    std::vector<uint32_t> trained;
    std::vector<size_t> whose;
    std::vector<uint8_t> of_group(facts.shapes.size(), 0);
    const uint32_t group = parameters[begin].group;
    for (; end < parameters.size() && parameters[end].group == group; ++end) {
      const uint32_t shape = parameters[end].shape;
      if (shape == kNone) continue;
      trained.push_back(shape);
      whose.push_back(end);
      of_group[shape] = 1;
    }
    // Shapes that are not in the group need no cell.
    std::vector<uint32_t> there;
    std::vector<uint32_t> candidate;
    for (uint32_t c = 0; c < facts.candidates.size(); ++c) {
      const uint32_t shape = facts.candidates[c].shape;
      if (of_group[shape] == 0 || taken[c] != 0) continue;
      there.push_back(shape);
      candidate.push_back(c);
    }
    const auto partner = Align(trained, there);
    if (!partner) return {};
    for (size_t i = 0; i < trained.size(); ++i) {
      if ((*partner)[i] == kNone) continue;
      place[whose[i]] = candidate[(*partner)[i]];
      taken[place[whose[i]]] = 1;
    }
  }
  return place;
}

}  // namespace ptscope::evidence
