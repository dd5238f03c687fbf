#include "ptscope/inventory.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "support/checkpoint_builder.h"

namespace ptscope {
namespace {

using test::CheckpointBuilder;
using Groups = std::vector<std::vector<uint32_t>>;

Inventory Take(const Checkpoint& c) {
  std::vector<uint32_t> all(c.tensors.size());
  std::iota(all.begin(), all.end(), 0u);
  return TakeInventory(c, all);
}

TEST(TakeInventory, CountsTensorsAndBytes) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"a"}, {.shape = {2, 3}})
                           .Tensor({"b"}, {.shape = {5}, .dtype = Dtype::kInt8})
                           .Tensor({"c"}, {.shape = {}})
                           .Build();
  const Inventory i = Take(c);
  EXPECT_EQ(i.tensors, 3u);
  EXPECT_EQ(i.parameters, 12u);
  EXPECT_EQ(i.logical, 33u);
  EXPECT_EQ(i.unique, 33u);
  EXPECT_EQ(i.on_disk, 33u);
  EXPECT_EQ(i.storages, 3u);
  EXPECT_EQ(i.wasted, 0u);
  EXPECT_TRUE(i.tied.empty());
}

TEST(TakeInventory, SumsByDtypeInOrderOfFirstAppearance) {
  const Checkpoint c =
      CheckpointBuilder()
          .Tensor({"a"}, {.shape = {1}, .dtype = Dtype::kInt64})
          .Tensor({"b"}, {.shape = {2}})
          .Tensor({"c"}, {.shape = {3}, .dtype = Dtype::kInt64})
          .Build();
  const Inventory i = Take(c);
  ASSERT_EQ(i.by_dtype.size(), 2u);
  EXPECT_EQ(i.by_dtype[0].dtype, Dtype::kInt64);
  EXPECT_EQ(i.by_dtype[0].tensors, 2u);
  EXPECT_EQ(i.by_dtype[0].bytes, 32u);
  EXPECT_EQ(i.by_dtype[1].bytes, 8u);
}

TEST(TakeInventory, CountsTiedNamesOnce) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"embed"}, {.shape = {2, 3}})
                           .Tensor({"fc"}, {.shape = {4}})
                           .Tensor({"head"}, {.shape = {2, 3}, .storage = 0})
                           .Build();
  const Inventory i = Take(c);
  EXPECT_EQ(i.tied, (Groups{{0, 2}}));
  EXPECT_EQ(i.parameters, 10u);
  EXPECT_EQ(i.logical, 64u);
  EXPECT_EQ(i.unique, 40u);
}

TEST(TakeInventory, OrdersTiedGroupsByTheirFirstName) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"a"}, {.shape = {1}})
                           .Tensor({"b"}, {.shape = {1}})
                           .Tensor({"b2"}, {.shape = {1}, .storage = 1})
                           .Tensor({"a2"}, {.shape = {1}, .storage = 0})
                           .Tensor({"b3"}, {.shape = {1}, .storage = 1})
                           .Build();
  EXPECT_EQ(Take(c).tied, (Groups{{0, 3}, {1, 2, 4}}));
}

TEST(TakeInventory, TiesOnlyWhatIsTheSameView) {
  const test::TensorSpec first = {.shape = {2, 2}, .storage_nbytes = 64};
  const test::TensorSpec others[] = {
      {.shape = {2, 2}, .storage = 0, .offset = 1},
      {.shape = {4}, .storage = 0},
      {.shape = {2, 2}, .stride = std::vector<int64_t>{1, 2}, .storage = 0},
      {.shape = {2, 2}, .dtype = Dtype::kInt32, .storage = 0},
      {.shape = {2, 2}},
  };
  for (const test::TensorSpec& other : others) {
    const Checkpoint c =
        CheckpointBuilder().Tensor({"a"}, first).Tensor({"b"}, other).Build();
    EXPECT_TRUE(Take(c).tied.empty());
  }
}

TEST(TakeInventory, TiesNoEmptyTensors) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"a"}, {.shape = {0}})
                           .Tensor({"b"}, {.shape = {0}, .storage = 0})
                           .Build();
  EXPECT_TRUE(Take(c).tied.empty());
}

TEST(TakeInventory, FindsWhatASliceWastes) {
  const Checkpoint c =
      CheckpointBuilder()
          .Tensor({"a"}, {.shape = {10}, .offset = 5, .storage_nbytes = 4000})
          .Tensor({"b"}, {.shape = {10}, .storage = 0, .offset = 10})
          .Build();
  const Inventory i = Take(c);
  EXPECT_EQ(i.logical, 80u);
  EXPECT_EQ(i.unique, 60u);
  EXPECT_EQ(i.on_disk, 4000u);
  EXPECT_EQ(i.wasted, 3940u);
}

TEST(TakeInventory, CountsExpandedElementsOnce) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"a"}, {.shape = {1000, 2},
                                           .stride = std::vector<int64_t>{0, 1},
                                           .storage_nbytes = 8})
                           .Build();
  const Inventory i = Take(c);
  EXPECT_EQ(i.logical, 8000u);
  EXPECT_EQ(i.unique, 8u);
}

TEST(TakeInventory, CountsTheGapsOfAStridedView) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"a"}, {.shape = {3},
                                           .stride = std::vector<int64_t>{2},
                                           .storage_nbytes = 40})
                           .Build();
  EXPECT_EQ(Take(c).unique, 20u);
}

TEST(TakeInventory, RoundsPackedElementsUp) {
  const Checkpoint c =
      CheckpointBuilder()
          .Tensor({"a"}, {.shape = {3}, .dtype = Dtype::kQuint4x2})
          .Build();
  EXPECT_EQ(Take(c).unique, 2u);
}

TEST(TakeInventory, CountsPartsOfASparseTensorAsBytesOnly) {
  const Checkpoint c =
      CheckpointBuilder()
          .Tensor({"a"}, {.shape = {100}, .storage = kNone})
          .Components(
              {{.shape = {1, 3}, .dtype = Dtype::kInt64}, {.shape = {3}}})
          .Build();
  const Inventory i = Take(c);
  EXPECT_EQ(i.tensors, 1u);
  EXPECT_EQ(i.unique, 36u);
  EXPECT_EQ(i.storages, 2u);
  EXPECT_EQ(i.wasted, 0u);
}

TEST(TakeInventory, TakesNothingOfTensorsThatAreNotListed) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"a"}, {.shape = {1}})
                           .Tensor({"b"}, {.shape = {2}})
                           .Tensor({"b2"}, {.shape = {2}, .storage = 1})
                           .Build();
  const std::vector<uint32_t> listed = {0, 2};
  const Inventory i = TakeInventory(c, listed);
  EXPECT_EQ(i.tensors, 2u);
  EXPECT_EQ(i.unique, 12u);
  EXPECT_TRUE(i.tied.empty());
}

// What an optimizer or a subclass refers to is no waste.
TEST(TakeInventory, WastesNothingThatAnyTensorRefersTo) {
  const Checkpoint c =
      CheckpointBuilder()
          .Tensor({"a"}, {.shape = {1}, .storage_nbytes = 12})
          .Tensor({"b"}, {.shape = {1}, .storage = 0, .offset = 1})
          .Extra({.shape = {1}, .storage = 0, .offset = 2})
          .Build();
  const std::vector<uint32_t> listed = {0};
  const Inventory i = TakeInventory(c, listed);
  EXPECT_EQ(i.unique, 4u);
  EXPECT_EQ(i.wasted, 0u);
}

TEST(TakeInventory, NamesTheThreeStoragesThatWasteMost) {
  CheckpointBuilder builder;
  for (const uint64_t nbytes : {40, 80, 60, 4, 100, 60}) {
    builder.Tensor({"t"}, {.shape = {1}, .storage_nbytes = nbytes});
  }
  const Inventory i = Take(builder.Build());
  EXPECT_EQ(i.allocated, 344u);
  EXPECT_EQ(i.wasted, 320u);
  ASSERT_EQ(i.wasteful.size(), 3u);
  EXPECT_EQ(i.wasteful[0].storage, 4u);
  EXPECT_EQ(i.wasteful[0].bytes, 96u);
  EXPECT_EQ(i.wasteful[1].storage, 1u);
  EXPECT_EQ(i.wasteful[2].storage, 2u);  // of equal ones the first
}

TEST(TakeInventory, NamesTheFirstTensorsOfAWastefulStorage) {
  CheckpointBuilder builder;
  builder.Tensor({"other"}, {.shape = {1}});
  builder.Tensor({"t"}, {.shape = {1}, .offset = 9, .storage_nbytes = 400});
  for (uint64_t k = 0; k < 4; ++k) {
    builder.Tensor({"t"}, {.shape = {1}, .storage = 1, .offset = k});
  }
  const Checkpoint c = builder.Build();
  const Inventory all = Take(c);
  ASSERT_EQ(all.wasteful.size(), 1u);
  EXPECT_EQ(all.wasteful[0].bytes, 380u);
  EXPECT_EQ(all.wasteful[0].users, 5u);
  EXPECT_EQ(all.wasteful[0].first_users, (std::vector<uint32_t>{1, 2, 3}));
  // Positions are those of the list.
  const std::vector<uint32_t> listed = {5, 0};
  const Inventory some = TakeInventory(c, listed);
  ASSERT_EQ(some.wasteful.size(), 1u);
  EXPECT_EQ(some.wasteful[0].bytes, 380u);
  EXPECT_EQ(some.wasteful[0].users, 1u);
  EXPECT_EQ(some.wasteful[0].first_users, std::vector<uint32_t>{0});
}

TEST(TakeInventory, EndsAtTheStoragesEndWhateverATensorSays) {
  const Checkpoint c =
      CheckpointBuilder()
          .Tensor({"a"}, {.shape = {2, 2},
                          .stride = std::vector<int64_t>{INT64_MAX, INT64_MAX},
                          .offset = UINT64_MAX / 2,
                          .storage_nbytes = 8})
          .Tensor({"b"}, {.shape = {2, 2},
                          .stride = std::vector<int64_t>{INT64_MAX, 1},
                          .storage_nbytes = 8})
          .Build();
  EXPECT_EQ(Take(c).unique, 8u);
}

TEST(TakeInventory, IsEmptyForNoTensors) {
  const Checkpoint c = CheckpointBuilder().Build();
  EXPECT_EQ(Take(c).tensors, 0u);
}

}  // namespace
}  // namespace ptscope
