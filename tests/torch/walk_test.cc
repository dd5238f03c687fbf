#include "torch/walk.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/torch_pickle.h"

namespace ptscope::torch {
namespace {

using namespace test;  // the pieces of a pickle

std::string Entries(const Piece& root) {
  Lister lister;
  if (const auto status = lister.Run(root); !status) {
    return status.error().Text();
  }
  std::string text(lister.checkpoint().root_type);
  for (const Entry& entry : lister.checkpoint().entries) {
    ((text += "; ") += entry.name) += ' ';
    text += entry.type;
    if (!entry.value.empty()) (text += "=") += entry.value;
    if (entry.tensors != 0) text += " " + std::to_string(entry.tensors);
  }
  return text;
}

RootKind KindOf(const Piece& root) {
  Lister lister;
  EXPECT_TRUE(lister.Run(root));
  return lister.checkpoint().root_kind;
}

// -------------------------------------------------------- the root's children

TEST(Walk, TellsWhatTheRootIs) {
  EXPECT_EQ(KindOf(Small()), RootKind::kTensor);
  EXPECT_EQ(KindOf(Dict({})), RootKind::kDict);
  EXPECT_EQ(KindOf(OrderedDict()), RootKind::kDict);
  EXPECT_EQ(KindOf(MakeList({})), RootKind::kList);
  EXPECT_EQ(KindOf(Tuple({Int(1)})), RootKind::kList);
  EXPECT_EQ(KindOf(None()), RootKind::kOther);
  EXPECT_EQ(KindOf(WithState(New(Global("m", "C")),
                             Dict({{Str("_parameters"), Dict({})},
                                   {Str("_buffers"), Dict({})},
                                   {Str("_modules"), Dict({})}}))),
            RootKind::kModule);
}

TEST(Walk, ListsEntriesThatAreNoTensors) {
  EXPECT_EQ(
      Entries(Dict(
          {{Str("w"), Small()},
           {Str("epoch"), Int(3)},
           {Str("lr"), PickleBuilder().BinFloat(0.1).bytes()},
           {Str("name"), Str("net")},
           {Str("ok"), True()},
           {Str("none"), None()},
           {Str("model"), Dict({{Str("a"), Small()}, {Str("b"), Small()}})},
           {Str("dtype"), Global("torch", "float32")},
           {Str("args"), New(Global("m", "Args"))}})),
      "dict; epoch int=3; lr float=0.1; name str=net; ok bool=True; "
      "none None=None; model dict 2; dtype type=torch.float32; args m.Args");
}

TEST(Walk, LeavesLongTextOutOfEntries) {
  EXPECT_EQ(Entries(Dict({{Str("t"), Str(std::string(61, 'x'))}})),
            "dict; t str");
}

TEST(Walk, CountsTensorsOfEachEntry) {
  EXPECT_EQ(Entries(MakeList({MakeList({Small()}), Small(), MakeList({})})),
            "list; 0 list 1; 2 list");
}

TEST(Walk, OmitsEntriesBeyondTenThousandThatHoldNothing) {
  Pieces members(10'050, None());
  members.back() = MakeList({Small()});
  Lister lister;
  ASSERT_TRUE(lister.Run(MakeList(members)));
  EXPECT_EQ(lister.checkpoint().entries.size(), 10'001u);
  EXPECT_EQ(lister.checkpoint().entries_omitted, 49u);
}

TEST(Walk, GivesThePathOfANameWithDots) {
  Lister lister;
  ASSERT_TRUE(lister.Run(Dict({{Str("a.b"), Dict({{Str("c.d"), Small()}})}})));
  const auto path = lister.checkpoint().PathOf(lister.checkpoint().tensors[0]);
  EXPECT_EQ(path, (std::vector<std::string_view>{"a.b", "c.d"}));
}

TEST(Walk, GivesThePathOfEmptyKeys) {
  Lister lister;
  ASSERT_TRUE(lister.Run(Dict({{Str(""), Dict({{Str(""), Small()}})}})));
  EXPECT_EQ(lister.checkpoint().tensors[0].name, ".");
  const auto path = lister.checkpoint().PathOf(lister.checkpoint().tensors[0]);
  EXPECT_EQ(path, (std::vector<std::string_view>{"", ""}));
}

TEST(Walk, HasNoPathForATensorThatIsTheRoot) {
  Lister lister;
  ASSERT_TRUE(lister.Run(Small()));
  EXPECT_TRUE(
      lister.checkpoint().PathOf(lister.checkpoint().tensors[0]).empty());
}

TEST(Walk, WalksAHundredThousandLevelsWithoutRecursion) {
  constexpr int kLevels = 100'000;
  Piece deep(kLevels, ']');
  deep += Small() + std::string(kLevels, 'a');
  Lister lister;
  ASSERT_TRUE(lister.Run(deep));
  EXPECT_EQ(lister.checkpoint().tensors[0].name.size(), 2u * kLevels - 1);
}

// ------------------------------------------------------- the walk's own limits

// Lists that hold the one before twice: 2^levels ways to `core`.
Piece Bomb(const Piece& core, int levels) {
  Piece bomb = core + Put(0) + "0";
  for (int i = 0; i < levels; ++i) {
    bomb += MakeList({Get(0), Get(0)}) + Put(0) + "0";
  }
  return bomb + Get(0);
}

TEST(Walk, WalksAnEmptyBombInFewSteps) {
  EXPECT_EQ(Lister().With({.steps = 100}).Names(Bomb(MakeList({}), 60)), "");
}

TEST(Walk, LimitsStepsOfABombWithATensor) {
  EXPECT_EQ(Lister().With({.steps = 1000}).Names(Bomb(Small(), 60)),
            "data.pkl: naming the tensors takes more steps than the limit "
            "`steps`: the file repeats itself: expected at most 1000");
}

TEST(Walk, LimitsMemoryOfABombWithATensor) {
  const std::string text =
      Lister().With({.listing_bytes = 100'000}).Names(Bomb(Small(), 60));
  EXPECT_EQ(text.substr(0, text.find(": found")),
            "data.pkl: the tensors and their names take more memory than the "
            "limit `listing_bytes`: the file repeats itself");
  EXPECT_TRUE(text.ends_with(", expected at most 100000")) << text;
}

TEST(Walk, LimitsTensors) {
  EXPECT_EQ(Lister()
                .With({.tensors = 2})
                .Names(MakeList({Small(), Small(), Small()})),
            "data.pkl: there are more tensors than the limit `tensors`: "
            "expected at most 2");
}

TEST(Walk, CountsItemsBeforeTheyAreMerged) {
  Piece dict = "}" + Put(0) + "(";
  for (int i = 0; i < 1000; ++i) dict += Str("a") + Small();
  dict += "u";
  Pieces visits(1000, Get(0));
  visits[0] = dict;
  EXPECT_EQ(Lister().With({.steps = 100'000}).Names(MakeList(visits)),
            "data.pkl: naming the tensors takes more steps than the limit "
            "`steps`: the file repeats itself: expected at most 100000");
}

// A dict with a long key that leads to a cycle without a tensor, again and
// again: no name is ever listed.
TEST(Walk, LimitsNamesOfContainersWithoutTensors) {
  const Piece cycle = "]" + Put(0) + Get(0) + "a";
  const Piece dict = Dict({{Str(std::string(100'000, 'k')), cycle}}) + Put(1);
  Pieces visits(1000, Get(1));
  visits[0] = dict;
  Lister lister;
  const auto status =
      lister.With({.listing_bytes = 1 << 20}).Run(MakeList(visits));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kLimit);
}

// A key that is a tuple of tuples of tuples: written out it never ends.
TEST(Walk, WritesATupleBombAsAShortKey) {
  Piece key = Tuple(Pieces(100, Int(1))) + Put(0) + "0";
  for (int i = 0; i < 7; ++i) key += Tuple(Pieces(100, Get(0))) + Put(0) + "0";
  Lister lister;
  const auto status = lister.Run("}" + key + Get(0) + Small() + "s");
  ASSERT_TRUE(status) << status.error().Text();
  EXPECT_LT(lister.checkpoint().tensors[0].name.size(), 100'000u);
}

// Two bytes of pickle a visit, 16 KiB of sizes and strides each.
TEST(Walk, BoundsMemoryOfShapesThatAreReachedAgain) {
  const std::vector<int64_t> ones(1024, 1);
  Pieces visits = {RebuildV2(StorageId("0", 4), ones, ones) + Put(0),
                   RebuildV2(StorageId("1", 4), ones, ones) + Put(1)};
  for (int i = 0; i < 10'000; ++i) {
    visits.push_back(Get(0));
    visits.push_back(Get(1));
  }
  Lister lister;
  const auto status = lister.Run(MakeList(visits));
  EXPECT_TRUE(status || status.error().code == ErrorCode::kLimit);
  EXPECT_LT(lister.checkpoint().arena().used(), 32u << 20);
}

}  // namespace
}  // namespace ptscope::torch
