#include "pickle/literals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <string_view>

#include "support/pickle_builder.h"

namespace ptscope::pickle {
namespace {

using test::Little;

std::string Dump(const std::optional<IntLiteral>& literal) {
  if (!literal) return "none";
  return literal->digits.empty() ? std::to_string(literal->value)
                                 : "digits " + literal->digits;
}

struct IntRow {
  std::string_view line;
  std::string_view dump;
};

TEST(ParseInt, ReadsWhatPythonReads) {
  const IntRow kRows[] = {
      {"0", "0"},
      {"7", "7"},
      {"-7", "-7"},
      {"+7", "7"},
      {" 7 ", "7"},
      {"0x1F", "31"},
      {"-0X1f", "-31"},
      {"010", "8"},
      {"00", "0"},
      {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"9223372036854775808", "digits 9223372036854775808"},
      {"-9223372036854775809", "digits -9223372036854775809"},
      {"99999999999999999999999", "digits 99999999999999999999999"},
      {"", "none"},
      {"-", "none"},
      {"--1", "none"},
      {"+-1", "none"},
      {"0x", "none"},
      {"0x-1", "none"},
      {"08", "none"},
      {"1.5", "none"},
      {"1e3", "none"},
      {"1 2", "none"},
      {"7L", "none"},
  };
  for (const IntRow& row : kRows) {
    EXPECT_EQ(Dump(ParseInt(row.line)), row.dump) << row.line;
  }
}

TEST(ParseLong, TakesAFinalLAndDecimalsOnly) {
  const IntRow kRows[] = {
      {"5L", "5"},
      {"5", "5"},
      {"-5L", "-5"},
      {"010L", "10"},
      {"0x10L", "none"},
      {"L", "none"},
      {"", "none"},
      {"5LL", "none"},
      {"5l", "none"},
      {"18446744073709551616L", "digits 18446744073709551616"},
  };
  for (const IntRow& row : kRows) {
    EXPECT_EQ(Dump(ParseLong(row.line)), row.dump) << row.line;
  }
}

TEST(ParseFloat, ReadsReprOfFloats) {
  EXPECT_EQ(ParseFloat("1.5"), 1.5);
  EXPECT_EQ(ParseFloat("-1e-05"), -1e-05);
  EXPECT_EQ(ParseFloat("+2"), 2.0);
  EXPECT_EQ(ParseFloat(" 2 "), 2.0);
  EXPECT_EQ(ParseFloat("inf"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(ParseFloat("-inf"), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(ParseFloat("nan").value()));
}

TEST(ParseFloat, RoundsTinyNumbersToZero) {
  EXPECT_EQ(ParseFloat("1e-400"), 0.0);
}

TEST(ParseFloat, RefusesTheRest) {
  for (const std::string_view line :
       {"", "x", "1.5x", "1e400", "-1e400", "++1", "+-1", "-+1", "1,5"}) {
    EXPECT_EQ(ParseFloat(line), std::nullopt) << line;
  }
}

TEST(ParseIndex, TakesDecimalsFromZero) {
  EXPECT_EQ(ParseIndex("0"), 0u);
  EXPECT_EQ(ParseIndex("18446744073709551615"), UINT64_MAX);
  for (const std::string_view line :
       {"", "-1", "+1", "0x1", "1.0", "18446744073709551616"}) {
    EXPECT_EQ(ParseIndex(line), std::nullopt) << line;
  }
}

struct TextRow {
  std::string_view line;
  std::optional<std::string> text;
};

TEST(ParseQuoted, ReadsEscapesOfPython2) {
  const TextRow kRows[] = {
      {"'ab'", "ab"},
      {"\"ab\"", "ab"},
      {"''", ""},
      {"'it\"s'", "it\"s"},
      {R"('\'\"\\')", "'\"\\"},
      {R"('\a\b\f\n\r\t\v')", "\a\b\f\n\r\t\v"},
      {R"('\x41\xff')", "A\xFF"},
      {R"('\0')", std::string(1, '\0')},
      {R"('\101\7\18')",
       "A\a\x01"
       "8"},
      {R"('\400')", std::string(1, '\0')},
      {R"('\q\8')", R"(\q\8)"},
      {" 'ab' ", "ab"},
  };
  for (const TextRow& row : kRows) {
    EXPECT_EQ(ParseQuoted(row.line), row.text) << row.line;
  }
}

TEST(ParseQuoted, RefusesWhatIsNoLiteral) {
  for (const std::string_view line : {"", "'", "ab", "'ab", "ab'", "'ab\"",
                                      R"('ab\')", R"('\x4')", R"('\xgg')"}) {
    EXPECT_EQ(ParseQuoted(line), std::nullopt) << line;
  }
}

TEST(ParseRawUnicode, ReadsEscapesAndLatin1) {
  const TextRow kRows[] = {
      {"ab", "ab"},
      {"\xE9", "\xC3\xA9"},
      {R"(\u20ac)", "\xE2\x82\xAC"},
      {R"(\U0001F600)", "\xF0\x9F\x98\x80"},
      {R"(\ud800)", "\xED\xA0\x80"},
      {R"(\n)", R"(\n)"},
      {R"(\\u0041)", R"(\\u0041)"},
      {R"(\\\u0041)", R"(\\A)"},
      {R"(a\)", R"(a\)"},
      {"", ""},
  };
  for (const TextRow& row : kRows) {
    EXPECT_EQ(ParseRawUnicode(row.line), row.text) << row.line;
  }
}

TEST(ParseRawUnicode, RefusesBrokenEscapes) {
  for (const std::string_view line :
       {R"(\u)", R"(\u12)", R"(\u12g4)", R"(\U0011ffff)", R"(\U1234567)"}) {
    EXPECT_EQ(ParseRawUnicode(line), std::nullopt) << line;
  }
}

TEST(ParseTwosComplement, ReadsAnyWidthThatFits64Bits) {
  EXPECT_EQ(ParseTwosComplement(""), 0);
  EXPECT_EQ(ParseTwosComplement("\x7F"), 127);
  EXPECT_EQ(ParseTwosComplement("\x80"), -128);
  EXPECT_EQ(ParseTwosComplement(std::string("\x80\x00", 2)), 128);
  EXPECT_EQ(ParseTwosComplement(Little(1ull << 63, 8)), INT64_MIN);
  EXPECT_EQ(ParseTwosComplement(Little(INT64_MAX, 8)), INT64_MAX);
  EXPECT_EQ(ParseTwosComplement(Little(1, 8) + std::string(100, '\0')), 1);
  EXPECT_EQ(ParseTwosComplement(std::string(100, '\xFF')), -1);
}

TEST(ParseTwosComplement, RefusesMoreThan64Bits) {
  EXPECT_EQ(ParseTwosComplement(Little(1ull << 63, 8) + '\0'), std::nullopt);
  EXPECT_EQ(ParseTwosComplement(Little(0, 8) + '\x01'), std::nullopt);
  EXPECT_EQ(ParseTwosComplement(Little(0, 8) + '\xFF'), std::nullopt);
  EXPECT_EQ(ParseTwosComplement(Little(INT64_MAX, 8) + '\xFF'), std::nullopt);
}

}  // namespace
}  // namespace ptscope::pickle
