#include "torch/reach.h"

#include <gtest/gtest.h>

#include <string>

#include "base/arena.h"
#include "support/torch_pickle.h"

namespace ptscope::torch {
namespace {

using namespace test;  // the pieces of a pickle

// Whether the value that a pickle leaves may hold a tensor.
bool MayHold(const Piece& root) {
  const std::string bytes = root + ".";
  pickle::Values values;
  const auto program =
      pickle::Run(AsBytes(bytes), "", {.value_bytes = 1ull << 30}, values);
  EXPECT_TRUE(program) << program.error().Text();
  const KeyTable none;
  const StorageRecords records{none, "data/"};
  const Limits limits{};
  Checkpoint checkpoint;
  Globals globals(values);
  Storages storages(values, globals, records, limits, checkpoint);
  TensorReader tensors(values, globals, storages, limits, checkpoint);
  return Reach(values, tensors).MayHold(program->root);
}

TEST(Reach, SeesTensorsInEveryContainer) {
  EXPECT_TRUE(MayHold(Small()));
  EXPECT_TRUE(MayHold(MakeList({None(), MakeList({Small()})})));
  EXPECT_TRUE(MayHold(Tuple({Small()})));
  EXPECT_TRUE(MayHold(Dict({{Str("a"), Small()}})));
  EXPECT_TRUE(MayHold(Call(Global("m", "f"), {Small()})));
  EXPECT_TRUE(MayHold(WithState(New(Global("m", "C")), MakeList({Small()}))));
  EXPECT_TRUE(MayHold(WithItems(OrderedDict(), {{Str("a"), Small()}})));
}

TEST(Reach, SeesNoneWhereThereIsNone) {
  EXPECT_FALSE(MayHold(None()));
  EXPECT_FALSE(MayHold(Int(1)));
  EXPECT_FALSE(MayHold(Str("a")));
  EXPECT_FALSE(MayHold(MakeList({Tuple({Str("a")}), Dict({})})));
  EXPECT_FALSE(MayHold(StorageId("0", 4)));
  EXPECT_FALSE(MayHold(Global("torch", "Tensor")));
}

TEST(Reach, LooksAtASharedValueOnce) {
  Piece bomb = MakeList({}) + Put(0) + "0";
  for (int i = 0; i < 60; ++i) {
    bomb += MakeList({Get(0), Get(0)}) + Put(0) + "0";
  }
  EXPECT_FALSE(MayHold(bomb + Get(0)));
}

TEST(Reach, EndsOnCycles) {
  MayHold("]" + Put(0) + Get(0) + "a");
  EXPECT_TRUE(MayHold("]" + Put(0) + Get(0) + "a" + Small() + "a"));
}

TEST(Reach, LooksThroughAMillionLevels) {
  EXPECT_FALSE(
      MayHold(std::string(1'000'000, ']') + std::string(999'999, 'a')));
}

}  // namespace
}  // namespace ptscope::torch
