#include "torch/legacy_stream.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/legacy_builder.h"

namespace ptscope::torch {
namespace {

using namespace test;  // the pieces of a pickle

// "key numel nbytes @count; … byte order", or the error.
std::string Read(const std::string& bytes) {
  LegacyStream stream;
  const Limits limits{};
  if (auto s = stream.Read(AsBytes(bytes), "r", limits); !s) {
    return s.error().Text();
  }
  std::vector<LegacyStorage> storages;
  KeyTable by_key;
  if (auto s = stream.Place(storages, by_key); !s) return s.error().Text();
  std::string text;
  for (const LegacyStorage& s : storages) {
    text += std::string(s.key) + ' ' + std::to_string(s.numel) + ' ' +
            std::to_string(s.nbytes) + " @" +
            std::to_string(s.count - stream.data()) + "; ";
  }
  return text += stream.byte_order();
}
std::string Placed(const Piece& object, const Pieces& keys) {
  return Read(LegacyFile(LegacyHead(), object, MakeList(keys), ""));
}

TEST(LegacyStream, KnowsItsMagicNumber) {
  for (const char protocol : {2, 3, 4, 5}) {
    std::string magic = LegacyMagic();
    magic[1] = protocol;
    EXPECT_TRUE(IsLegacyStream(AsBytes(magic)));
    magic.insert(2, std::string("\x95\x0D\0\0\0\0\0\0\0", 9));
    EXPECT_TRUE(IsLegacyStream(AsBytes(magic)));
    EXPECT_FALSE(IsLegacyStream(AsBytes(magic).first(magic.size() - 1)));
  }
  EXPECT_TRUE(IsLegacyStream(AsBytes("L119547037146038801333356L\n.")));
  EXPECT_FALSE(IsLegacyStream(AsBytes("L119547037146038801333357L\n.")));
  EXPECT_FALSE(IsLegacyStream({}));
}

TEST(LegacyStream, PlacesStoragesInTheOrderOfTheKeys) {
  EXPECT_EQ(Placed(MakeList({LegacyId("9", 3), LegacyId("10", 2, "LongStorage"),
                             LegacyId("9", 3)}),
                   {Str("10"), Str("9")}),
            "10 2 16 @0; 9 3 12 @24; little");
  EXPECT_EQ(Placed(LegacyId("q", 3, "QUInt4x2Storage"), {Str("q")}),
            "q 3 3 @0; little");
  EXPECT_EQ(Placed(None(), {}), "little");
}

TEST(LegacyStream, TakesTheByteOrderFromSysInfo) {
  const auto with = [](const Piece& info) {
    return Read(LegacyFile(LegacyHead(1001, info), None(), MakeList({}), ""));
  };
  EXPECT_EQ(with(Dict({{Str("little_endian"), False()}})), "big");
  EXPECT_EQ(with(Dict({{Str("little_endian"), Int(1)}})), "");
  EXPECT_EQ(with(Dict({})), "");
  // Whatever it is, it does not say how to read the rest.
  EXPECT_EQ(with(Call(Global("os", "system"), {Str("x")})), "");
}

TEST(LegacyStream, RefusesAnotherHead) {
  EXPECT_EQ(Read(OnePickle(Int(7)) + "N."),
            "r+0x0: it does not begin with the magic number of torch.save");
  EXPECT_EQ(Read(LegacyHead(1002) + "N.N."),
            "r+0xf: the version of the file format is not known: found 1002, "
            "expected 1001");
  EXPECT_EQ(Read(LegacyMagic() + "N.N.N."),
            "r+0xf: the version of the file format is not known: expected "
            "1001");
}

TEST(LegacyStream, TellsWhereItEnds) {
  const std::string head = LegacyHead();
  EXPECT_EQ(Read(head), "r+0x35: the pickle ends early: there is no STOP");
}

TEST(LegacyStream, RefusesKeysThatItCannotPlace) {
  const Piece object = LegacyId("0", 4);
  EXPECT_EQ(Placed(object, {Str("0"), Str("1")}).substr(8),
            "storage 1 is among the storage keys and not in the object: its "
            "length is not known");
  EXPECT_EQ(Placed(object, {Str("0"), Str("0")}).substr(8),
            "storage 0 is twice among the storage keys");
  EXPECT_EQ(Placed(object, {Int(0)}).substr(8),
            "the storage keys are no list of texts");
  EXPECT_EQ(Placed(MakeList({LegacyId("a", INT64_MAX / 4),
                             LegacyId("b", INT64_MAX / 4),
                             LegacyId("c", INT64_MAX / 4)}),
                   {Str("a"), Str("b"), Str("c")})
                .substr(8),
            "storage b is too large");
}

TEST(LegacyStream, LeavesTheClassOfAModuleInThePlaceOfItsId) {
  const Piece cls =
      Persistent(Tuple({Str("module"), Global("model", "Net"), Str("model.py"),
                        Str("class Net: pass")}));
  const std::string bytes =
      LegacyFile(LegacyHead(), New(cls), MakeList({}), "");
  LegacyStream stream;
  const Limits limits{};
  ASSERT_TRUE(stream.Read(AsBytes(bytes), "", limits));
  const auto& values = stream.values();
  const auto callable = values.CallableOf(stream.root());
  ASSERT_TRUE(values.Is(callable, pickle::Kind::kGlobal));
  EXPECT_EQ(values.GlobalById(values.GlobalIdOf(callable)).name, "Net");
}

}  // namespace
}  // namespace ptscope::torch
