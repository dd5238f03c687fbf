#include "ptscope/roots.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/checkpoint_builder.h"

namespace ptscope {
namespace {

using test::CheckpointBuilder;

// "root: name name (outside)" or the error.
std::string Chosen(const Checkpoint& c, std::optional<std::string_view> path) {
  const Result<RootChoice> choice = ChooseRoot(c, path);
  if (!choice) return choice.error().Text();
  std::string text = choice->root + ":";
  for (const std::string_view name : choice->names) {
    text += " \"" + std::string(name) + '"';
  }
  EXPECT_EQ(choice->names.size(), choice->tensors.size());
  EXPECT_EQ(choice->automatic, !path.has_value());
  return text + " (" + std::to_string(choice->outside) + ")";
}

TEST(ChooseRoot, TakesAPlainStateDictAsItIs) {
  const Checkpoint c =
      CheckpointBuilder().Tensor({"fc.weight"}).Tensor({"fc.bias"}).Build();
  EXPECT_EQ(Chosen(c, {}), R"(: "fc.weight" "fc.bias" (0))");
}

TEST(ChooseRoot, TakesTheUsualKey) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"optimizer", "state", "0", "exp_avg"})
                           .Tensor({"state_dict", "fc.weight"})
                           .Tensor({"state_dict", "fc.bias"})
                           .Build();
  EXPECT_EQ(Chosen(c, {}), R"(state_dict: "fc.weight" "fc.bias" (1))");
}

TEST(ChooseRoot, PrefersTheEarlierOfTheUsualKeys) {
  const Checkpoint c =
      CheckpointBuilder().Tensor({"ema", "w"}).Tensor({"model", "w"}).Build();
  EXPECT_EQ(Chosen(c, {}), R"(model: "w" (1))");
}

TEST(ChooseRoot, LeavesAKeyThatHoldsLessThanTheRootItself) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"a"})
                           .Tensor({"b"})
                           .Tensor({"model", "w"})
                           .Build();
  EXPECT_EQ(Chosen(c, {}), R"(: "a" "b" "model.w" (0))");
}

// As Lightning writes it.
TEST(ChooseRoot, TakesAKeyThatHoldsAsManyAsTheRootItself) {
  const Checkpoint c =
      CheckpointBuilder().Tensor({"loss"}).Tensor({"state_dict", "w"}).Build();
  EXPECT_EQ(Chosen(c, {}), R"(state_dict: "w" (1))");
}

TEST(ChooseRoot, TakesOnlyWhatHoldsTensorsByNature) {
  for (const auto& [type, taken] :
       std::vector<std::pair<std::string, bool>>{{"dict", true},
                                                 {"list", true},
                                                 {"module", true},
                                                 {"my.Config", false}}) {
    const Checkpoint c =
        CheckpointBuilder().Tensor({"model", "w"}).Entry("model", type).Build();
    EXPECT_EQ(ChooseRoot(c, {})->root, taken ? "model" : "") << type;
  }
}

TEST(ChooseRoot, TakesARootThatIsNoDictAsItIs) {
  for (const RootKind kind : {RootKind::kList, RootKind::kModule}) {
    const Checkpoint c =
        CheckpointBuilder().Tensor({"model", "w"}).Root(kind).Build();
    EXPECT_EQ(Chosen(c, {}), R"(: "model.w" (0))");
  }
}

TEST(ChooseRoot, TakesALoneTensor) {
  const Checkpoint c = CheckpointBuilder().Tensor({}).Build();
  EXPECT_EQ(Chosen(c, {}), R"(: "" (0))");
}

TEST(ChooseRoot, FollowsAPathOfSeveralSteps) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"a", "b", "c", "w"})
                           .Tensor({"a", "b", "x"})
                           .Tensor({"a", "y"})
                           .Build();
  EXPECT_EQ(Chosen(c, "a.b"), R"(a.b: "c.w" "x" (1))");
}

TEST(ChooseRoot, EndsAPathWhereAStepEnds) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"model_ema", "w"})
                           .Tensor({"model", "w"})
                           .Tensor({"model.fc", "w"})
                           .Tensor({"model.x"})
                           .Build();
  EXPECT_EQ(Chosen(c, "model"), R"(model: "w" (3))");
}

TEST(ChooseRoot, CountsADotWithinAStepAsPartOfIt) {
  const Checkpoint c =
      CheckpointBuilder().Tensor({"a.b", "w"}).Tensor({"a", "b", "v"}).Build();
  EXPECT_EQ(Chosen(c, "a.b"), R"(a.b: "w" "v" (0))");
}

TEST(ChooseRoot, TakesATensorThatIsThePath) {
  const Checkpoint c =
      CheckpointBuilder().Tensor({"a", "w"}).Tensor({"b"}).Build();
  EXPECT_EQ(Chosen(c, "a.w"), R"(a.w: "" (1))");
  EXPECT_EQ(Chosen(c, "b"), R"(b: "" (1))");
}

TEST(ChooseRoot, FollowsEmptySteps) {
  const Checkpoint c =
      CheckpointBuilder().Tensor({"", "", "w"}).Tensor({"a", "", "w"}).Build();
  EXPECT_EQ(Chosen(c, "."), R"(.: "w" (1))");
  EXPECT_EQ(Chosen(c, "a."), R"(a.: "w" (1))");
}

TEST(ChooseRoot, TakesTheRootItselfForAnEmptyPath) {
  const Checkpoint c = CheckpointBuilder().Tensor({"model", "w"}).Build();
  EXPECT_EQ(Chosen(c, ""), R"(: "model.w" (0))");
}

TEST(ChooseRoot, NamesTheRootsThatAreThere) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"net", "w"})
                           .Tensor({"step"})
                           .Tensor({"ema", "w"})
                           .Build();
  EXPECT_EQ(Chosen(c, "model"),
            "no tensor is below the root \"model\"; its roots are \"net\", "
            "\"ema\"");
  EXPECT_EQ(ChooseRoot(c, "model").error().code, ErrorCode::kUsage);
}

TEST(ChooseRoot, NamesAtMostTenRoots) {
  CheckpointBuilder builder;
  for (int i = 0; i < 12; ++i) builder.Tensor({std::to_string(i), "w"});
  const Checkpoint c = builder.Build();
  EXPECT_EQ(ChooseRoot(c, "x").error().hint,
            R"(its roots are "0", "1", "2", "3", "4", "5", "6", "7", "8", "9")"
            " and 2 more");
}

}  // namespace
}  // namespace ptscope
