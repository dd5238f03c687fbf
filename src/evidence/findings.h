// Findings: what the rules add to a report.
#ifndef PTSCOPE_EVIDENCE_FINDINGS_H_
#define PTSCOPE_EVIDENCE_FINDINGS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "ptscope/evidence.h"

namespace ptscope::evidence {

class Findings {
 public:
  void Add(EvidenceRecord record);

  // Certain ones come first. What is lost is told once: a record whose tensors
  // another one before it has named is left out. Of a rule a hundred are kept,
  // and all counted.
  EvidenceReport Finish();

  EvidenceReport report;

 private:
  // Records of one rule and certainty.
  struct Tally {
    std::string_view rule;
    Certainty certainty;
    uint64_t added = 0;
    uint64_t kept = 0;
  };

  Tally& TallyOf(const EvidenceRecord& record);

  std::vector<Tally> tallies_;  // a few
};

}  // namespace ptscope::evidence

#endif  // PTSCOPE_EVIDENCE_FINDINGS_H_
