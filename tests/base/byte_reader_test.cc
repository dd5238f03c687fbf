#include "base/byte_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace ptscope {
namespace {

std::span<const std::byte> Bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

TEST(ByteReader, ReadsLittleEndian) {
  const std::string bytes("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b", 11);
  ByteReader in(Bytes(bytes), "");
  EXPECT_EQ(in.U8("a"), 0x01);
  EXPECT_EQ(in.U16("b"), 0x0302);
  EXPECT_EQ(in.U64("c"), 0x0b0a090807060504u);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.left(), 0u);
}

TEST(ByteReader, GivesNothingAfterTheFirstFailure) {
  const std::string bytes = "abc";
  ByteReader in(Bytes(bytes), "");
  EXPECT_EQ(in.U32("size"), 0u);
  EXPECT_EQ(in.U8("kind"), 0u);
  EXPECT_EQ(in.Text(1, "name"), "");
  EXPECT_FALSE(in.ok());
}

TEST(ByteReader, NamesTheFirstFailure) {
  const std::string bytes = "abc";
  ByteReader in(Bytes(bytes), "dir", 0x100);
  in.U8("kind");
  in.U32("size");
  in.U64("offset");
  EXPECT_EQ(in.error().Text(),
            "dir+0x101: the size ends early: found 2 bytes, expected 4");
}

TEST(ByteReader, RefusesALengthThatWouldWrap) {
  const std::string bytes = "abcd";
  ByteReader in(Bytes(bytes), "");
  in.U8("kind");
  EXPECT_TRUE(in.Bytes(UINT64_MAX, "name").empty());
  EXPECT_FALSE(in.ok());
}

TEST(ByteReader, SubCannotSeePastItsEnd) {
  const std::string bytes = "abcdef";
  ByteReader in(Bytes(bytes), "", 10);
  ByteReader sub = in.Sub(2, "field");
  EXPECT_EQ(sub.Text(2, "text"), "ab");
  sub.U8("more");
  EXPECT_FALSE(sub.ok());
  EXPECT_EQ(in.offset(), 12u);
  EXPECT_EQ(in.Text(4, "rest"), "cdef");
}

}  // namespace
}  // namespace ptscope
