#include "ptscope/compare.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "support/checkpoint_builder.h"
#include "support/reference_builder.h"

namespace ptscope {
namespace {

using test::CheckpointBuilder;
using test::MakeReference;

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

// Of what --root auto takes.
Comparison CompareWith(const Reference& reference, const Checkpoint& checkpoint,
                       const CompareOptions& options = {}) {
  static std::deque<TensorList> kept;  // what the results view
  kept.push_back(ListTensors(checkpoint, *ChooseRoot(checkpoint, {})));
  Result<Comparison> comparison = Compare(reference, kept.back(), options);
  EXPECT_TRUE(comparison);
  return *std::move(comparison);
}

struct Outcome {
  std::string verdicts;
  bool differs;
  uint64_t matched;
  uint64_t of;
};

Outcome Judge(const Reference& reference, const Checkpoint& checkpoint,
              const CompareOptions& options = {}) {
  const Comparison c = CompareWith(reference, checkpoint, options);
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
    EXPECT_EQ(Judge(MakeReference({{"a", test.expected}}), c).verdicts,
              test.verdict);
  }
}

TEST(Compare, ComparesDtypesUnlessTold) {
  const Checkpoint c =
      CheckpointBuilder().Tensor({"a"}, {.dtype = Dtype::kFloat16}).Build();
  const Reference reference = MakeReference({{"a", {}, Dtype::kFloat32}});
  EXPECT_EQ(Judge(reference, c).verdicts, "a dtype");
  EXPECT_EQ(Judge(reference, c, {.ignore_dtype = true}).verdicts, "a ok");
}

TEST(Compare, PutsShapeBeforeDtype) {
  const Checkpoint c =
      CheckpointBuilder()
          .Tensor({"a"}, {.shape = {1}, .dtype = Dtype::kFloat16})
          .Build();
  EXPECT_EQ(Judge(MakeReference({{"a", {{2}}, Dtype::kFloat32}}), c).verdicts,
            "a shape");
}

TEST(Compare, TellsWhereEachSideHasTheName) {
  const Checkpoint c = CheckpointBuilder().Tensor({"x"}).Tensor({"a"}).Build();
  const Reference reference = MakeReference({{"b"}, {"a"}});
  const Comparison comparison = CompareWith(reference, c);
  ASSERT_EQ(comparison.verdicts.size(), 3u);
  EXPECT_EQ(comparison.verdicts[0].expected, 0u);
  EXPECT_EQ(comparison.verdicts[0].actual, kNone);
  EXPECT_EQ(comparison.verdicts[1].expected, 1u);
  EXPECT_EQ(comparison.verdicts[1].actual, 1u);
  EXPECT_EQ(comparison.verdicts[2].expected, kNone);
  EXPECT_EQ(comparison.verdicts[2].actual, 0u);
}

TEST(Compare, FailsATensorWithoutItsBytes) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"a"}, {.shape = {9}, .problem = "gone"})
                           .Tensor({"b"}, {.problem = "gone too"})
                           .Build();
  const CompareOptions options = {.may_add = {Allowance("--allow-extra")}};
  const Outcome o = Judge(MakeReference({{"a", {{1}}}}), c, options);
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
  const Comparison comparison = CompareWith(reference, c, options);
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
  const Comparison comparison = CompareWith(reference, c);
  EXPECT_EQ(comparison.count(Verdict::kOk), 1u);
  EXPECT_EQ(comparison.count(Verdict::kMissing), 2u);
  EXPECT_EQ(comparison.count(Verdict::kExtra), 1u);
  EXPECT_EQ(comparison.failures, 3u);
}

// ---------------------------------------------------------------- rules

Checkpoint Named(const std::vector<std::string>& names) {
  CheckpointBuilder builder;
  for (const std::string& name : names) builder.Tensor({name});
  return builder.Build();
}

TEST(Compare, AppliesTheRulesOfTheReferenceFirst) {
  Reference reference = MakeReference({{"a"}, {"gone"}, {"old.n"}});
  reference.rules.may_miss = {{"old.*", "since 2"}};
  reference.rules.may_add = {{"head.*", "fine-tuned"}};
  reference.rules.must_not_add = {{"*.lora_*", "merge it"}};
  const CompareOptions options = {.may_miss = {Allowance("--allow-missing")},
                                  .may_add = {Allowance("--allow-extra")}};
  const Checkpoint c = Named({"a", "head.w", "head.lora_A", "x"});
  EXPECT_EQ(Judge(reference, c, options).verdicts,
            "a ok, gone missing_allowed [--allow-missing], "
            "old.n missing_allowed [since 2], "
            "head.w extra_allowed [fine-tuned], "
            "head.lora_A forbidden [merge it], "
            "x extra_allowed [--allow-extra]");
}

TEST(Compare, RenamesInOrder) {
  Reference reference = MakeReference({{"ln.weight"}, {"b"}});
  reference.rules.rename = {
      {.strip_prefix = "module.", .from = "", .to = ""},
      {.strip_prefix = {}, .from = "gamma", .to = "weight"},
      {.strip_prefix = {}, .from = "^(b)b$", .to = "\\1"}};
  const Checkpoint c = Named({"module.ln.gamma", "bb", "module.module.x"});
  const Outcome o = Judge(reference, c);
  EXPECT_EQ(o.verdicts, "ln.weight ok, b ok, module.x extra");
}

TEST(Compare, FailsNamesThatBecomeOne) {
  Reference reference = MakeReference({{"w"}});
  reference.rules.rename = {{.strip_prefix = "module.", .from = "", .to = ""}};
  EXPECT_EQ(Judge(reference, Named({"w", "module.w"})).verdicts,
            "w collision [2 tensors have this name]");
}

TEST(Compare, StopsNamesThatGrowWithoutEnd) {
  Reference reference = MakeReference({{"w"}});
  for (int i = 0; i < 40; ++i) {
    reference.rules.rename.push_back(
        {.strip_prefix = {}, .from = "w", .to = "wwww"});
  }
  const Checkpoint c = Named({"w"});
  const TensorList actual = ListTensors(c, *ChooseRoot(c, {}));
  const auto r = Compare(reference, actual);
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, ErrorCode::kLimit);
}

std::string Unused(const Comparison& c) {
  std::string text;
  for (const UnusedRule& rule : c.unused_rules) {
    text += std::string(rule.kind) + " " + rule.match + ": " +
            std::string(rule.why) + "; ";
  }
  return text;
}

TEST(Compare, TellsOfRulesWithNothingToDo) {
  Reference reference = MakeReference({{"a"}, {"b"}});
  reference.rules.may_miss = {{"a", ""}, {"q*", ""}, {"b", ""}};
  reference.rules.may_add = {{"a", ""}, {"y", ""}};
  reference.rules.rename = {{.strip_prefix = "z.", .from = "", .to = ""}};
  const Checkpoint c = Named({"a"});
  const Comparison loose = CompareWith(reference, c);
  EXPECT_EQ(Unused(loose),
            "may_miss q*: no name fits; may_add y: no name fits; "
            "rename z.: no name fits; ");
  EXPECT_FALSE(loose.differs());
  const Comparison strict = CompareWith(reference, c, {.strict = true});
  EXPECT_EQ(Unused(strict),
            "may_miss a: all that fit are there; may_miss q*: no name fits; "
            "may_add y: no name fits; rename z.: no name fits; ");
  EXPECT_TRUE(strict.differs());
}

TEST(Compare, DoesNotBlameRulesForTheFilter) {
  Reference reference = MakeReference({{"a"}, {"b"}});
  reference.rules.may_miss = {{"b", ""}};
  const std::vector<std::string> match = {"a"};
  const Comparison c =
      CompareWith(reference, Named({"a"}),
                  {.strict = true, .filter = NameFilter(match, {})});
  EXPECT_EQ(Unused(c), "");
  EXPECT_FALSE(c.differs());
}

// ----------------------------------------------------------- dimensions

TEST(Compare, GivesANameOfADimensionOneValue) {
  Reference reference = MakeReference({{"embed", {{NamedDimension(0), 4}}},
                                       {"rank", {{NamedDimension(1)}}},
                                       {"head", {{4, NamedDimension(0)}}}});
  reference.dimension_names = {"V", "H"};
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"embed"}, {.shape = {10, 5}})
                           .Tensor({"rank"}, {.shape = {1, 2}})
                           .Tensor({"head"}, {.shape = {4, 11}})
                           .Build();
  // `embed` differs elsewhere, and binds all the same.
  EXPECT_EQ(Judge(reference, c).verdicts,
            "embed shape, rank shape, head shape [V is 10 in \"embed\"]");
}

// -------------------------------------------------------------- prefixes

TEST(Compare, HintsAtAPrefix) {
  const Reference reference = MakeReference({{"a.w"}, {"a.b"}});
  const Checkpoint c = Named({"module.a.w", "module.a.b", "module.x"});
  const Comparison hinted = CompareWith(reference, c);
  ASSERT_EQ(hinted.hints.size(), 2u);
  EXPECT_EQ(hinted.hints[0],
            "without the prefix \"module.\", 2 of 2 would match instead of 0: "
            "--strip-prefix module.");
  EXPECT_EQ(hinted.hints[1],
            "no name is on both sides: the reference has \"a.w\", \"a.b\"; the "
            "file has \"module.a.w\", \"module.a.b\", \"module.x\"");
  EXPECT_EQ(hinted.matched(), 0u);
  const Comparison applied = CompareWith(reference, c, {.auto_prefix = true});
  EXPECT_EQ(applied.matched(), 2u);
  EXPECT_EQ(Verdicts(applied), "a.w ok, a.b ok, x extra");
  EXPECT_EQ(applied.hints[0],
            "without the prefix \"module.\", 2 of 2 match instead of 0 "
            "(--auto-prefix took --strip-prefix module.)");
}

TEST(Compare, HintsAtAPrefixThatTheFileLacks) {
  const Reference reference = MakeReference({{"deep.er.w"}, {"deep.er.b"}});
  const Comparison c = CompareWith(reference, Named({"w", "b"}));
  EXPECT_EQ(c.hints[0],
            "with the prefix \"deep.er.\", 2 of 2 would match instead of 0: "
            "--add-prefix deep.er.");
}

TEST(Compare, TakesAndPutsPrefixes) {
  const Reference reference = MakeReference({{"n.w"}});
  const CompareOptions options = {
      .prefixes = {{PrefixChange::Kind::kStrip, "m."},
                   {PrefixChange::Kind::kAdd, "n."}}};
  EXPECT_EQ(Judge(reference, Named({"m.w", "v"}), options).verdicts,
            "n.w ok, n.v extra");
}

// -------------------------------------------------------------- versions

TEST(CompareVersions, TakesTheFewestFailuresThenTheMostOkThenTheLast) {
  std::vector<Reference> versions;
  versions.push_back(MakeReference({{"a"}, {"b"}, {"c"}}));
  versions.push_back(MakeReference({{"a"}, {"b"}}));
  versions.push_back(MakeReference({{"b"}, {"a"}}));
  for (size_t i = 0; i < 3; ++i) versions[i].version = std::to_string(i);
  const Checkpoint c = Named({"a", "b"});
  const TensorList actual = ListTensors(c, *ChooseRoot(c, {}));
  const auto choice = CompareVersions(versions, actual);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->reference->version, "2");
  EXPECT_EQ(choice->runner_up->version, "1");
  EXPECT_EQ(choice->runner_up_failures, 0u);
  EXPECT_EQ(choice->runner_up_matched, 2u);
}

// ------------------------------------------------ a reference in any state

TEST(Compare, TakesAReferenceThatHasANameTwice) {
  Reference reference = MakeReference({{"a"}, {"b"}, {"a"}, {"c"}});
  reference.unique = false;
  reference.tensors[3].problem = "gone";
  EXPECT_EQ(Judge(reference, Named({"a", "b"})).verdicts,
            "a collision [2 tensors of the reference have this name], b ok, "
            "c no_data [in the reference: gone]");
}

TEST(Verdict, FailsAsTheDesignSays) {
  const std::vector<std::string> fail = {"collision", "forbidden", "no_data",
                                         "shape",     "dtype",     "missing",
                                         "extra"};
  for (size_t i = 0; i < kVerdicts; ++i) {
    const auto verdict = static_cast<Verdict>(i);
    const bool listed = std::ranges::find(fail, ToWord(verdict)) != fail.end();
    EXPECT_EQ(Fails(verdict), listed) << ToWord(verdict);
  }
}

}  // namespace
}  // namespace ptscope
