#include "pickle/machine.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/pickle_builder.h"
#include "support/value_dump.h"

namespace ptscope::pickle {
namespace {

using test::AsBytes;
using test::DumpValue;
using test::Little;
using test::PickleBuilder;

using B = PickleBuilder;

// The value at STOP, or the error's text.
std::string Dump(const std::string& bytes, const Limits& limits = {}) {
  Values values;
  const auto program = pickle::Run(AsBytes(bytes), "data.pkl", limits, values);
  return program ? DumpValue(values, program->root) : program.error().Text();
}
std::string Dump(const B& pickle, const Limits& limits = {}) {
  return Dump(pickle.bytes(), limits);
}

ErrorCode CodeOf(const B& pickle, const Limits& limits = {}) {
  Values values;
  const std::string bytes = pickle.bytes();
  const auto program = pickle::Run(AsBytes(bytes), "data.pkl", limits, values);
  return program ? ErrorCode::kUsage : program.error().code;
}

// ---------------------------------------------------- what each opcode does

struct Row {
  Opcode op;
  B pickle;
  std::string_view dump;
};

std::vector<Row> Rows() {
  using enum Opcode;
  return {
      {kProto, B().Proto(5).None().Stop(), "None"},
      {kFrame, B().Frame(2).None().Stop(), "None"},
      {kStop, B().BinInt1(1).BinInt1(2).Stop(), "2"},
      {kMark, B().Mark().None().Tuple().Stop(), "(None)"},
      {kPop, B().None().Mark().Pop().BinInt1(1).Pop().Stop(), "None"},
      {kPopMark, B().None().Mark().BinInt1(1).PopMark().Stop(), "None"},
      {kDup, B().BinInt1(1).Dup().Tuple2().Stop(), "(1, 1)"},
      {kNone, B().None().Stop(), "None"},
      {kNewTrue, B().NewTrue().Stop(), "True"},
      {kNewFalse, B().NewFalse().Stop(), "False"},
      {kInt, B().Mark().Int("-12").Int("00").Int("01").Tuple().Stop(),
       "(-12, False, True)"},
      {kLong, B().Long("-5L").Stop(), "-5"},
      {kBinInt, B().BinInt(-2).Stop(), "-2"},
      {kBinInt1, B().BinInt1(255).Stop(), "255"},
      {kBinInt2, B().BinInt2(65535).Stop(), "65535"},
      {kLong1, B().Long1("\xFE\xFF").Stop(), "-2"},
      {kLong4, B().Long4(Little(1ull << 40, 6)).Stop(), "1099511627776"},
      {kFloat, B().Float("1.5").Stop(), "1.5"},
      {kBinFloat, B().BinFloat(-0.25).Stop(), "-0.25"},
      {kString, B().String("'a\\x41'").Stop(), "2'aA'"},
      {kBinString, B().BinString("ab").Stop(), "2'ab'"},
      {kShortBinString, B().ShortBinString("ab").Stop(), "2'ab'"},
      {kBinBytes, B().BinBytes("\x01").Stop(), "b'\\x01'"},
      {kShortBinBytes, B().ShortBinBytes("a").Stop(), "b'a'"},
      {kBinBytes8, B().BinBytes8("a").Stop(), "b'a'"},
      {kByteArray8, B().ByteArray8("a").Stop(), "bytearray'a'"},
      {kNextBuffer, B().NextBuffer().Stop(),
       "data.pkl+0x0: NEXT_BUFFER asks for bytes that are not in the file"},
      {kReadonlyBuffer, B().ShortBinBytes("a").ReadonlyBuffer().Stop(), "b'a'"},
      {kUnicode, B().Unicode("\\u00e9").Stop(), "'\\xc3\\xa9'"},
      {kBinUnicode, B().BinUnicode("a").Stop(), "'a'"},
      {kShortBinUnicode, B().ShortBinUnicode("a").Stop(), "'a'"},
      {kBinUnicode8, B().BinUnicode8("a").Stop(), "'a'"},
      {kEmptyList, B().EmptyList().Stop(), "[]"},
      {kAppend, B().EmptyList().BinInt1(1).Append().Stop(), "[1]"},
      {kAppends, B().EmptyList().Mark().BinInt1(1).BinInt1(2).Appends().Stop(),
       "[1, 2]"},
      {kList, B().Mark().BinInt1(1).List().Stop(), "[1]"},
      {kEmptyTuple, B().EmptyTuple().Stop(), "()"},
      {kTuple, B().Mark().BinInt1(1).Tuple().Stop(), "(1)"},
      {kTuple1, B().BinInt1(1).Tuple1().Stop(), "(1)"},
      {kTuple2, B().BinInt1(1).BinInt1(2).Tuple2().Stop(), "(1, 2)"},
      {kTuple3, B().BinInt1(1).BinInt1(2).BinInt1(3).Tuple3().Stop(),
       "(1, 2, 3)"},
      {kEmptyDict, B().EmptyDict().Stop(), "{}"},
      {kDict, B().Mark().BinInt1(1).None().Dict().Stop(), "{1: None}"},
      {kSetItem, B().EmptyDict().BinInt1(1).None().SetItem().Stop(),
       "{1: None}"},
      {kSetItems, B().EmptyDict().Mark().BinInt1(1).None().SetItems().Stop(),
       "{1: None}"},
      {kEmptySet, B().EmptySet().Stop(), "set()"},
      {kAddItems, B().EmptySet().Mark().BinInt1(1).AddItems().Stop(), "set(1)"},
      {kFrozenSet, B().Mark().BinInt1(1).FrozenSet().Stop(), "frozenset(1)"},
      {kGet, B().BinInt1(1).Put("7").Get("7").Tuple2().Stop(), "(1, 1)"},
      {kBinGet, B().BinInt1(1).BinPut(7).BinGet(7).Tuple2().Stop(), "(1, 1)"},
      {kLongBinGet, B().BinInt1(1).LongBinPut(300).LongBinGet(300).Stop(), "1"},
      {kPut, B().BinInt1(1).Put("0").Pop().BinGet(0).Stop(), "1"},
      {kBinPut, B().BinInt1(1).BinPut(0).Pop().BinGet(0).Stop(), "1"},
      {kLongBinPut, B().BinInt1(1).LongBinPut(0).Pop().BinGet(0).Stop(), "1"},
      {kMemoize,
       B().BinInt1(1).Memoize().BinInt1(2).Memoize().BinGet(0).Tuple3().Stop(),
       "(1, 2, 1)"},
      {kGlobal, B().Global("m", "N").Stop(), "m.N"},
      {kStackGlobal, B().BinUnicode("m").BinUnicode("a.b").StackGlobal().Stop(),
       "m.a.b"},
      {kInst, B().Mark().BinInt1(1).Inst("m", "N").Stop(), "inst m.N(1)"},
      {kObj, B().Mark().Global("m", "N").BinInt1(1).Obj().Stop(), "obj m.N(1)"},
      {kNewObj, B().Global("m", "N").EmptyTuple().NewObj().Stop(), "new m.N()"},
      {kNewObjEx,
       B().Global("m", "N").EmptyTuple().EmptyDict().NewObjEx().Stop(),
       "new_ex m.N()**{}"},
      {kReduce, B().Global("m", "f").BinInt1(1).Tuple1().Reduce().Stop(),
       "m.f(1)"},
      {kBuild, B().Global("m", "f").EmptyTuple().Reduce().None().Build().Stop(),
       "m.f()|None"},
      {kPersId, B().PersId("17").Stop(),
       "data.pkl+0x0: a persistent id is text, as pickle_protocol=0 writes it: "
       "no loader reads such a file: found '17', expected a tuple"},
      {kBinPersId, B().BinInt1(1).Tuple1().BinPersId().Stop(),
       "persistent((1))"},
      {kExt1, B().Ext1(3).Stop(),
       "data.pkl+0x0: EXT1 names an extension code: its meaning is not in the "
       "file: found 3"},
      {kExt2, B().Ext2(300).Stop(),
       "data.pkl+0x0: EXT2 names an extension code: its meaning is not in the "
       "file: found 300"},
      {kExt4, B().Ext4(70000).Stop(),
       "data.pkl+0x0: EXT4 names an extension code: its meaning is not in the "
       "file: found 70000"},
  };
}

TEST(Machine, ExecutesEveryOpcode) {
  for (const Row& row : Rows()) {
    EXPECT_EQ(Dump(row.pickle), row.dump) << InfoOf(row.op).name;
  }
}

TEST(Machine, HasARowForEachOfThe68Opcodes) {
  std::set<Opcode> seen;
  for (const Row& row : Rows()) seen.insert(row.op);
  EXPECT_EQ(seen.size(), 68u);
}

// ------------------------------------------------- values and how they share

TEST(Machine, KeepsSharingOfMemoizedValues) {
  const std::string bytes =
      B().EmptyList().BinPut(0).BinGet(0).Tuple2().Stop().bytes();
  Values values;
  const auto program = pickle::Run(AsBytes(bytes), "", {}, values);
  ASSERT_TRUE(program);
  const auto members = values.ItemsOf(program->root);
  EXPECT_EQ(members[0], members[1]);
}

TEST(Machine, ReadsAListThatHoldsItself) {
  EXPECT_EQ(Dump(B().EmptyList().BinPut(0).BinGet(0).Append().Stop()), "[...]");
}

TEST(Machine, AppendsToOneListInSeveralRuns) {
  EXPECT_EQ(Dump(B().EmptyList()
                     .BinInt1(1)
                     .Append()
                     .EmptyList()
                     .BinInt1(7)
                     .Append()
                     .BinPut(0)
                     .Append()
                     .Mark()
                     .BinInt1(2)
                     .BinInt1(3)
                     .Appends()
                     .Stop()),
            "[1, [7], 2, 3]");
}

TEST(Machine, BuildsGlobalsAndPersistentsInPlace) {
  EXPECT_EQ(Dump(B().Global("m", "C")
                     .BinPut(0)
                     .None()
                     .Build()
                     .BinGet(0)
                     .Tuple2()
                     .Stop()),
            "(built m.C()|None, built m.C()|None)");
  EXPECT_EQ(Dump(B().EmptyTuple().BinPersId().None().Build().Stop()),
            "built persistent(())()|None");
}

TEST(Machine, KeepsSeveralStatesInOrder) {
  EXPECT_EQ(Dump(B().Global("m", "f")
                     .EmptyTuple()
                     .Reduce()
                     .BinInt1(1)
                     .Build()
                     .BinInt1(2)
                     .Build()
                     .BinInt1(3)
                     .Build()
                     .Stop()),
            "m.f()||(1, 2, 3)");
}

TEST(Machine, SetsItemsAndMembersOfObjects) {
  EXPECT_EQ(Dump(B().Global("m", "f")
                     .EmptyTuple()
                     .Reduce()
                     .BinInt1(1)
                     .None()
                     .SetItem()
                     .Stop()),
            "m.f(){1: None}");
  EXPECT_EQ(Dump(B().Global("m", "f")
                     .EmptyTuple()
                     .Reduce()
                     .BinInt1(1)
                     .Append()
                     .Stop()),
            "m.f()[1]");
}

TEST(Machine, TellsGlobalsApartWhoseJoinedNamesAreEqual) {
  EXPECT_EQ(Dump(B().BinUnicode("a\nb")
                     .BinUnicode("c")
                     .StackGlobal()
                     .BinUnicode("a")
                     .BinUnicode("b\nc")
                     .StackGlobal()
                     .Tuple2()
                     .Stop()),
            "(a\nb.c, a.b\nc)");
}

TEST(Machine, GivesEqualGlobalsOneId) {
  const std::string bytes = B().Global("m", "N")
                                .BinUnicode("m")
                                .BinUnicode("N")
                                .StackGlobal()
                                .Tuple2()
                                .Stop()
                                .bytes();
  Values values;
  const auto program = pickle::Run(AsBytes(bytes), "", {}, values);
  ASSERT_TRUE(program);
  const auto members = values.ItemsOf(program->root);
  EXPECT_EQ(values.GlobalIdOf(members[0]), values.GlobalIdOf(members[1]));
}

TEST(Machine, ReportsProtocolEndAndOpcodes) {
  const std::string bytes = B().Proto(2).None().Stop().Raw("rest").bytes();
  Values values;
  const auto program = pickle::Run(AsBytes(bytes), "", {}, values);
  ASSERT_TRUE(program);
  EXPECT_EQ(program->protocol, 2);
  EXPECT_EQ(program->end, 4u);
  EXPECT_EQ(program->opcodes, 3u);
}

TEST(Machine, ReadsIntegersOfEveryWidth) {
  EXPECT_EQ(Dump(B().Long1("").Stop()), "0");
  EXPECT_EQ(Dump(B().Int("1073741824").Stop()), "1073741824");
  EXPECT_EQ(Dump(B().Int("-9223372036854775808").Stop()),
            "-9223372036854775808");
  EXPECT_EQ(Dump(B().Int("9223372036854775808").Stop()),
            "digits'9223372036854775808'");
  EXPECT_EQ(Dump(B().Long1(std::string(9, '\x01')).Stop()),
            "long'\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01'");
}

TEST(Machine, TakesLoneSurrogatesInText) {
  EXPECT_EQ(Dump(B().BinUnicode("\xED\xA0\x80").Stop()), "'\\xed\\xa0\\x80'");
}

// ---------------------------------------------- errors, in the source's order

struct Fault {
  B pickle;
  std::string_view text;
};

TEST(Machine, NamesEachFaultAndItsPlace) {
  const Fault kFaults[] = {
      {B().None().Append(),
       "data.pkl+0x1: APPEND finds too few values on the stack: found 1, "
       "expected 2"},
      {B().None().None().Mark().Reduce(),
       "data.pkl+0x3: REDUCE finds too few values on the stack: found 0, "
       "expected 2"},
      {B().Mark().Appends(),
       "data.pkl+0x1: APPENDS finds too few values on the stack: found 0, "
       "expected 1"},
      {B().Mark().Mark().None().Appends(),
       "data.pkl+0x3: APPENDS finds too few values on the stack: found 0, "
       "expected 1"},
      {B().None().Tuple(), "data.pkl+0x1: TUPLE finds no MARK"},
      {B().None().EmptyTuple().Reduce(), "data.pkl+0x2: REDUCE calls None"},
      {B().BinInt1(1).EmptyTuple().NewObj(),
       "data.pkl+0x3: NEWOBJ calls an int"},
      {B().ShortBinBytes("a").EmptyTuple().EmptyDict().NewObjEx(),
       "data.pkl+0x5: NEWOBJ_EX calls bytes"},
      {B().Mark().EmptyTuple().Obj(), "data.pkl+0x2: OBJ calls a tuple"},
      {B().Global("m", "f").None().Reduce(),
       "data.pkl+0x6: REDUCE has arguments that are no tuple: found None, "
       "expected a tuple"},
      {B().Global("m", "f").EmptyList().Reduce(),
       "data.pkl+0x6: REDUCE has arguments that are no tuple: found a list, "
       "expected a tuple"},
      {B().EmptyDict().EmptyList().None().SetItem(),
       "data.pkl+0x3: SETITEM has a key that Python cannot hash: found a list"},
      {B().Mark().EmptyDict().None().Dict(),
       "data.pkl+0x3: DICT has a key that Python cannot hash: found a dict"},
      {B().EmptyDict().Mark().ByteArray8("").None().SetItems(),
       "data.pkl+0xc: SETITEMS has a key that Python cannot hash: found a "
       "bytearray"},
      {B().BinUnicode("\xFF"), "data.pkl+0x0: BINUNICODE is not UTF-8"},
      {B().None().ShortBinUnicode("a\xC0\x80"),
       "data.pkl+0x1: SHORT_BINUNICODE is not UTF-8"},
      {B().Int("1x"),
       "data.pkl+0x0: INT has a text that it cannot have: found "
       "'1x'"},
      {B().Int("0x"),
       "data.pkl+0x0: INT has a text that it cannot have: found "
       "'0x'"},
      {B().Long("1.0L"),
       "data.pkl+0x0: LONG has a text that it cannot have: found '1.0L'"},
      {B().Float("1e400"),
       "data.pkl+0x0: FLOAT has a text that it cannot have: found '1e400'"},
      {B().String("'a"),
       "data.pkl+0x0: STRING has a text that it cannot have: found ''a'"},
      {B().Unicode("\\u12"),
       "data.pkl+0x0: UNICODE has a text that it cannot have: found '\\u12'"},
      {B().Get("-1"),
       "data.pkl+0x0: GET has a text that it cannot have: found '-1'"},
      {B().None().Put("99999999999999999999"),
       "data.pkl+0x1: PUT has a text that it cannot have: found "
       "'99999999999999999999'"},
      {B().Get("4"), "data.pkl+0x0: GET reads memo 4, which was never stored"},
      {B().BinGet(7),
       "data.pkl+0x0: BINGET reads memo 7, which was never stored"},
      {B().None().BinPut(0).LongBinGet(1),
       "data.pkl+0x3: LONG_BINGET reads memo 1, which was never stored"},
      {B().Mark().None().Dict(),
       "data.pkl+0x2: DICT has a key without a value"},
      {B().EmptyDict().Mark().None().SetItems(),
       "data.pkl+0x3: SETITEMS has a key without a value"},
      {B().EmptyList().None().None().SetItem(),
       "data.pkl+0x3: SETITEM sets an item of a list"},
      {B().BinFloat(1).Mark().None().None().SetItems(),
       "data.pkl+0xc: SETITEMS sets an item of a float"},
      {B().BinInt1(1).None().Append(), "data.pkl+0x3: APPEND adds to an int"},
      {B().EmptySet().Mark().None().Appends(),
       "data.pkl+0x3: APPENDS adds to a set"},
      {B().EmptyList().Mark().None().AddItems(),
       "data.pkl+0x3: ADDITEMS adds to a list"},
      {B().Global("m", "C")
           .EmptyTuple()
           .Reduce()
           .None()
           .Append()
           .None()
           .None()
           .SetItem(),
       "data.pkl+0xb: SETITEM mixes items and members in one object"},
      {B().BinInt1(1).BinUnicode("a").StackGlobal(),
       "data.pkl+0x8: STACK_GLOBAL has a name that is no str: found an int, "
       "expected a str"},
      {B().BinUnicode("a").None().StackGlobal(),
       "data.pkl+0x7: STACK_GLOBAL has a name that is no str: found None, "
       "expected a str"},
      {B().Mark().Obj(), "data.pkl+0x1: OBJ has no class"},
      {B().EmptyList().None().Build(),
       "data.pkl+0x2: BUILD gives a state to a list"},
      {B().Proto(6),
       "data.pkl+0x0: PROTO names a protocol that does not "
       "exist: found 6, expected 0 to 5"},
      {B().Frame(5).None().Stop(),
       "data.pkl+0x0: FRAME is longer than the pickle: found 5 bytes"},
      {B().Frame(UINT64_MAX).None().Stop(),
       "data.pkl+0x0: FRAME is longer than the pickle: found "
       "18446744073709551615 bytes"},
      {B().Pop(), "data.pkl+0x0: POP finds nothing on the stack"},
      {B().Stop(),
       "data.pkl+0x0: STOP finds too few values on the stack: "
       "found 0, expected 1"},
      {B().None().Mark().Stop(),
       "data.pkl+0x2: STOP finds too few values on the stack: found 0, "
       "expected 1"},
  };
  for (const Fault& fault : kFaults) {
    EXPECT_EQ(Dump(fault.pickle), fault.text);
    EXPECT_EQ(CodeOf(fault.pickle), ErrorCode::kDamaged) << fault.text;
  }
}

TEST(Machine, GivesErrorsOfTheDecoder) {
  EXPECT_EQ(Dump(B().None()),
            "data.pkl+0x1: the pickle ends early: there is no STOP");
}

TEST(Machine, DoesNotLookBehindStop) {
  EXPECT_EQ(Dump(B().None().Stop().Raw("\xFF\xFF")), "None");
}

// ------------------------------------------------------------------- limits

TEST(Machine, LimitsStrings) {
  const Limits limits{.string = 3};
  EXPECT_EQ(Dump(B().ShortBinBytes("abc").Stop(), limits), "b'abc'");
  EXPECT_EQ(Dump(B().ShortBinBytes("abcd").Stop(), limits),
            "data.pkl+0x0: SHORT_BINBYTES is longer than the limit `string`: "
            "found 4 bytes, expected at most 3");
  EXPECT_EQ(CodeOf(B().Unicode("abcd").Stop(), limits), ErrorCode::kLimit);
}

TEST(Machine, LimitsIntegers) {
  const Limits limits{.integer = 3};
  EXPECT_EQ(Dump(B().Long1("abcd").Stop(), limits),
            "data.pkl+0x0: LONG1 is longer than the limit `integer`: found 4 "
            "bytes, expected at most 3");
  EXPECT_EQ(Dump(B().Int("1000").Stop(), limits),
            "data.pkl+0x0: INT is longer than the limit `integer`: found 4 "
            "bytes, expected at most 3");
}

TEST(Machine, LimitsNamesOfGlobals) {
  const Limits limits{.global = 3};
  EXPECT_EQ(Dump(B().Global("mod", "Net").Stop(), limits), "mod.Net");
  EXPECT_EQ(Dump(B().Global("modu", "N").Stop(), limits),
            "data.pkl+0x0: GLOBAL has a name longer than the limit `global`: "
            "found 4 bytes, expected at most 3");
  EXPECT_EQ(
      Dump(B().BinUnicode("m").BinUnicode("Name").StackGlobal().Stop(), limits),
      "data.pkl+0xf: STACK_GLOBAL has a name longer than the limit "
      "`global`: found 4 bytes, expected at most 3");
  EXPECT_EQ(CodeOf(B().Mark().Inst("m", "Name").Stop(), limits),
            ErrorCode::kLimit);
}

TEST(Machine, LimitsOpcodes) {
  const Limits limits{.opcodes = 2000};
  EXPECT_EQ(Dump(B().Times(5000, B().None()).Stop(), limits),
            "data.pkl+0x7ff: the pickle has more opcodes than the limit "
            "`opcodes`: expected at most 2000");
}

// Each value costs more memory than its opcode has bytes, so these would take
// many times the pickle's size.
TEST(Machine, LimitsMemoryOfAMillionLists) {
  EXPECT_EQ(CodeOf(B().Times(5'000'000, B().EmptyList()).Stop()),
            ErrorCode::kLimit);
}

TEST(Machine, LimitsMemoryOfDuplicates) {
  const Limits limits{.value_bytes = 1 << 20};
  EXPECT_EQ(CodeOf(B().None().Times(1'000'000, B().Dup()).Stop(), limits),
            ErrorCode::kLimit);
}

TEST(Machine, LimitsMemoryOfMarks) {
  const Limits limits{.value_bytes = 1 << 20};
  EXPECT_EQ(CodeOf(B().Times(1'000'000, B().Mark()).Stop(), limits),
            ErrorCode::kLimit);
}

TEST(Machine, LimitsMemoryOfStatesOfOneObject) {
  const Limits limits{.value_bytes = 1 << 20};
  EXPECT_EQ(CodeOf(B().Global("m", "f")
                       .EmptyTuple()
                       .Reduce()
                       .Times(100'000, B().None().Build())
                       .Stop(),
                   limits),
            ErrorCode::kLimit);
}

TEST(Machine, NamesTheLimitOfMemory) {
  const Limits limits{.value_bytes = 1000};
  const std::string text =
      Dump(B().Times(2000, B().EmptyList()).Stop(), limits);
  EXPECT_EQ(text.substr(0, text.find(": found")),
            "data.pkl+0x3ff: the values of the pickle take more memory than "
            "the limit `value_bytes`");
  EXPECT_TRUE(text.ends_with(", expected at most 1000")) << text;
}

TEST(Machine, ReadsSixtyLevelsOfSharedListsAtNoCost) {
  B bomb;
  bomb.EmptyList().BinPut(0);
  for (int i = 0; i < 60; ++i) {
    bomb.EmptyList().BinPut(1).Mark().BinGet(0).BinGet(0).Appends().BinPut(0);
  }
  const std::string bytes = bomb.Stop().bytes();
  Values values;
  ASSERT_TRUE(pickle::Run(AsBytes(bytes), "", {}, values));
  EXPECT_LT(values.bytes(), 10'000u);
}

TEST(Machine, ReadsAMillionLevelsWithoutRecursion) {
  const std::string bytes =
      B().EmptyTuple().Times(1'000'000, B().Tuple1()).Stop().bytes();
  Values values;
  EXPECT_TRUE(
      pickle::Run(AsBytes(bytes), "", {.value_bytes = 1ull << 30}, values));
}

}  // namespace
}  // namespace ptscope::pickle
