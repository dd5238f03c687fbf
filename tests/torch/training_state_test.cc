#include "ptscope/training_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "ptscope/open.h"
#include "support/torch_pickle.h"
#include "support/zip_builder.h"

namespace ptscope {
namespace {

using test::Dict;
using test::Int;
using test::Ints;
using test::MakeList;
using test::Piece;
using test::Small;
using test::Str;
using testing::ElementsAre;

Checkpoint Read(const Piece& root, bool evidence = true) {
  test::ZipBuilder zip;
  zip.Add({.name = "a/data.pkl", .data = root + "."})
      .Add({.name = "a/data/0", .data = std::string(16, '\0')})
      .Add({.name = "a/data/1", .data = std::string(16, '\0')})
      .Add({.name = "a/version", .data = "3\n"});
  const std::string bytes = zip.Zip64().Build();
  auto opened =
      Open(*OpenMemory(test::AsBytes(bytes)), "", {.evidence = evidence});
  EXPECT_TRUE(opened) << opened.error().Text();
  return opened ? *std::move(opened) : Checkpoint();
}

Piece Numbers(const std::vector<int64_t>& numbers) {
  std::vector<Piece> members;
  for (const int64_t n : numbers) members.push_back(Int(n));
  return MakeList(members);
}

// {"state": {number: {"exp_avg": tensor}}, "param_groups": groups}
Piece Adam(const std::vector<int64_t>& numbers, const Piece& groups) {
  std::vector<std::pair<Piece, Piece>> state;
  for (const int64_t n : numbers) {
    state.push_back({Int(n), Dict({{Str("exp_avg"), Small()}})});
  }
  return Dict({{Str("state"), Dict(state)}, {Str("param_groups"), groups}});
}

TEST(TrainingState, HasTheParametersOfEachGroupInTheirOrder) {
  const Piece groups =
      MakeList({Dict({{Str("params"), Numbers({0, 2})}}),
                Dict({{Str("lr"), Int(1)}, {Str("params"), Numbers({1})}})});
  const Checkpoint c = Read(Dict({{Str("opt"), Adam({0, 1, 2}, groups)}}));
  ASSERT_EQ(c.training.optimizers.size(), 1u);
  const Optimizer& optimizer = c.training.optimizers[0];
  EXPECT_EQ(optimizer.place, "opt");
  EXPECT_EQ(optimizer.groups, 2u);
  ASSERT_EQ(optimizer.parameter_count, 3u);
  std::vector<int64_t> numbers;
  std::vector<uint32_t> in;
  for (const OptimizerParameter& p : c.training.parameters) {
    numbers.push_back(p.number);
    in.push_back(p.group);
    EXPECT_EQ(p.name, "");
  }
  EXPECT_THAT(numbers, ElementsAre(0, 2, 1));
  EXPECT_THAT(in, ElementsAre(0u, 0u, 1u));
  EXPECT_THAT(std::vector<int64_t>(c.training.state_numbers.begin(),
                                   c.training.state_numbers.end()),
              ElementsAre(0, 1, 2));
}

TEST(TrainingState, HasNamesWhereTheGroupsHaveThem) {
  const Piece groups = MakeList(
      {Dict({{Str("params"), Numbers({0, 1})},
             {Str("param_names"), MakeList({Str("a.w"), Str("a.b")})}})});
  const Checkpoint c = Read(Dict({{Str("opt"), Adam({0}, groups)}}));
  ASSERT_EQ(c.training.parameters.size(), 2u);
  EXPECT_EQ(c.training.parameters[1].name, "a.b");
  EXPECT_EQ(c.training.parameters[1].number, 1);
}

TEST(TrainingState, IsReadOnlyWhenAskedFor) {
  const Piece groups = MakeList({Dict({{Str("params"), Numbers({0})}})});
  const Piece root = Dict({{Str("opt"), Adam({0}, groups)}});
  EXPECT_TRUE(Read(root, false).training.optimizers.empty());
  EXPECT_EQ(Read(root).training.optimizers.size(), 1u);
}

TEST(TrainingState, TakesNothingOfAnotherTypeForAnOptimizer) {
  const Piece groups = Dict({{Str("params"), Numbers({0})}});
  EXPECT_TRUE(Read(Dict({{Str("opt"), Adam({0}, groups)}}))
                  .training.optimizers.empty());
  EXPECT_TRUE(
      Read(Dict({{Str("opt"), Dict({{Str("state"), Small()},
                                    {Str("param_groups"), MakeList({})}})}}))
          .training.optimizers.empty());
}

TEST(TrainingState, HasWhatASettingSaysOfBlocks) {
  const Checkpoint c = Read(
      Dict({{Str("w"), Small()},
            {Str("config"),
             Dict({{Str("n_layer"), Int(12)}, {Str("n_embd"), Int(4)}})}}));
  ASSERT_EQ(c.training.settings.size(), 1u);
  EXPECT_EQ(c.training.settings[0].place, "config");
  EXPECT_EQ(c.training.settings[0].key, "n_layer");
  EXPECT_EQ(c.training.settings[0].number, 12);
}

TEST(TrainingState, HasTheShapesThatDeepSpeedDeclares) {
  const Checkpoint c = Read(Dict(
      {{Str("module"), Dict({{Str("w"), Small()}})},
       {Str("param_shapes"),
        MakeList({Dict({{Str("w"), Ints({4})}, {Str("v"), Ints({2, 3})}})})},
       {Str("shared_params"), Dict({{Str("u"), Str("w")}})}}));
  ASSERT_EQ(c.training.declared.size(), 3u);
  EXPECT_EQ(c.training.declared[1].name, "v");
  EXPECT_THAT(std::vector<int64_t>(c.training.declared[1].shape.begin(),
                                   c.training.declared[1].shape.end()),
              ElementsAre(2, 3));
  EXPECT_EQ(c.training.declared[2].name, "u");
  EXPECT_EQ(c.training.declared[2].same_as, "w");
}

TEST(TrainingState, KnowsWhichRecordsThePickleNames) {
  const Checkpoint c = Read(Dict({{Str("w"), Small()}}));
  ASSERT_EQ(c.training.named_records.size(), c.records.size());
  for (size_t i = 0; i < c.records.size(); ++i) {
    EXPECT_EQ(c.training.named_records[i] != 0, c.records[i].name == "a/data/0")
        << c.records[i].name;
  }
}

}  // namespace
}  // namespace ptscope
