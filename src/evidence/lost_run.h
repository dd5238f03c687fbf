// Parameters that an optimizer has trained one after the other and that the
// file lacks: where they belong, and what they may be called.
#ifndef PTSCOPE_EVIDENCE_LOST_RUN_H_
#define PTSCOPE_EVIDENCE_LOST_RUN_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "evidence/facts.h"

namespace ptscope::evidence {

struct LostRun {
  uint32_t begin = 0;  // in OptimizerFacts::parameters
  uint32_t end = 0;
  uint32_t after = kNone;  // candidates between which it belongs
  uint32_t before = kNone;
  std::vector<std::string> names = {};  // guesses, from the first one on
  uint32_t twin = kNone;                // candidate that the first one is like
};

// All parameters have shapes. `place` is what AlignWithModel gave, `is_lost`
// says of which shapes the parameters without a place are told.
//
// Shapes alone leave open where a run lies: it can slide over neighbours of the
// same shapes, as a lost block can over blocks of its kind. Of these places the
// one is taken where twins give names that are free.
std::vector<LostRun> FindLostRuns(const Facts& facts,
                                  const OptimizerFacts& optimizer,
                                  std::span<const uint32_t> place,
                                  std::span<const uint8_t> is_lost);

}  // namespace ptscope::evidence

#endif  // PTSCOPE_EVIDENCE_LOST_RUN_H_
