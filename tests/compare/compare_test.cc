#include "ptscope/compare.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "support/checkpoint_builder.h"

namespace ptscope {
namespace {

using test::CheckpointBuilder;

struct Expected {
  std::string name;
  std::optional<Dtype> dtype = {};
  std::optional<std::vector<int64_t>> shape = {};
};

Reference MakeReference(const std::vector<Expected>& tensors,
                        std::vector<std::vector<uint32_t>> tied = {}) {
  Reference reference;
  reference.arena = std::make_unique<Arena>();
  for (const Expected& e : tensors) {
    ReferenceTensor& t = reference.tensors.emplace_back();
    t.name = reference.arena->Copy(e.name);
    t.dtype = e.dtype;
    if (e.shape) {
      t.shape = reference.arena->Copy(std::span<const int64_t>(*e.shape));
    }
  }
  reference.tied = std::move(tied);
  return reference;
}

// "name verdict [reason]" for each, with commas.
std::string Verdicts(const Comparison& comparison) {
  std::string text;
  for (const VerdictRecord& v : comparison.verdicts) {
    if (!text.empty()) text += ", ";
    text += std::string(v.name) + " " + std::string(ToWord(v.verdict));
    if (!v.reason.empty()) text += " [" + std::string(v.reason) + "]";
  }
  return text;
}

struct Outcome {
  std::string verdicts;
  bool differs;
  uint64_t matched;
  uint64_t of;
};

Outcome Judge(const Reference& reference, const Checkpoint& checkpoint,
              const CompareOptions& options = {}) {
  const Result<RootChoice> choice = ChooseRoot(checkpoint, {});
  const Comparison c = Compare(reference, checkpoint, *choice, options);
  return {Verdicts(c), c.differs(), c.matched(), c.of};
}

TEST(Compare, IsSatisfiedByTheSameNames) {
  const Checkpoint c = CheckpointBuilder().Tensor({"a"}).Tensor({"b"}).Build();
  const Outcome o = Judge(MakeReference({{"a"}, {"b"}}), c);
  EXPECT_EQ(o.verdicts, "a ok, b ok");
  EXPECT_FALSE(o.differs);
  EXPECT_EQ(o.matched, 2u);
  EXPECT_EQ(o.of, 2u);
}

TEST(Compare, NamesWhatIsMissing) {
  const Checkpoint c = CheckpointBuilder().Tensor({"b"}).Build();
  const Outcome o = Judge(MakeReference({{"a"}, {"b"}}), c);
  EXPECT_EQ(o.verdicts, "a missing, b ok");
  EXPECT_TRUE(o.differs);
  EXPECT_EQ(o.matched, 1u);
}

TEST(Compare, NamesWhatIsExtraBehindTheReference) {
  const Checkpoint c =
      CheckpointBuilder().Tensor({"z"}).Tensor({"a"}).Tensor({"y"}).Build();
  const Outcome o = Judge(MakeReference({{"b"}, {"a"}}), c);
  EXPECT_EQ(o.verdicts, "b missing, a ok, z extra, y extra");
}

TEST(Compare, ComparesShapes) {
  const struct {
    std::vector<int64_t> expected;
    std::vector<int64_t> actual;
    const char* verdict;
  } cases[] = {
      {{2, 3}, {2, 3}, "a ok"},       {{2, 3}, {3, 2}, "a shape"},
      {{2, 3}, {2, 3, 1}, "a shape"}, {{}, {}, "a ok"},
      {{}, {1}, "a shape"},           {{kIrregular, 3}, {7, 3}, "a ok"},
  };
  for (const auto& test : cases) {
    const Checkpoint c =
        CheckpointBuilder().Tensor({"a"}, {.shape = test.actual}).Build();
    EXPECT_EQ(Judge(MakeReference({{"a", {}, test.expected}}), c).verdicts,
              test.verdict);
  }
}

TEST(Compare, ComparesDtypesUnlessTold) {
  const Checkpoint c =
      CheckpointBuilder().Tensor({"a"}, {.dtype = Dtype::kFloat16}).Build();
  const Reference reference = MakeReference({{"a", Dtype::kFloat32}});
  EXPECT_EQ(Judge(reference, c).verdicts, "a dtype");
  EXPECT_EQ(Judge(reference, c, {.ignore_dtype = true}).verdicts, "a ok");
}

TEST(Compare, PutsShapeBeforeDtype) {
  const Checkpoint c =
      CheckpointBuilder()
          .Tensor({"a"}, {.shape = {1}, .dtype = Dtype::kFloat16})
          .Build();
  EXPECT_EQ(Judge(MakeReference({{"a", Dtype::kFloat32, {{2}}}}), c).verdicts,
            "a shape");
}

TEST(Compare, TellsBothTypes) {
  const Checkpoint c =
      CheckpointBuilder().Tensor({"a"}, {.shape = {1}}).Build();
  const Reference reference = MakeReference({{"a", Dtype::kFloat32, {{2}}}});
  const Comparison comparison = Compare(reference, c, *ChooseRoot(c, {}), {});
  const VerdictRecord& v = comparison.verdicts[0];
  EXPECT_EQ(ExpectedOf(v, reference)->shape->front(), 2);
  EXPECT_EQ(ActualOf(v, c)->shape->front(), 1);
}

TEST(Compare, HasNoTypeForTheSideThatLacksTheName) {
  const Checkpoint c = CheckpointBuilder().Tensor({"b"}).Build();
  const Reference reference = MakeReference({{"a"}});
  const Comparison comparison = Compare(reference, c, *ChooseRoot(c, {}), {});
  EXPECT_FALSE(ActualOf(comparison.verdicts[0], c));
  EXPECT_FALSE(ExpectedOf(comparison.verdicts[1], reference));
}

TEST(Compare, FailsATensorWithoutItsBytes) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"a"}, {.shape = {9}, .problem = "gone"})
                           .Tensor({"b"}, {.problem = "gone too"})
                           .Build();
  const CompareOptions options = {.may_add = {Allowance("--allow-extra")}};
  const Outcome o = Judge(MakeReference({{"a", {}, {{1}}}}), c, options);
  EXPECT_EQ(o.verdicts, "a no_data [gone], b no_data [gone too]");
  EXPECT_TRUE(o.differs);
}

TEST(Compare, FailsANameThatTwoTensorsHave) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"x", "w"})
                           .Tensor({"x.w"}, {.problem = "gone"})
                           .Tensor({"y", "w"})
                           .Tensor({"y.w"})
                           .Build();
  const Outcome o = Judge(MakeReference({{"x.w"}}), c);
  EXPECT_EQ(o.verdicts,
            "x.w collision [2 tensors have this name], "
            "y.w collision [2 tensors have this name]");
}

TEST(Compare, AllowsWhatAFlagNames) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"a"})
                           .Tensor({"head.w"})
                           .Tensor({"x"})
                           .Build();
  const CompareOptions options = {
      .may_miss = {Allowance("--allow-missing", "*.num")},
      .may_add = {Allowance("--allow-extra", "head.*")}};
  const Outcome o =
      Judge(MakeReference({{"a"}, {"bn.num"}, {"bn.w"}}), c, options);
  EXPECT_EQ(o.verdicts,
            "a ok, bn.num missing_allowed [--allow-missing=*.num], "
            "bn.w missing, "
            "head.w extra_allowed [--allow-extra=head.*], x extra");
}

TEST(Compare, TellsWhichRuleAllowed) {
  const Checkpoint c = CheckpointBuilder().Tensor({"a"}).Tensor({"b"}).Build();
  const CompareOptions options = {
      .may_miss = {Allowance("--allow-missing")},
      .may_add = {Allowance("--allow-extra", "x"), Allowance("--allow-extra")}};
  const Reference reference = MakeReference({{"a"}});
  const Comparison comparison =
      Compare(reference, c, *ChooseRoot(c, {}), options);
  const VerdictRecord& v = comparison.verdicts[1];
  ASSERT_NE(v.rule, kNone);
  EXPECT_EQ(comparison.rules[v.rule].match, "*");
  EXPECT_EQ(v.reason, "--allow-extra");
}

TEST(Compare, DiffersWhereNothingMatchesWhateverIsAllowed) {
  const Checkpoint c = CheckpointBuilder().Tensor({"b"}).Build();
  const CompareOptions options = {.may_miss = {Allowance("--allow-missing")},
                                  .may_add = {Allowance("--allow-extra")}};
  const Outcome o = Judge(MakeReference({{"a"}}), c, options);
  EXPECT_EQ(o.verdicts,
            "a missing_allowed [--allow-missing], "
            "b extra_allowed [--allow-extra]");
  EXPECT_TRUE(o.differs);
}

TEST(Compare, LetsATiedNameStandForAnother) {
  const Checkpoint c = CheckpointBuilder().Tensor({"embed"}).Build();
  const Outcome o = Judge(MakeReference({{"embed"}, {"head"}}, {{0, 1}}), c,
                          {.may_miss = {Allowance("--allow-missing")}});
  EXPECT_EQ(o.verdicts, "embed ok, head tied [tied to \"embed\"]");
  EXPECT_FALSE(o.differs);
  EXPECT_EQ(o.matched, 1u);
}

TEST(Compare, MissesATiedGroupOfWhichNothingIsThere) {
  const Checkpoint c = CheckpointBuilder().Tensor({"x"}).Build();
  const Outcome o =
      Judge(MakeReference({{"x"}, {"embed"}, {"head"}}, {{1, 2}}), c);
  EXPECT_EQ(o.verdicts, "x ok, embed missing, head missing");
}

TEST(Compare, FiltersBothSides) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"a.w"})
                           .Tensor({"a.extra"})
                           .Tensor({"b.extra"})
                           .Build();
  const std::vector<std::string> match = {"a.*"};
  const Outcome o = Judge(MakeReference({{"a.w"}, {"b.w"}, {"a.v"}}), c,
                          {.filter = NameFilter(match, {})});
  EXPECT_EQ(o.verdicts, "a.w ok, a.v missing, a.extra extra");
  EXPECT_EQ(o.of, 2u);
}

TEST(Compare, ComparesNamesBelowTheRoot) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"optimizer", "x"})
                           .Tensor({"state_dict", "a"})
                           .Build();
  EXPECT_EQ(Judge(MakeReference({{"a"}}), c).verdicts, "a ok");
}

TEST(Compare, CountsVerdicts) {
  const Checkpoint c = CheckpointBuilder().Tensor({"a"}).Tensor({"x"}).Build();
  const Reference reference = MakeReference({{"a"}, {"b"}, {"c"}});
  const Comparison comparison = Compare(reference, c, *ChooseRoot(c, {}), {});
  EXPECT_EQ(comparison.count(Verdict::kOk), 1u);
  EXPECT_EQ(comparison.count(Verdict::kMissing), 2u);
  EXPECT_EQ(comparison.count(Verdict::kExtra), 1u);
  EXPECT_EQ(comparison.failures, 3u);
}

TEST(Verdict, FailsAsTheDesignSays) {
  const std::vector<std::string> fail = {"collision", "no_data", "shape",
                                         "dtype",     "missing", "extra"};
  for (size_t i = 0; i < kVerdicts; ++i) {
    const auto verdict = static_cast<Verdict>(i);
    const bool listed = std::ranges::find(fail, ToWord(verdict)) != fail.end();
    EXPECT_EQ(Fails(verdict), listed) << ToWord(verdict);
  }
}

}  // namespace
}  // namespace ptscope
