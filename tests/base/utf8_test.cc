#include "base/utf8.h"

#include <gtest/gtest.h>

namespace ptscope {
namespace {

TEST(IsValidUtf8, AcceptsEveryLength) {
  EXPECT_TRUE(IsValidUtf8(""));
  EXPECT_TRUE(IsValidUtf8("plain text of more than eight bytes"));
  EXPECT_TRUE(IsValidUtf8("é€\U0001F600 and again é"));
}

TEST(IsValidUtf8, RefusesWhatIsNone) {
  const std::string_view cases[] = {
      "\x80",              // a second byte alone
      "\xC3",              // cut short
      "\xE2\x82",          // cut short
      "\xF0\x9F\x98",      // cut short
      "\xC0\x80",          // overlong
      "\xC1\xBF",          // overlong
      "\xE0\x9F\xBF",      // overlong
      "\xF0\x8F\xBF\xBF",  // overlong
      "\xED\xA0\x80",      // a surrogate
      "\xF4\x90\x80\x80",  // above U+10FFFF
      "\xF5\x80\x80\x80",  // above U+10FFFF
      "\xC3\x28",          // no second byte
      "plain and then \xFF",
  };
  for (const std::string_view text : cases) {
    EXPECT_FALSE(IsValidUtf8(text)) << testing::PrintToString(text);
  }
}

TEST(IsUtf8WithSurrogates, PermitsOnlyThoseBeside) {
  EXPECT_TRUE(IsUtf8WithSurrogates("a\xED\xA0\x80"));
  EXPECT_TRUE(IsUtf8WithSurrogates("\xED\xBF\xBF"));
  EXPECT_FALSE(IsUtf8WithSurrogates("\xED\xA0"));
  EXPECT_FALSE(IsUtf8WithSurrogates("\xC0\x80"));
}

TEST(DecodeUtf8, UndoesAppendUtf8) {
  for (const char32_t c : {0x0u, 0x7Fu, 0x80u, 0x7FFu, 0x800u, 0xD7FFu, 0xE000u,
                           0xFFFFu, 0x10000u, 0x10FFFFu}) {
    std::string text;
    AppendUtf8(text, c);
    const CodePoint decoded = DecodeUtf8(text, 0);
    EXPECT_EQ(decoded.value, c);
    EXPECT_EQ(decoded.length, text.size());
  }
}

TEST(Latin1ToUtf8, MapsEachByteToItsCodePoint) {
  EXPECT_EQ(Latin1ToUtf8("a\x7F\x80\xFF"), "a\x7F\xC2\x80\xC3\xBF");
}

}  // namespace
}  // namespace ptscope
