#include "torch/writer.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/writer_text.h"

namespace ptscope::torch {
namespace {

using Signs = std::vector<std::pair<Sign, std::string_view>>;

WriterEvidence EvidenceOf(const Signs& signs) {
  WriterEvidence evidence;
  for (const auto& [sign, what] : signs) evidence.Saw(sign, what);
  return evidence;
}
std::string WriterOf(const Signs& signs) {
  return test::TextOf(EvidenceOf(signs).Conclude());
}

constexpr std::pair<Sign, std::string_view> kZip = {Sign::kContainer, "zip"};

TEST(WriterEvidence, SaysNothingWithoutSigns) {
  EXPECT_EQ(WriterOf({}), "nothing");
  EXPECT_EQ(WriterOf({{Sign::kRecord, "what nobody knows"}}), "nothing");
}

TEST(WriterEvidence, TakesTheHighestLowerBound) {
  EXPECT_EQ(WriterOf({kZip,
                      {Sign::kKeys, "numbers"},
                      {Sign::kRecord, ".format_version"},
                      {Sign::kRecord, "byteorder"}}),
            "2.7 - : record .format_version");
  // Of 1.9 and 1.13 the second is the newer one.
  EXPECT_EQ(
      WriterOf({kZip, {Sign::kKeys, "numbers"}, {Sign::kFolder, "named"}}),
      "1.13 - : named folder");
}

TEST(WriterEvidence, TakesTheLowestUpperBound) {
  EXPECT_EQ(
      WriterOf({kZip,
                {Sign::kAbsent, "byteorder"},
                {Sign::kGlobal, "torch._utils._rebuild_sparse_csr_tensor"}}),
      "1.11 - 1.13: torch._utils._rebuild_sparse_csr_tensor");
}

TEST(WriterEvidence, ASignIsOfItsSort) {
  EXPECT_EQ(WriterOf({kZip, {Sign::kGlobal, "byteorder"}}),
            "1.4 - : zip container");
}

TEST(WriterEvidence, AnotherProgramMayHaveLeftOutAnything) {
  WriterEvidence evidence = EvidenceOf(
      {kZip, {Sign::kKeys, "numbers"}, {Sign::kAbsent, "byteorder"}});
  evidence.SawOtherProgram();
  EXPECT_EQ(test::TextOf(evidence.Conclude()),
            "other 1.9 - : numbers as storage keys");
}

TEST(WriterEvidence, SaysNothingAgainstItself) {
  EXPECT_EQ(WriterOf({kZip,
                      {Sign::kRecord, ".format_version"},
                      {Sign::kKeys, "addresses"}}),
            "nothing");
}

// A model of 2.1 that 1.13 loaded and saved again.
TEST(WriterEvidence, DataMayBeOlderThanTheFileButNotTheFileThanTheData) {
  EXPECT_EQ(WriterOf({kZip,
                      {Sign::kAbsent, "byteorder"},
                      {Sign::kModuleState, "_is_full_backward_hook"}}),
            "1.8 - 2.0: modules with _is_full_backward_hook; no record "
            "byteorder");
  EXPECT_EQ(WriterOf({kZip,
                      {Sign::kAbsent, "byteorder"},
                      {Sign::kModuleState, "_is_full_backward_hook"},
                      {Sign::kModuleState, "_forward_hooks_always_called"}}),
            "1.4 - 2.0: zip container; no record byteorder");
}

TEST(WriterEvidence, LegacyIsTheDefaultUpTo15) {
  constexpr std::pair<Sign, std::string_view> kLegacy = {Sign::kContainer,
                                                         "legacy"};
  EXPECT_EQ(WriterOf({kLegacy}), " - /1.5");
  EXPECT_EQ(WriterOf({kLegacy, {Sign::kGlobal, "torch.BoolStorage"}}),
            "1.1 - /1.5: torch.BoolStorage");
  EXPECT_EQ(WriterOf({kLegacy, {Sign::kSgdOption, "fused"}}),
            "2.3 - : SGD's option fused");
}

TEST(WriterEvidence, TarIsOlderThanAll) {
  EXPECT_EQ(WriterOf({{Sign::kContainer, "tar"}}),
            "0.1.0 - 0.1.9: tar container");
}

TEST(WriterEvidence, TorchScriptHadAModelJsonFirst) {
  EXPECT_EQ(WriterOf({{Sign::kContainer, "model.json"}}),
            "1.0 - 1.3: model.json container");
  EXPECT_EQ(WriterOf({{Sign::kContainer, "TorchScript"},
                      {Sign::kFormatVersion, "10"}}),
            "1.12 - : version 10");
}

TEST(WriterEvidence, AnOpenRangeHasNoLast) {
  WriterEvidence evidence = EvidenceOf({kZip, {Sign::kKeys, "addresses"}});
  evidence.LeaveOpen();
  EXPECT_EQ(test::TextOf(evidence.Conclude()),
            "1.5 - : addresses as storage keys");
}

}  // namespace
}  // namespace ptscope::torch
