#include "pickle/dict_items.h"

#include <gtest/gtest.h>

#include <string>

#include "pickle/machine.h"
#include "support/pickle_builder.h"
#include "support/value_dump.h"

namespace ptscope::pickle {
namespace {

using test::AsBytes;
using test::DumpValue;
using test::Little;
using test::PickleBuilder;
using B = PickleBuilder;

// The items of the dict at STOP: "key=value key=value".
std::string Items(const B& pickle) {
  const std::string bytes = pickle.bytes();
  Values values;
  const auto program = pickle::Run(AsBytes(bytes), "", {}, values);
  if (!program) return program.error().Text();
  PodVector<Item> items;
  DictReader(values).Read(program->root, items);
  std::string text;
  for (const Item& item : items) {
    if (!text.empty()) text += ' ';
    text += DumpValue(values, item.key) + "=" + DumpValue(values, item.value);
  }
  return text;
}

// A dict of these items, and of `more` integer keys, from 100 on, that make it
// large enough for the hash table.
B Dict(const B& items, int more = 0) {
  B pickle;
  pickle.EmptyDict().Mark();
  for (int i = 0; i < more; ++i) pickle.BinInt1(100 + i).None();
  return pickle.Raw(items.bytes()).SetItems().Stop();
}

struct Row {
  const char* why;
  B items;
  std::string_view few;
};

// Every claim holds for a small dict, which is searched, and for a large one.
const Row kRows[] = {
    {"of equal keys the last value in the place of the first",
     B().BinUnicode("a")
         .BinInt1(1)
         .BinUnicode("b")
         .BinInt1(2)
         .BinUnicode("a")
         .BinInt1(3),
     "'a'=3 'b'=2"},
    {"1, True and 1.0 are one key",
     B().BinInt1(1).BinInt1(1).NewTrue().BinInt1(2).BinFloat(1).BinInt1(3),
     "1=3"},
    {"0, False, 0.0 and -0.0 are one key",
     B().BinFloat(-0.0)
         .BinInt1(1)
         .NewFalse()
         .BinInt1(2)
         .BinInt1(0)
         .BinInt1(3)
         .BinFloat(0)
         .BinInt1(4),
     "-0=4"},
    {"a large integer equals itself in another width",
     B().BinInt(-1).BinInt1(1).Long1("\xFF").BinInt1(2), "-1=2"},
    {"text of both Pythons is one key",
     B().BinUnicode("a").BinInt1(1).ShortBinString("a").BinInt1(2), "'a'=2"},
    {"text and bytes are two keys",
     B().BinUnicode("a").BinInt1(1).ShortBinBytes("a").BinInt1(2),
     "'a'=1 b'a'=2"},
    {"text and its number are two keys",
     B().BinUnicode("1").BinInt1(1).BinInt1(1).BinInt1(2), "'1'=1 1=2"},
    {"None equals None alone",
     B().None().BinInt1(1).BinInt1(0).BinInt1(2).None().BinInt1(3),
     "None=3 0=2"},
    {"equal tuples are one key",
     B().BinUnicode("a")
         .BinInt1(1)
         .Tuple2()
         .BinInt1(1)
         .BinUnicode("a")
         .BinFloat(1)
         .Tuple2()
         .BinInt1(2),
     "('a', 1)=2"},
    {"tuples of other members or lengths are others",
     B().BinInt1(1)
         .Tuple1()
         .BinInt1(1)
         .BinInt1(2)
         .Tuple1()
         .BinInt1(2)
         .EmptyTuple()
         .BinInt1(3),
     "(1)=1 (2)=2 ()=3"},
    {"one global is one key",
     B().Global("m", "A")
         .BinInt1(1)
         .Global("m", "B")
         .BinInt1(2)
         .Global("m", "A")
         .BinInt1(3),
     "m.A=3 m.B=2"},
    {"objects are told apart",
     B().Global("m", "f")
         .EmptyTuple()
         .Reduce()
         .BinInt1(1)
         .Global("m", "f")
         .EmptyTuple()
         .Reduce()
         .BinInt1(2),
     "m.f()=1 m.f()=2"},
    {"an object equals itself",
     B().Global("m", "f")
         .EmptyTuple()
         .Reduce()
         .BinPut(0)
         .BinInt1(1)
         .BinGet(0)
         .BinInt1(2),
     "m.f()=2"},
    {"NaN equals itself alone",
     B().Float("nan")
         .BinPut(0)
         .BinInt1(1)
         .Float("nan")
         .BinInt1(2)
         .BinGet(0)
         .BinInt1(3),
     "nan=3 nan=2"},
    {"2**53 + 1 is no float",
     B().Long1(Little((1ull << 53) + 1, 8))
         .BinInt1(1)
         .BinFloat(9007199254740992.0)
         .BinInt1(2),
     "9007199254740993=1 9007199254740992=2"},
};

TEST(DictReader, MergesKeysOfSmallDictsAsPythonDoes) {
  for (const Row& row : kRows) {
    EXPECT_EQ(Items(Dict(row.items)), row.few) << row.why;
  }
}

TEST(DictReader, MergesKeysOfLargeDictsAsPythonDoes) {
  const std::string others = Items(Dict(B(), 9)) + " ";
  for (const Row& row : kRows) {
    EXPECT_EQ(Items(Dict(row.items, 9)), others + std::string(row.few))
        << row.why;
  }
}

TEST(DictReader, MergesOverTheRunsOfOneDict) {
  EXPECT_EQ(Items(B().EmptyDict()
                      .BinPut(0)
                      .BinInt1(1)
                      .None()
                      .SetItem()
                      .Mark()
                      .Pop()
                      .BinInt1(2)
                      .EmptyDict()
                      .BinInt1(7)
                      .None()
                      .SetItem()
                      .SetItem()
                      .BinInt1(1)
                      .NewTrue()
                      .SetItem()
                      .Stop()),
            "1=True 2={7: None}");
}

TEST(DictReader, ReadsItemsOfObjects) {
  EXPECT_EQ(Items(B().Global("collections", "OrderedDict")
                      .EmptyTuple()
                      .Reduce()
                      .BinInt1(1)
                      .None()
                      .SetItem()
                      .BinInt1(1)
                      .NewTrue()
                      .SetItem()
                      .Stop()),
            "1=True");
}

TEST(DictReader, AppendsToWhatIsThere) {
  const std::string bytes =
      B().EmptyDict().BinInt1(1).None().SetItem().Stop().bytes();
  Values values;
  const auto program = pickle::Run(AsBytes(bytes), "", {}, values);
  ASSERT_TRUE(program);
  DictReader reader(values);
  PodVector<Item> items;
  reader.Read(program->root, items);
  reader.Read(program->root, items);
  EXPECT_EQ(items.size(), 2u);
}

TEST(DictReader, FindsTheLastValueOfAKey) {
  const std::string bytes = B().EmptyDict()
                                .Mark()
                                .BinUnicode("a")
                                .BinInt1(1)
                                .ShortBinString("a")
                                .BinInt1(2)
                                .SetItems()
                                .Stop()
                                .bytes();
  Values values;
  const auto program = pickle::Run(AsBytes(bytes), "", {}, values);
  ASSERT_TRUE(program);
  const DictReader reader(values);
  EXPECT_EQ(reader.Find(program->root, "a"), Ref::SmallInt(2));
  EXPECT_EQ(reader.Find(program->root, "b"), Ref::kAbsent);
}

// A key that refers to a tuple a thousand times, which refers to another one a
// thousand times, and so on: comparing it member by member never ends.
B TupleBomb(int levels) {
  B bomb;
  bomb.Mark().Times(1000, B().BinInt1(1)).Tuple().BinPut(1).Pop();
  for (int i = 0; i < levels; ++i) {
    bomb.Mark().Times(1000, B().BinGet(1)).Tuple().BinPut(1).Pop();
  }
  return bomb.BinGet(1);
}

TEST(DictReader, HashesATupleBombInBoundedTime) {
  EXPECT_EQ(Items(Dict(B().Raw(TupleBomb(4).bytes()).None(), 9)).substr(0, 9),
            "100=None ");
}

TEST(DictReader, ComparesTupleBombsInBoundedTime) {
  EXPECT_EQ(Items(Dict(B().Raw(TupleBomb(4).bytes())
                           .None()
                           .Raw(TupleBomb(4).bytes())
                           .None()))
                .substr(0, 4),
            "((((");
}

TEST(DictReader, HashesALongSharedKeyOnce) {
  B items;
  items.BinUnicode(std::string(1 << 20, 'k')).BinPut(0).None();
  items.Times(100'000, B().BinGet(0).None());
  EXPECT_EQ(Items(Dict(items)).substr(0, 3), "'kk");
}

}  // namespace
}  // namespace ptscope::pickle
