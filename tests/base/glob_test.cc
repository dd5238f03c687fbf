#include "base/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace ptscope {
namespace {

struct Case {
  std::string_view pattern;
  std::string_view name;
  bool matches;
};

TEST(Glob, MatchesWholeNames) {
  const Case cases[] = {
      {"", "", true},
      {"", "a", false},
      {"a.b", "a.b", true},
      {"a.b", "a.bc", false},
      {"a.b", "axb", false},
      {"*", "", true},
      {"*", "a.b.c", true},
      {"head.*", "head.fc.weight", true},
      {"head.*", "head", false},
      {"*.bias", "a.b.bias", true},
      {"*.bias", "a.bias.x", false},
      {"a*b*c", "a_b_b_c", true},
      {"a*b*c", "a_c_b", false},
      {"**a**", "xay", true},
      {"?", "a", true},
      {"?", "", false},
      {"?", "é", true},
      {"??", "é", false},
      {"?*", "", false},
      {"[abc]", "b", true},
      {"[abc]", "d", false},
      {"[a-c]x", "bx", true},
      {"[a-c]x", "dx", false},
      {"[!a-c]", "d", true},
      {"[!a-c]", "b", false},
      {"[!a-c]", "", false},
      {"[α-ω]", "λ", true},
      {"[α-ω]", "l", false},
      {"[]]", "]", true},
      {"[!]]", "]", false},
      {"[]a]", "a", true},
      {"[-a]", "-", true},
      {"[a-]", "-", true},
      {"[a-]", "b", false},
      {"[*?]", "*", true},
      {"[*?]", "x", false},
      {"[^a]", "^", true},
      {"[[]", "[", true},
      {"[abc", "[abc", true},
      {"[abc", "a", false},
      {"[", "[", true},
      {"[]", "[]", true},
      {"[!]", "[!]", true},
      {"x[*", "x[yz", true},
      {"*.weight_[gv]", "a.weight_g", true},
      {"?", "\xFF", true},
      {"\xFF*", "\xFF\xFE", true},
      {"[\xFF]", "\xFF", true},
      {"[\xFF]", "ÿ", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Glob(c.pattern).Matches(c.name), c.matches)
        << c.pattern << " " << testing::PrintToString(c.name);
  }
}

// A matcher that tries all ways out of each star would not end.
TEST(Glob, NeedsNoMoreThanPatternTimesName) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "a*";
  EXPECT_FALSE(Glob(pattern + "b").Matches(std::string(10'000, 'a')));
}

}  // namespace
}  // namespace ptscope
