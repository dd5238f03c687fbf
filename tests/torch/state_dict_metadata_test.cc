#include "torch/state_dict_metadata.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/torch_pickle.h"

namespace ptscope::torch {
namespace {

using namespace test;  // the pieces of a pickle

using Items = std::vector<std::pair<Piece, Piece>>;

Piece VersionOf(const Piece& version) {
  return Dict({{Str("version"), version}});
}

// An OrderedDict as Module.state_dict() gives it.
Piece StateDictOf(const Items& items, const Piece& metadata) {
  return WithState(WithItems(OrderedDict(), items),
                   Dict({{Str("_metadata"), metadata}}));
}
Piece StateDictOf(const Items& items, const Items& modules) {
  return StateDictOf(items, WithItems(OrderedDict(), modules));
}

// "root: class, kind {module version, ...} [key class@tensors, ...]" of each
// container.
std::string Told(const Checkpoint& checkpoint) {
  constexpr const char* kKinds[] = {"dict", "module", "other"};
  std::string text;
  for (const StateDict& dict : checkpoint.state_dicts) {
    if (!text.empty()) text += "; ";
    text += checkpoint.paths[dict.path].step;
    ((text += ": ") += dict.type) += ", ";
    text += kKinds[static_cast<size_t>(dict.kind)];
    if (dict.has_metadata) {
      text += " {";
      for (uint32_t i = 0; i < dict.module_count; ++i) {
        const ModuleMetadata& m = checkpoint.modules[dict.modules + i];
        if (i > 0) text += ", ";
        text += m.module;
        text += m.version ? " " + std::to_string(*m.version) : " -";
      }
      text += "}";
    }
    for (uint32_t i = 0; i < dict.key_count; ++i) {
      const OtherKey& key = checkpoint.other_keys[dict.keys + i];
      (text += " [") += key.key;
      if (!key.text) text += " (no text)";
      if (!key.type.empty()) (text += " ") += key.type;
      text += "@" + std::to_string(key.tensors) + "]";
    }
  }
  return text;
}

std::string ToldOf(const Piece& root) {
  Lister lister;
  const auto status = lister.WithMetadata().Run(root);
  return status ? Told(lister.checkpoint()) : status.error().Text();
}

TEST(StateDictMetadata, IsReadOnlyWhereAskedFor) {
  Lister lister;
  ASSERT_TRUE(lister.Run(
      StateDictOf({{Str("w"), Small()}}, Items{{Str(""), VersionOf(Int(1))}})));
  EXPECT_EQ(Told(lister.checkpoint()), "");
}

TEST(StateDictMetadata, HasModulesInTheirOrderWithVersions) {
  EXPECT_EQ(ToldOf(StateDictOf({{Str("bn.w"), Small()}},
                               Items{{Str(""), VersionOf(Int(1))},
                                     {Str("fc"), Dict({})},
                                     {Str("bn"), VersionOf(Int(2))}})),
            ": collections.OrderedDict, dict { 1, fc -, bn 2}");
}

TEST(StateDictMetadata, IsAbsentWhereTheDictWasCopied) {
  EXPECT_EQ(ToldOf(Dict({{Str("w"), Small()}})), ": dict, dict");
  EXPECT_EQ(ToldOf(WithItems(OrderedDict(), {{Str("w"), Small()}})),
            ": collections.OrderedDict, dict");
  EXPECT_EQ(ToldOf(StateDictOf({{Str("w"), Small()}}, None())),
            ": collections.OrderedDict, dict");
}

TEST(StateDictMetadata, BelongsToItsContainer) {
  const Piece inner =
      StateDictOf({{Str("w"), Small()}}, Items{{Str("a"), VersionOf(Int(2))}});
  EXPECT_EQ(ToldOf(Dict({{Str("epoch"), Int(3)},
                         {Str("model"), inner},
                         {Str("ema"), Dict({{Str("deep"), inner}})}})),
            ": dict, dict [epoch int@0] [model collections.OrderedDict@0] "
            "[ema dict@0]; model: collections.OrderedDict, dict {a 2}; "
            "ema: dict, dict [deep collections.OrderedDict@0]; "
            "deep: collections.OrderedDict, dict {a 2}");
}

TEST(StateDictMetadata, TellsOfAUsualRootWithoutTensors) {
  EXPECT_EQ(ToldOf(Dict({{Str("model"), Dict({{Str("n"), Int(1)}})},
                         {Str("history"), Dict({{Str("n"), Int(1)}})}})),
            ": dict, dict [model dict@0] [history dict@0]; "
            "model: dict, dict [n int@0]");
}

TEST(StateDictMetadata, KeepsThePlaceOfOtherKeys) {
  EXPECT_EQ(
      ToldOf(Dict({{Str("a"), None()},
                   {Str("w"), Small()},
                   {Str("b"), MakeList({Small()})},
                   {Str("v"), Small()},
                   {Str("c"), Global("torch", "float16")}})),
      ": dict, dict [a NoneType@0] [b list@1] [c torch.dtype@2]; b: list, "
      "other");
}

TEST(StateDictMetadata, DoesNotTakeAttributesForKeys) {
  EXPECT_EQ(ToldOf(WithState(WithItems(OrderedDict(), {{Str("w"), Small()}}),
                             Dict({{Str("note"), Int(1)}}))),
            ": collections.OrderedDict, dict");
}

TEST(StateDictMetadata, TellsKeysThatAreNoText) {
  EXPECT_EQ(ToldOf(Dict({{Int(1), Small()}, {None(), Int(2)}})),
            ": dict, dict [1 (no text)@0] [None (no text) int@1]");
}

TEST(StateDictMetadata, TellsModulesAndWhatIsNoDict) {
  const Piece module =
      WithState(New(Global("m", "Net")),
                Dict({{Str("_parameters"), Dict({{Str("w"), Small()}})},
                      {Str("_buffers"), Dict({})},
                      {Str("_modules"), Dict({})}}));
  EXPECT_EQ(ToldOf(module), ": m.Net, module");
  EXPECT_EQ(ToldOf(MakeList({Small()})), ": list, other");
  EXPECT_EQ(
      ToldOf(WithState(New(Global("m", "Bag")), Dict({{Str("w"), Small()}}))),
      ": m.Bag, other");
  EXPECT_EQ(ToldOf(WithItems(New(Global("m", "MyDict")),
                             {{Str("w"), Small()}, {Str("n"), Int(1)}})),
            ": m.MyDict, dict [n int@1]");
}

// ------------------------------------------------------------- hostile input

TEST(StateDictMetadata, IgnoresWrongTypes) {
  const Items w = {{Str("w"), Small()}};
  EXPECT_EQ(ToldOf(StateDictOf(w, Int(1))), ": collections.OrderedDict, dict");
  EXPECT_EQ(ToldOf(StateDictOf(w, MakeList({Str("a")}))),
            ": collections.OrderedDict, dict");
  EXPECT_EQ(ToldOf(StateDictOf(w, Items{{Int(1), VersionOf(Int(2))},
                                        {Str("a"), Int(2)},
                                        {Str("b"), VersionOf(Str("2"))},
                                        {Str("c"), VersionOf(None())},
                                        {Str("d"), VersionOf(True())}})),
            ": collections.OrderedDict, dict {a -, b -, c -, d 1}");
  EXPECT_EQ(ToldOf(WithState(WithItems(OrderedDict(), w), Int(1))),
            ": collections.OrderedDict, dict");
}

TEST(StateDictMetadata, TakesTheLastOfSeveralStates) {
  const Piece twice = WithState(
      StateDictOf({{Str("w"), Small()}}, Items{{Str("a"), VersionOf(Int(1))}}),
      Dict({{Str("_metadata"), Dict({{Str("b"), VersionOf(Int(2))}})}}));
  EXPECT_EQ(ToldOf(twice), ": collections.OrderedDict, dict {b 2}");
}

TEST(StateDictMetadata, EndsWhereADictIsItsOwnMetadata) {
  const Piece cyclic =
      WithState(OrderedDict() + Put(0) + "(" + Str("w") + Small() + "u",
                Dict({{Str("_metadata"), Get(0)}}));
  EXPECT_EQ(ToldOf(cyclic), ": collections.OrderedDict, dict {w -}");
}

// Each module names one large dict, which is looked through for each.
TEST(StateDictMetadata, CountsStepsOfSharedValues) {
  Piece large = "}(";
  for (int i = 0; i < 1000; ++i) large += Int(i) + None();
  large += "u" + Put(0);
  Items modules = {{Str("0"), large}};
  for (int i = 1; i < 1000; ++i) {
    modules.emplace_back(Str(std::to_string(i)), Get(0));
  }
  Limits limits;
  limits.steps = 100'000;
  Lister lister;
  const auto status = lister.With(limits).WithMetadata().Run(
      StateDictOf({{Str("w"), Small()}}, modules));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kLimit);
  EXPECT_NE(status.error().message.find("`steps`"), std::string::npos);
}

// One dict under many names is described at each.
TEST(StateDictMetadata, CountsMemoryOfSharedDicts) {
  Piece inner = "}(" + Str("w") + Small();
  for (int i = 0; i < 1000; ++i) inner += Str("k" + std::to_string(i)) + None();
  inner += "u" + Put(0);
  Items outer = {{Str("0"), inner}};
  for (int i = 1; i < 1000; ++i) {
    outer.emplace_back(Str(std::to_string(i)), Get(0));
  }
  Limits limits;
  limits.listing_bytes = 1 << 20;
  Lister lister;
  const auto status = lister.With(limits).WithMetadata().Run(Dict(outer));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kLimit);
  EXPECT_NE(status.error().message.find("`listing_bytes`"), std::string::npos);
}

}  // namespace
}  // namespace ptscope::torch
