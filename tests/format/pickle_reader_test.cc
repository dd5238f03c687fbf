#include "format/pickle_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "base/byte_reader.h"
#include "support/pickle_builder.h"

namespace ptscope::format {
namespace {

using test::AsBytes;
using test::PickleBuilder;

const Limits kLimits;

TEST(PickleReader, ReadsPicklesAndWhatLiesBetween) {
  const std::string bytes = "skip}.abc].";
  const auto source = OpenMemory(AsBytes(bytes));
  PickleReader in(*source, 4, bytes.size(), "r", kLimits);
  in.Forget();
  EXPECT_EQ(AsText(*in.Pickle()), "}.");
  EXPECT_EQ(AsText(*in.Bytes(1)), "a");
  ASSERT_TRUE(in.Skip(2));
  in.Forget();
  EXPECT_EQ(AsText(*in.Pickle()), "].");
  EXPECT_EQ(in.offset(), bytes.size());
  EXPECT_EQ(in.Pickle().error().Text(),
            "r+0x7: the pickle ends early: there is no STOP; copy or download "
            "it again");
}

// Whatever the length of the pickle is: opcodes lie across the pieces.
TEST(PickleReader, FindsStopInAnyPiece) {
  for (size_t n = 4080; n < 4110; ++n) {
    const std::string pickle = PickleBuilder()
                                   .BinUnicode(std::string(n, 'x'))
                                   .Pop()
                                   .None()
                                   .Stop()
                                   .bytes();
    const std::string bytes = pickle + pickle;
    const auto source = OpenMemory(AsBytes(bytes));
    PickleReader in(*source, 0, bytes.size(), "", kLimits);
    ASSERT_EQ(AsText(*in.Pickle()), pickle);
    ASSERT_EQ(AsText(*in.Pickle()), pickle);
    EXPECT_EQ(AsText(in.FromBegin()), bytes);
  }
}

TEST(PickleReader, ReadsLittleMoreThanThePickle) {
  const std::string bytes = "N." + std::string(10 << 20, '\0');
  const auto memory = OpenMemory(AsBytes(bytes));
  const CountingSource source(*memory);
  PickleReader in(source, 0, bytes.size(), "", kLimits);
  ASSERT_TRUE(in.Pickle());
  EXPECT_EQ(source.bytes(), 4096u);
  ASSERT_TRUE(in.Skip(9 << 20));
  ASSERT_TRUE(in.Bytes(8));
  EXPECT_LT(source.bytes(), 32u << 10);
}

TEST(PickleReader, ReadsFewTimes) {
  std::string bytes = "(";
  while (bytes.size() < 4 << 20) bytes += "K\1";
  bytes += "t.";
  const auto memory = OpenMemory(AsBytes(bytes));
  const CountingSource source(*memory);
  PickleReader in(source, 0, bytes.size(), "", kLimits);
  EXPECT_EQ(in.Pickle()->size(), bytes.size());
  EXPECT_LT(source.reads(), 16u);
}

TEST(PickleReader, LooksAtALongLineFewTimes) {
  const std::string bytes = "V" + std::string(8 << 20, 'x') + "\n.";
  const auto memory = OpenMemory(AsBytes(bytes));
  const CountingSource source(*memory);
  PickleReader in(source, 0, bytes.size(), "", kLimits);
  EXPECT_EQ(in.Pickle()->size(), bytes.size());
  EXPECT_LT(source.reads(), 16u);
}

TEST(PickleReader, DoesNotReadForALengthThatIsNotThere) {
  const std::string bytes =
      std::string("X\xFF\xFF\xFF\x7F", 5) + std::string(100'000, 'x');
  const auto memory = OpenMemory(AsBytes(bytes));
  const CountingSource source(*memory);
  PickleReader in(source, 0, bytes.size(), "", kLimits);
  EXPECT_EQ(in.Pickle().error().Text(),
            "offset 0x0: BINUNICODE has 2147483647 bytes, and the pickle ends "
            "before: found 4095 bytes; copy or download it again");
  EXPECT_EQ(source.reads(), 1u);
}

TEST(PickleReader, NamesAnOpcodeThatDoesNotExist) {
  const std::string bytes = "(\xFF.";
  const auto source = OpenMemory(AsBytes(bytes));
  PickleReader in(*source, 0, bytes.size(), "", kLimits);
  EXPECT_EQ(in.Pickle().error().Text(),
            "offset 0x1: no pickle opcode has this byte: found 0xff");
}

TEST(PickleReader, HasALimit) {
  const std::string bytes =
      "X" + test::Little(10'000, 4) + std::string(10'000, 'x') + ".";
  const auto source = OpenMemory(AsBytes(bytes));
  const Limits limits = {.pickle = 5000};
  PickleReader in(*source, 0, bytes.size(), "", limits);
  EXPECT_EQ(in.Pickle().error().code, ErrorCode::kLimit);
}

TEST(PickleReader, CannotPassItsEnd) {
  const std::string bytes = "N.abcd";
  const auto source = OpenMemory(AsBytes(bytes));
  PickleReader in(*source, 0, 4, "r", kLimits);
  ASSERT_TRUE(in.Pickle());
  EXPECT_EQ(in.Bytes(3).error().Text(),
            "r+0x2: it ends early: found 2 bytes, expected 3; copy or download "
            "it again");
  EXPECT_FALSE(in.Skip(UINT64_MAX));
  EXPECT_TRUE(in.Skip(2));
}

}  // namespace
}  // namespace ptscope::format
