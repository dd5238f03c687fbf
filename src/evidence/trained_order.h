// Which tensor of the file each parameter of an optimizer is.
#ifndef PTSCOPE_EVIDENCE_TRAINED_ORDER_H_
#define PTSCOPE_EVIDENCE_TRAINED_ORDER_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "evidence/facts.h"

namespace ptscope::evidence {

// Optimizers number parameters in the order of the model, and so does its state
// dict: each group is a subsequence of it. For each parameter the index of its
// candidate, kNone where there is no place for it. nullopt: too long to tell.
std::optional<std::vector<uint32_t>> AlignWithModel(
    const Facts& facts, const OptimizerFacts& optimizer);

}  // namespace ptscope::evidence

#endif  // PTSCOPE_EVIDENCE_TRAINED_ORDER_H_
