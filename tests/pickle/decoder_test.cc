#include "pickle/decoder.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <string_view>

#include "support/pickle_builder.h"

namespace ptscope::pickle {
namespace {

using test::AsBytes;
using test::Little;
using test::PickleBuilder;

// Each instruction as "offset NAME number text second", then the error.
std::string Dump(const std::string& bytes) {
  Decoder decoder(AsBytes(bytes), "data.pkl");
  std::string text;
  Instruction in;
  while (decoder.Next(in)) {
    text += std::to_string(in.offset) + " " + std::string(InfoOf(in.op).name);
    switch (InfoOf(in.op).argument) {
      case Argument::kUnknown:
      case Argument::kNothing:
        break;
      case Argument::kU8:
      case Argument::kU16:
      case Argument::kU32:
      case Argument::kU64:
        text += " " + std::to_string(in.number);
        break;
      case Argument::kI32:
        text += " " + std::to_string(static_cast<int64_t>(in.number));
        break;
      case Argument::kF64:
        text += " " + std::to_string(std::bit_cast<double>(in.number));
        break;
      case Argument::kTwoLines:
        text +=
            " '" + std::string(in.text) + "' '" + std::string(in.second) + "'";
        break;
      default:
        text += " '" + std::string(in.text) + "'";
        break;
    }
    text += "\n";
    if (in.op == Opcode::kStop) return text;
  }
  return text + decoder.error().Text();
}

TEST(Opcodes, AreThe68OfProtocols0To5) {
  int count = 0;
  for (const OpcodeInfo& info : kOpcodes) {
    count += info.argument != Argument::kUnknown;
    EXPECT_LE(info.protocol, 5);
  }
  EXPECT_EQ(count, 68);
}

TEST(Decoder, ReadsEachShapeOfArgument) {
  EXPECT_EQ(Dump(PickleBuilder()
                     .Proto(4)
                     .BinInt2(0x1234)
                     .LongBinGet(0x89ABCDEF)
                     .BinInt(-5)
                     .Frame(1ull << 63)
                     .BinFloat(0.5)
                     .Int("12")
                     .Global("a", "b")
                     .ShortBinBytes("xy")
                     .BinUnicode("z")
                     .BinString("s")
                     .BinBytes8("")
                     .Stop()
                     .bytes()),
            "0 PROTO 4\n"
            "2 BININT2 4660\n"
            "5 LONG_BINGET 2309737967\n"
            "10 BININT -5\n"
            "15 FRAME 9223372036854775808\n"
            "24 BINFLOAT 0.500000\n"
            "33 INT '12'\n"
            "37 GLOBAL 'a' 'b'\n"
            "42 SHORT_BINBYTES 'xy'\n"
            "46 BINUNICODE 'z'\n"
            "52 BINSTRING 's'\n"
            "58 BINBYTES8 ''\n"
            "67 STOP\n");
}

TEST(Decoder, RefusesEveryByteThatIsNoOpcode) {
  for (int byte = 0; byte < 256; ++byte) {
    if (kOpcodes[byte].argument != Argument::kUnknown) continue;
    const std::string bytes(1, static_cast<char>(byte));
    char expected[80];
    std::snprintf(expected, sizeof expected,
                  "data.pkl+0x0: no pickle opcode has this byte: found 0x%02x",
                  byte);
    EXPECT_EQ(Dump(bytes), expected);
  }
}

TEST(Decoder, ReportsTheMissingStop) {
  EXPECT_EQ(Dump(""), "data.pkl+0x0: the pickle ends early: there is no STOP");
}

TEST(Decoder, ReportsANumberThatIsCut) {
  EXPECT_EQ(Dump(PickleBuilder().None().Raw("J\x01\x02").bytes()),
            "0 NONE\n"
            "data.pkl+0x1: the pickle ends within BININT: found 2 bytes, "
            "expected 4 or more");
}

TEST(Decoder, ReportsAFloatThatIsCut) {
  EXPECT_EQ(Dump("G1234567"),
            "data.pkl+0x0: the pickle ends within BINFLOAT: found 7 bytes, "
            "expected 8 or more");
}

TEST(Decoder, ReportsALengthThatIsCut) {
  EXPECT_EQ(Dump("X\x01"),
            "data.pkl+0x0: the pickle ends within BINUNICODE: found 1 bytes, "
            "expected 4 or more");
}

TEST(Decoder, ReportsALineWithoutEnd) {
  EXPECT_EQ(Dump("I12"),
            "data.pkl+0x0: the pickle ends within INT: its line has no end");
}

TEST(Decoder, ReportsASecondLineWithoutEnd) {
  EXPECT_EQ(Dump("cmodule\nname"),
            "data.pkl+0x0: the pickle ends within GLOBAL: its line has no end");
}

TEST(Decoder, ReportsALineAtTheVeryEnd) {
  EXPECT_EQ(
      Dump("V"),
      "data.pkl+0x0: the pickle ends within UNICODE: its line has no end");
}

TEST(Decoder, ReportsTextThatIsCut) {
  EXPECT_EQ(Dump("U\x05"
                 "abc"),
            "data.pkl+0x0: SHORT_BINSTRING has 5 bytes, and the pickle ends "
            "before: found 4 bytes");
}

TEST(Decoder, ReportsLengthsOfTwoToThe63) {
  EXPECT_EQ(Dump("\x8E" + Little(1ull << 63, 8) + "abc"),
            "data.pkl+0x0: BINBYTES8 has 9223372036854775808 bytes, and the "
            "pickle ends before: found 11 bytes");
  EXPECT_EQ(Dump("\x8D" + Little(UINT64_MAX, 8)),
            "data.pkl+0x0: BINUNICODE8 has 18446744073709551615 bytes, and the "
            "pickle ends before: found 8 bytes");
}

TEST(Decoder, ReportsNegativeLengths) {
  EXPECT_EQ(Dump("T" + Little(0xFFFFFFFF, 4)),
            "data.pkl+0x0: BINSTRING has a negative length: found -1");
  EXPECT_EQ(Dump("\x8B" + Little(0x80000000, 4)),
            "data.pkl+0x0: LONG4 has a negative length: found -2147483648");
}

TEST(Decoder, KnowsWhereItIs) {
  const std::string bytes = "NN";
  Decoder decoder(AsBytes(bytes), "");
  Instruction in;
  ASSERT_TRUE(decoder.Next(in));
  EXPECT_EQ(decoder.offset(), 1u);
  EXPECT_EQ(decoder.size(), 2u);
}

}  // namespace
}  // namespace ptscope::pickle
