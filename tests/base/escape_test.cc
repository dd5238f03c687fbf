#include "base/escape.h"

#include <gtest/gtest.h>

#include <string>

namespace ptscope {
namespace {

std::string Escaped(std::string_view text, EscapeFor where) {
  std::string out;
  EscapeText(out, text, where);
  return out;
}

struct Case {
  std::string_view text;
  std::string_view table;
  std::string_view elsewhere;
};

TEST(EscapeText, FollowsTheTable) {
  const Case cases[] = {
      {"", "", ""},
      {"layers.0.weight", "layers.0.weight", "layers.0.weight"},
      {"a\\b", "a\\\\b", "a\\\\b"},
      {"a b", "a\\x20b", "a b"},
      {"a\tb\nc\x1B[31m", "a\\x09b\\x0ac\\x1b[31m", "a\\x09b\\x0ac\\x1b[31m"},
      {"\x7F", "\\x7f", "\\x7f"},
      {"é€\U0001F600", "é€\U0001F600", "é€\U0001F600"},
      {"\xFF\xC3", "\\xff\\xc3", "\\xff\\xc3"},
      {"\xED\xA0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80"},
      {"\u0085", "\\u{85}", "\\u{85}"},
      {"\u00A0", "\\u{a0}", "\u00A0"},
      {"\u2028\u2029", "\\u{2028}\\u{2029}", "\\u{2028}\\u{2029}"},
      {"\u061C\u200E\u200F", "\\u{61c}\\u{200e}\\u{200f}",
       "\\u{61c}\\u{200e}\\u{200f}"},
      {"\u202A\u202E", "\\u{202a}\\u{202e}", "\\u{202a}\\u{202e}"},
      {"\u2066\u2069", "\\u{2066}\\u{2069}", "\\u{2066}\\u{2069}"},
      {"\u2027\u202F\u2065\u206A", "\u2027\u202F\u2065\u206A",
       "\u2027\u202F\u2065\u206A"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Escaped(c.text, EscapeFor::kTable), c.table);
    EXPECT_EQ(Escaped(c.text, EscapeFor::kTsv), c.elsewhere);
    EXPECT_EQ(Escaped(c.text, EscapeFor::kCsv), c.elsewhere);
    EXPECT_EQ(Escaped(c.text, EscapeFor::kStderr), c.elsewhere);
  }
}

// Plain text is looked at eight bytes at a step: an odd byte must be found
// wherever it stands.
TEST(EscapeText, FindsAnOddByteAtEachPlace) {
  for (size_t size = 1; size < 40; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      text[at] = '\x01';
      std::string expected(at, 'a');
      expected += "\\x01" + std::string(size - at - 1, 'a');
      EXPECT_EQ(Escaped(text, EscapeFor::kTsv), expected);
    }
  }
}

TEST(EscapeText, LeavesNoByteThatMovesTheCursor) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text = {'x', static_cast<char>(first),
                                static_cast<char>(second)};
      for (const char c : Escaped(text, EscapeFor::kTable)) {
        ASSERT_TRUE(static_cast<unsigned char>(c) > 0x20 && c != 0x7F);
      }
    }
  }
}

}  // namespace
}  // namespace ptscope
