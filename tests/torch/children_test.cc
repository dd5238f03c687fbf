#include "torch/children.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/torch_pickle.h"

namespace ptscope::torch {
namespace {

using namespace test;  // the pieces of a pickle

struct Row {
  const char* what;
  Piece root;
  std::string_view names;
};

Piece Float(double value) { return PickleBuilder().BinFloat(value).bytes(); }
Piece Set(const Pieces& members) {
  return Call(Global("builtins", "set"), {MakeList(members)});
}

// ------------------------------------------------------------ the naming rule

TEST(Names, AreTheKeysOfDicts) {
  const Row kRows[] = {
      {"text", Dict({{Str("a"), Small()}}), "a"},
      {"empty text", Dict({{Str(""), Small()}}), ""},
      {"text with a dot", Dict({{Str("a.b"), Small()}}), "a.b"},
      {"text of Python 2",
       Dict({{PickleBuilder().ShortBinString("\xE9").bytes(), Small()}}),
       "\xC3\xA9"},
      {"bytes as Latin-1",
       Dict({{PickleBuilder().ShortBinBytes("\xE9").bytes(), Small()}}),
       "\xC3\xA9"},
      {"integers", Dict({{Int(-1), Small()}, {Int(1ll << 40), Small()}}),
       "-1, 1099511627776"},
      {"bools and None",
       Dict({{True(), Small()}, {False(), Small()}, {None(), Small()}}),
       "True, False, None"},
      {"floats",
       Dict({{Float(0.5), Small()},
             {Float(2), Small()},
             {Float(1e16), Small()},
             {Float(1e-5), Small()},
             {Float(0.0001), Small()}}),
       "0.5, 2.0, 1e+16, 1e-05, 0.0001"},
      {"tuples",
       Dict({{Tuple({Str("a"), Int(1)}), Small()},
             {Tuple({Float(1)}), Small()},
             {Tuple({}), Small()},
             {Tuple({Tuple({None()}), Str("it's")}), Small()}}),
       "('a', 1), (1.0,), (), ((None,), \"it's\")"},
      {"a dtype", Dict({{Global("torch", "float32"), Small()}}),
       "<torch.float32>"},
      {"a class", Dict({{Global("m", "C"), Small()}}), "<m.C>"},
      {"a class of Python 2",
       Dict({{Global("__builtin__", "unicode"), Small()}}), "<builtins.str>"},
      {"a tensor", Dict({{Small(), Small()}}), "<torch.Tensor>"},
      {"a parameter",
       Dict({{Call(Utils("_rebuild_parameter"),
                   {Small(), True(), OrderedDict()}),
              Small()}}),
       "<torch.nn.parameter.Parameter>"},
      {"an object", Dict({{New(Global("m", "C")), Small()}}), "<m.C>"},
      {"a frozenset",
       Dict({{PickleBuilder().Mark().FrozenSet().bytes(), Small()}}),
       "<frozenset>"},
      {"of equal keys the last value in the place of the first",
       Dict({{Str("a"), None()}, {Str("b"), Small()}, {Str("a"), Small()}}),
       "a, b"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(NamesOf(row.root), row.names) << row.what;
  }
}

TEST(Names, AreThePositionsInSequences) {
  const Row kRows[] = {
      {"list", MakeList({None(), Small()}), "1"},
      {"tuple", Tuple({Small(), Small()}), "0, 1"},
      {"set", PickleBuilder().EmptySet().Mark().Raw(Small()).AddItems().bytes(),
       "0"},
      {"frozenset", PickleBuilder().Mark().Raw(Small()).FrozenSet().bytes(),
       "0"},
      {"set([…])", Set({None(), Small()}), "1"},
      {"deque([…])",
       Call(Global("collections", "deque"), {MakeList({Small()})}), "0"},
      {"deque with members appended",
       PickleBuilder()
           .Raw(Call(Global("collections", "deque"), {MakeList({None()})}))
           .Raw(Small())
           .Append()
           .bytes(),
       "1"},
      {"nested", MakeList({MakeList({Small()}), Tuple({Tuple({Small()})})}),
       "0.0, 1.0.0"},
      {"list in a dict", Dict({{Str("a"), MakeList({Small()})}}), "a.0"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(NamesOf(row.root), row.names) << row.what;
  }
}

TEST(Names, AreTheItemsOfMappings) {
  const Piece pairs = MakeList({Tuple({Str("a"), Small()})});
  const Row kRows[] = {
      {"OrderedDict", WithItems(OrderedDict(), {{Str("a"), Small()}}), "a"},
      {"OrderedDict([(k, v)])",
       Call(Global("collections", "OrderedDict"), {pairs}), "a"},
      {"OrderedDict([[k, v]])",
       Call(Global("collections", "OrderedDict"),
            {MakeList({MakeList({Str("a"), Small()})})}),
       "a"},
      {"OrderedDict({k: v})",
       Call(Global("collections", "OrderedDict"),
            {Dict({{Str("a"), Small()}})}),
       "a"},
      {"defaultdict",
       WithItems(Call(Global("collections", "defaultdict"),
                      {Global("builtins", "list")}),
                 {{Str("a"), Small()}}),
       "a"},
      {"Counter",
       Call(Global("collections", "Counter"), {Dict({{Str("a"), Small()}})}),
       "a"},
      {"an OrderedDict's attributes come after its items",
       WithState(WithItems(OrderedDict(), {{Str("a"), Small()}}),
                 Dict({{Str("_metadata"), Small()}})),
       "a, _metadata"},
      {"a subclass of dict by copyreg",
       Call(Global("copyreg", "_reconstructor"),
            {Global("m", "D"), Global("builtins", "dict"),
             Dict({{Str("a"), Small()}})}),
       "a"},
      {"a subclass of list by copyreg",
       Call(
           Global("copyreg", "_reconstructor"),
           {Global("m", "L"), Global("builtins", "list"), MakeList({Small()})}),
       "0"},
      {"a subclass of dict by NEWOBJ",
       WithItems(New(Global("m", "D")), {{Str("a"), Small()}}), "a"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(NamesOf(row.root), row.names) << row.what;
  }
}

TEST(Names, AreTheAttributesOfObjects) {
  const Piece c = New(Global("m", "C"));
  const Row kRows[] = {
      {"attributes", WithState(c, Dict({{Str("w"), Small()}})), "w"},
      {"slots", WithState(c, Tuple({None(), Dict({{Str("w"), Small()}})})),
       "w"},
      {"attributes and slots",
       WithState(c, Tuple({Dict({{Str("a"), Small()}}),
                           Dict({{Str("b"), Small()}})})),
       "a, b"},
      {"a state of its own", WithState(c, MakeList({Small()})), "__state__.0"},
      {"a state that is a tensor", WithState(c, Small()), "__state__"},
      {"a pair that is no attributes", WithState(c, Tuple({Small(), Small()})),
       "__state__.0, __state__.1"},
      {"two states",
       WithState(WithState(c, Dict({{Str("a"), Small()}})),
                 Dict({{Str("b"), Small()}})),
       "a, b"},
      {"arguments", Call(Global("m", "f"), {None(), Small()}), "__args__.1"},
      {"keyword arguments",
       PickleBuilder()
           .Global("m", "C")
           .EmptyTuple()
           .Raw(Dict({{Str("w"), Small()}}))
           .NewObjEx()
           .bytes(),
       "__kwargs__.w"},
      {"arguments, then items, then attributes",
       WithState(
           WithItems(Call(Global("m", "f"), {Small()}), {{Str("i"), Small()}}),
           Dict({{Str("a"), Small()}})),
       "__args__.0, i, a"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(NamesOf(row.root), row.names) << row.what;
  }
}

TEST(Names, AreTheAttributesOfTensorsAmongTheExtras) {
  const Row kRows[] = {
      {"by BUILD", WithState(Small(), Dict({{Str("mask"), Small()}})),
       ", extra mask"},
      {"in a dict",
       Dict({{Str("w"), WithState(Small(), Dict({{Str("mask"), Small()}}))}}),
       "w, extra w.mask"},
      {"of a subclass",
       Dict({{Str("w"), Call(Global("torch._tensor", "_rebuild_from_type_v2"),
                             {Utils("_rebuild_tensor_v2"), Global("m", "Sub"),
                              Tuple({StorageId("0", 4), Int(0), Ints({4}),
                                     Ints({1}), False(), OrderedDict()}),
                              Dict({{Str("a"), Small()}})})}}),
       "w, extra w.a"},
      {"of a parameter with a state",
       Dict({{Str("w"), Call(Utils("_rebuild_parameter_with_state"),
                             {Small(), True(), OrderedDict(),
                              Dict({{Str("a"), Small()}})})}}),
       "w, extra w.a"},
      {"attributes of attributes",
       WithState(
           Small(),
           Dict({{Str("a"), WithState(Small(), Dict({{Str("b"), Small()}}))}})),
       ", extra a, extra a.b"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(NamesOf(row.root), row.names) << row.what;
  }
}

TEST(Names, OfATensorReachedTwiceAreListedTwice) {
  EXPECT_EQ(NamesOf(Dict({{Str("a"), Small() + Put(0)}, {Str("b"), Get(0)}})),
            "a, b");
}

TEST(Names, OfAContainerReachedTwiceAreListedTwice) {
  EXPECT_EQ(NamesOf(Dict({{Str("a"), MakeList({Small()}) + Put(0)},
                          {Str("b"), Get(0)}})),
            "a.0, b.0");
}

TEST(Names, DoNotEnterAContainerThatIsOnTheWay) {
  const Piece cycle = PickleBuilder()
                          .EmptyDict()
                          .BinPut(0)
                          .Raw(Str("self"))
                          .BinGet(0)
                          .SetItem()
                          .Raw(Str("w"))
                          .Raw(Small())
                          .SetItem()
                          .bytes();
  EXPECT_EQ(NamesOf(cycle), "w");
}

// ------------------------------------------------------------ pickled modules

Piece Module(const std::vector<std::pair<Piece, Piece>>& parameters,
             const std::vector<std::pair<Piece, Piece>>& buffers,
             const std::vector<std::pair<Piece, Piece>>& modules,
             const std::vector<std::pair<Piece, Piece>>& others = {},
             const Piece& object = New(Global("m", "Net"))) {
  std::vector<std::pair<Piece, Piece>> state = {
      {Str("training"), True()},
      {Str("_parameters"), WithItems(OrderedDict(), parameters)},
      {Str("_buffers"), WithItems(OrderedDict(), buffers)},
      {Str("_modules"), WithItems(OrderedDict(), modules)}};
  state.insert(state.end(), others.begin(), others.end());
  return WithState(object, Dict(state));
}

TEST(Modules, GiveWhatTheirStateDictWould) {
  EXPECT_EQ(
      NamesOf(Module({{Str("w"), Small()}}, {{Str("b"), Small()}},
                     {{Str("fc"), Module({{Str("w"), Small()}}, {}, {})}})),
      "w, b, fc.w");
}

TEST(Modules, LeaveOutWhatIsNone) {
  EXPECT_EQ(NamesOf(Module({{Str("bias"), None()}, {Str("w"), Small()}},
                           {{Str("b"), None()}}, {{Str("fc"), None()}})),
            "w");
}

TEST(Modules, MakeBuffersOfBuffers) {
  EXPECT_EQ(ListOf(Module({}, {{Str("b"), Small()}}, {})),
            "b float32 [4] [1] @0 storage 0 buffer");
}

TEST(Modules, LeaveOutBuffersThatDoNotPersist) {
  const auto with = [](const Piece& set) {
    return Module({}, {{Str("a"), Small()}, {Str("b"), Small()}}, {},
                  {{Str("_non_persistent_buffers_set"), set}});
  };
  EXPECT_EQ(NamesOf(with(Set({Str("a")}))), "b, extra a");
  EXPECT_EQ(
      NamesOf(with(
          PickleBuilder().EmptySet().Mark().Raw(Str("b")).AddItems().bytes())),
      "a, extra b");
  EXPECT_EQ(NamesOf(with(Set({}))), "a, b");
  EXPECT_EQ(NamesOf(with(None())), "a, b");
}

TEST(Modules, HaveOtherTensorsAmongTheExtras) {
  EXPECT_EQ(NamesOf(Module({{Str("w"), Small()}}, {}, {},
                           {{Str("cache"), Dict({{Int(0), Small()}})}})),
            "w, extra cache.0");
}

TEST(Modules, ListASharedChildUnderEachName) {
  EXPECT_EQ(NamesOf(Module(
                {}, {},
                {{Str("a"), Module({{Str("w"), Small()}}, {}, {}) + Put(0)},
                 {Str("b"), Get(0)}})),
            "a.w, b.w");
}

TEST(Modules, AreNotEnteredFromWithin) {
  const Piece module = New(Global("m", "Net")) + Put(0);
  EXPECT_EQ(NamesOf(Module({{Str("w"), Small()}}, {}, {{Str("me"), Get(0)}}, {},
                           module)),
            "w");
}

TEST(Modules, AreOnlyWhatHasAllThreeTables) {
  EXPECT_EQ(NamesOf(WithState(
                New(Global("m", "C")),
                Dict({{Str("_parameters"), Dict({{Str("w"), Small()}})}}))),
            "_parameters.w");
}

TEST(Modules, OfTorchFxHaveTheirStateAsAnArgument) {
  const Piece body = Dict({{Str("_parameters"), Dict({{Str("w"), Small()}})},
                           {Str("_buffers"), Dict({})},
                           {Str("_modules"), Dict({})}});
  EXPECT_EQ(NamesOf(Call(Global("torch.fx.graph_module", "reduce_graph_module"),
                         {body, Str("import torch")})),
            "w");
}

TEST(Modules, WithinADictKeepTheirNames) {
  EXPECT_EQ(
      NamesOf(Dict({{Str("net"), Module({{Str("w"), Small()}}, {}, {})}})),
      "net.w");
}

TEST(Modules, WithManyBuffersAndManyNamesTakeLinearTime) {
  std::vector<std::pair<Piece, Piece>> buffers;
  Pieces names;
  for (int i = 0; i < 100'000; ++i) {
    buffers.push_back({Str("b" + std::to_string(i)), Get(0)});
    names.push_back(Str("c" + std::to_string(i)));
  }
  buffers[0].second = Small() + Put(0);
  Lister lister;
  ASSERT_TRUE(lister.Run(Module(
      {}, buffers, {}, {{Str("_non_persistent_buffers_set"), Set(names)}})));
  EXPECT_EQ(lister.checkpoint().tensors.size(), 100'000u);
}

}  // namespace
}  // namespace ptscope::torch
