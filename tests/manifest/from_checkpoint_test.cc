#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ptscope/reference.h"
#include "support/checkpoint_builder.h"

namespace ptscope {
namespace {

using test::CheckpointBuilder;

std::string ErrorOf(Checkpoint checkpoint,
                    const ReferenceOptions& options = {}) {
  const Result<Reference> r =
      ReferenceFromCheckpoint(std::move(checkpoint), options);
  return r ? "no error" : r.error().Text();
}

TEST(ReferenceFromCheckpoint, TakesTypesAndTiedNamesBelowTheRoot) {
  const Result<Reference> r = ReferenceFromCheckpoint(
      CheckpointBuilder()
          .Tensor({"optimizer", "x"})
          .Tensor({"model", "embed"}, {.shape = {2, 3}})
          .Tensor({"model", "fc"}, {.dtype = Dtype::kInt8})
          .Tensor({"model", "head"}, {.shape = {2, 3}, .storage = 1})
          .Build());
  ASSERT_TRUE(r);
  EXPECT_EQ(r->root->root, "model");
  EXPECT_TRUE(r->root->automatic);
  EXPECT_EQ(r->root->outside, 1u);
  ASSERT_EQ(r->tensors.size(), 3u);
  EXPECT_EQ(r->tensors[0].name, "embed");
  EXPECT_EQ(r->tensors[0].shape->size(), 2u);
  EXPECT_EQ(r->tensors[1].dtype, &PatternOf(Dtype::kInt8));
  EXPECT_EQ(r->tied, (std::vector<std::vector<uint32_t>>{{0, 2}}));
}

TEST(ReferenceFromCheckpoint, KeepsTheRootThatWasNamed) {
  const Result<Reference> r = ReferenceFromCheckpoint(
      CheckpointBuilder().Tensor({"ema", "w"}).Build(), {.root = "ema"});
  ASSERT_TRUE(r);
  EXPECT_EQ(r->root->root, "ema");
  EXPECT_EQ(r->tensors[0].name, "w");
}

TEST(ReferenceFromCheckpoint, RefusesATensorWithoutItsBytes) {
  const auto build = [] {
    return CheckpointBuilder()
        .Tensor({"a"}, {.problem = "no record"})
        .Tensor({"b"})
        .Build();
  };
  EXPECT_EQ(ErrorOf(build()),
            "cannot serve as a reference: the bytes of \"a\" are not in the "
            "file: no record; --root, --match and --exclude narrow down what "
            "is taken of it");
  const std::vector<std::string> exclude = {"a"};
  EXPECT_EQ(ErrorOf(build(), {.filter = NameFilter({}, exclude)}), "no error");
}

TEST(ReferenceFromCheckpoint, RefusesANameThatIsThereTwice) {
  const auto build = [] {
    return CheckpointBuilder()
        .Tensor({"x.w"})
        .Tensor({"x", "w"})
        .Tensor({"b"})
        .Build();
  };
  EXPECT_EQ(ErrorOf(build()),
            "cannot serve as a reference: two tensors are named \"x.w\"; "
            "--root, --match and --exclude narrow down what is taken of it");
  const std::vector<std::string> match = {"b"};
  EXPECT_EQ(ErrorOf(build(), {.filter = NameFilter(match, {})}), "no error");
}

TEST(ReferenceFromCheckpoint, NeedsATensor) {
  EXPECT_EQ(ErrorOf(CheckpointBuilder().Build()),
            "the reference has no tensor");
  EXPECT_EQ(ErrorOf(CheckpointBuilder().Build(), {.take_empty = true}),
            "no error");
}

TEST(ReferenceFromCheckpoint, LeavesAnUnknownDtypeOpen) {
  const Result<Reference> r = ReferenceFromCheckpoint(
      CheckpointBuilder().Tensor({"a"}, {.dtype = Dtype::kUnknown}).Build());
  ASSERT_TRUE(r);
  EXPECT_FALSE(r->tensors[0].dtype);
}

TEST(ReferenceFromCheckpoint, TakesADamagedOneIfAsked) {
  const auto build = [] {
    return CheckpointBuilder()
        .Tensor({"x", "w"})
        .Tensor({"x.w"}, {.problem = "gone"})
        .Build();
  };
  const Result<Reference> r =
      ReferenceFromCheckpoint(build(), {.take_damaged = true});
  ASSERT_TRUE(r);
  EXPECT_EQ(r->tensors.size(), 2u);
  EXPECT_EQ(r->tensors[1].problem, "gone");
  EXPECT_FALSE(r->unique);
}

}  // namespace
}  // namespace ptscope
