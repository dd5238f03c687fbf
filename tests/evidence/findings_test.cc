#include "evidence/findings.h"

#include <gtest/gtest.h>

#include <string>

namespace ptscope::evidence {
namespace {

EvidenceRecord Lost(Certainty certainty, std::string_view rule,
                    const std::string& name) {
  return {.certainty = certainty, .rule = rule, .name = name};
}

TEST(Findings, PutCertainOnesFirst) {
  Findings findings;
  findings.Add(Lost(Certainty::kNote, "head", "fc"));
  findings.Add(Lost(Certainty::kCertain, "family", "bn.running_var"));
  const EvidenceReport report = findings.Finish();
  ASSERT_EQ(report.records.size(), 2u);
  EXPECT_EQ(report.records[0].rule, "family");
  EXPECT_EQ(report.result(), "incomplete");
}

TEST(Findings, TellEachLossOnce) {
  Findings findings;
  findings.Add(Lost(Certainty::kLikely, "sibling", "h.1.w"));
  EvidenceRecord guessed{.certainty = Certainty::kCertain, .rule = "optimizer"};
  guessed.guess = "h.1.w";
  findings.Add(guessed);
  // A block is told with its tensors; of another state dict it is another one.
  findings.Add(Lost(Certainty::kLikely, "gap", "h.1"));
  EvidenceRecord other = Lost(Certainty::kLikely, "twin", "h.1.w");
  other.root = "ema";
  findings.Add(other);
  const EvidenceReport report = findings.Finish();
  ASSERT_EQ(report.records.size(), 2u);
  EXPECT_EQ(report.records[0].rule, "optimizer");
  EXPECT_EQ(report.records[1].rule, "twin");
  EXPECT_EQ(report.count(Certainty::kLikely), 1u);
}

TEST(Findings, KeepAHundredOfARuleAndCountAll) {
  Findings findings;
  for (int i = 0; i < 5000; ++i) {
    findings.Add(
        Lost(Certainty::kCertain, "family", "m" + std::to_string(i) + ".w"));
  }
  const EvidenceReport report = findings.Finish();
  EXPECT_EQ(report.records.size(), 100u);
  EXPECT_EQ(report.count(Certainty::kCertain), 5000u);
  ASSERT_EQ(report.omitted.size(), 1u);
  EXPECT_EQ(report.omitted[0], "4900 more findings of rule family (certain)");
}

TEST(EvidenceReport, SaysWhatItRestsOn) {
  EvidenceReport report;
  EXPECT_EQ(report.result(), "no_evidence");
  EXPECT_EQ(report.LookedAt(), "its names and shapes alone");
  report.sources = {.metadata = 62, .optimizer = 1, .lists = 3};
  EXPECT_EQ(report.LookedAt(),
            "_metadata of 62 modules, optimizer of 1 parameter, 3 numbered "
            "lists");
  report.shard = true;
  EXPECT_EQ(report.LookedAt(), "one part of a checkpoint");
}

}  // namespace
}  // namespace ptscope::evidence
