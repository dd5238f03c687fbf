#include "ptscope/module_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "support/checkpoint_builder.h"

namespace ptscope {
namespace {

using test::CheckpointBuilder;
using testing::ElementsAre;
using Order = ModuleTreeOptions::Order;

// "name depth tensors parameters nbytes" of each.
std::vector<std::string> Rows(const Checkpoint& c,
                              const ModuleTreeOptions& options = {},
                              std::optional<std::string> root = "") {
  const auto choice = ChooseRoot(c, root);
  EXPECT_TRUE(choice);
  const auto modules = ModuleTree(c, *choice, options);
  EXPECT_TRUE(modules);
  std::vector<std::string> rows;
  for (const Module& m : *modules) {
    rows.push_back(std::string(m.name) + ' ' + std::to_string(m.depth) + ' ' +
                   std::to_string(m.tensors) + ' ' +
                   std::to_string(m.parameters) + ' ' +
                   std::to_string(m.nbytes));
  }
  return rows;
}

TEST(ModuleTree, HasTheRootAlone) {
  EXPECT_THAT(Rows(CheckpointBuilder().Build()), ElementsAre(" 0 0 0 0"));
  EXPECT_THAT(Rows(CheckpointBuilder().Tensor({}, {.shape = {3}}).Build()),
              ElementsAre(" 0 1 3 12"));
}

TEST(ModuleTree, SplitsTheKeysOfAStateDict) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"fc.weight"}, {.shape = {2, 3}})
                           .Tensor({"layer.0.conv.weight"}, {.shape = {4}})
                           .Tensor({"fc.bias"}, {.shape = {2}})
                           .Tensor({"layer.1.bias"}, {.shape = {1}})
                           .Tensor({"scale"}, {.shape = {}})
                           .Build();
  EXPECT_THAT(Rows(c), ElementsAre(" 0 5 14 56", "fc 1 2 8 32",
                                   "layer 1 2 5 20", "layer.0 2 1 4 16",
                                   "layer.0.conv 3 1 4 16", "layer.1 2 1 1 4"));
}

TEST(ModuleTree, TakesAContainerForOneStep) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"v1.2", "fc.weight"}, {.shape = {2}})
                           .Tensor({"v1.2", "scale"}, {.shape = {1}})
                           .Tensor({"v1.w"}, {.shape = {1}})
                           .Build();
  EXPECT_THAT(Rows(c), ElementsAre(" 0 3 4 16", "v1.2 1 2 3 12",
                                   "v1.2.fc 2 1 2 8", "v1 1 1 1 4"));
}

TEST(ModuleTree, MergesAContainerWithAKeyOfItsName) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"a.w"}, {.shape = {1}})
                           .Tensor({"b"}, {.shape = {1}})
                           .Tensor({"a", "v"}, {.shape = {1}})
                           .Build();
  EXPECT_THAT(Rows(c), ElementsAre(" 0 3 3 12", "a 1 2 2 8"));
}

TEST(ModuleTree, HasEmptySteps) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({".w"}, {.shape = {1}})
                           .Tensor({"a..w"}, {.shape = {1}})
                           .Tensor({"", "x.y"}, {.shape = {1}})
                           .Build();
  EXPECT_THAT(Rows(c), ElementsAre(" 0 3 3 12", " 1 2 2 8", ".x 2 1 1 4",
                                   "a 1 1 1 4", "a. 2 1 1 4"));
}

TEST(ModuleTree, StopsAtADepth) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"m", "n", "a.b.w"}, {.shape = {1}})
                           .Tensor({"m", "c.w"}, {.shape = {1}})
                           .Build();
  EXPECT_THAT(Rows(c, {.depth = 0}), ElementsAre(" 0 2 2 8"));
  EXPECT_THAT(Rows(c, {.depth = 1}), ElementsAre(" 0 2 2 8", "m 1 2 2 8"));
  EXPECT_THAT(Rows(c, {.depth = 3}),
              ElementsAre(" 0 2 2 8", "m 1 2 2 8", "m.n 2 1 1 4",
                          "m.n.a 3 1 1 4", "m.c 2 1 1 4"));
}

TEST(ModuleTree, SortsSiblings) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"l.10.w"}, {.shape = {1}})
                           .Tensor({"l.2.w"}, {.shape = {2}})
                           .Tensor({"a.w"}, {.shape = {9}})
                           .Build();
  EXPECT_THAT(Rows(c, {.order = Order::kName}),
              ElementsAre(" 0 3 12 48", "a 1 1 9 36", "l 1 2 3 12",
                          "l.2 2 1 2 8", "l.10 2 1 1 4"));
  EXPECT_THAT(Rows(c, {.order = Order::kSize}),
              ElementsAre(" 0 3 12 48", "a 1 1 9 36", "l 1 2 3 12",
                          "l.2 2 1 2 8", "l.10 2 1 1 4"));
  EXPECT_THAT(Rows(c), ElementsAre(" 0 3 12 48", "l 1 2 3 12", "l.10 2 1 1 4",
                                   "l.2 2 1 2 8", "a 1 1 9 36"));
}

TEST(ModuleTree, CountsTiedParametersOnceInEachModule) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"m.a.w"}, {.shape = {5}})
                           .Tensor({"m.b.w"}, {.shape = {5}, .storage = 0})
                           .Tensor({"m.b.v"}, {.shape = {5}, .storage = 0})
                           .Tensor({"n.w"}, {.shape = {5}, .storage = 0})
                           .Build();
  EXPECT_THAT(Rows(c), ElementsAre(" 0 4 5 80", "m 1 3 5 60", "m.a 2 1 5 20",
                                   "m.b 2 2 5 40", "n 1 1 5 20"));
}

TEST(ModuleTree, StartsAtTheRootThatWasAskedFor) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"m", "x", "a.w"}, {.shape = {1}})
                           .Tensor({"m", "x", "", "w"}, {.shape = {1}})
                           .Tensor({"m", "b.w"}, {.shape = {1}})
                           .Tensor({"other.w"}, {.shape = {1}})
                           .Build();
  EXPECT_THAT(Rows(c, {}, "m"),
              ElementsAre(" 0 3 3 12", "x 1 2 2 8", "x.a 2 1 1 4", "x. 2 1 1 4",
                          "b 1 1 1 4"));
  EXPECT_THAT(Rows(c, {}, "m.x"),
              ElementsAre(" 0 2 2 8", "a 1 1 1 4", " 1 1 1 4"));
  EXPECT_THAT(Rows(c, {}, "other.w"), ElementsAre(" 0 1 1 4"));
}

TEST(ModuleTree, SaysThatSumsAreBeyondSixtyFourBits) {
  CheckpointBuilder builder;
  for (int i = 0; i < 17; ++i) {
    builder.Tensor(
        {"a." + std::to_string(i)},
        {.shape = {int64_t{1} << 60}, .dtype = Dtype::kInt8, .stride = {{0}}});
  }
  EXPECT_THAT(Rows(builder.Build()),
              ElementsAre(" 0 17 18446744073709551615 18446744073709551615",
                          "a 1 17 18446744073709551615 18446744073709551615"));
}

TEST(ModuleTree, HasALimit) {
  const Checkpoint c =
      CheckpointBuilder().Tensor({std::string(100'000, '.')}).Build();
  const auto choice = ChooseRoot(c, "");
  const auto modules = ModuleTree(c, *choice);
  ASSERT_FALSE(modules);
  EXPECT_EQ(modules.error().code, ErrorCode::kLimit);
  EXPECT_THAT(Rows(c, {.depth = 2}).size(), 3u);
}

}  // namespace
}  // namespace ptscope
