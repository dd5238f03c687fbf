#include "json/writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace ptscope {
namespace {

std::string StringOf(std::string_view text) {
  JsonWriter json;
  json.String(text);
  return std::string(json.text());
}

std::string DoubleOf(double value) {
  JsonWriter json;
  json.Double(value);
  return std::string(json.text());
}

TEST(JsonWriter, SetsCommasAndColons) {
  JsonWriter json;
  json.BeginObject();
  json.Field("a", 1);
  json.Key("b");
  json.BeginArray();
  json.Int(-1);
  json.BeginObject();
  json.EndObject();
  json.Null();
  json.EndArray();
  json.Field("c", true);
  json.EndObject();
  EXPECT_EQ(json.text(), R"({"a":1,"b":[-1,{},null],"c":true})");
}

TEST(JsonWriter, WritesFieldsOfEachType) {
  const std::vector<int64_t> shape = {64, -3, 0};
  JsonWriter json;
  json.BeginObject();
  json.Field("text", "x");
  json.Field("view", std::string_view("y"));
  json.Field("string", std::string("z"));
  json.Field("signed", std::numeric_limits<int64_t>::min());
  json.Field("unsigned", std::numeric_limits<uint64_t>::max());
  json.Field("byte", uint8_t{7});
  json.Field("bool", false);
  json.Field("double", 0.5);
  json.Field("array", std::span<const int64_t>(shape));
  json.EndObject();
  EXPECT_EQ(json.text(),
            R"({"text":"x","view":"y","string":"z",)"
            R"("signed":-9223372036854775808,"unsigned":18446744073709551615,)"
            R"("byte":7,"bool":false,"double":0.5,"array":[64,-3,0]})");
}

TEST(JsonWriter, ForgetsTheCommaAtTheEndOfALine) {
  JsonWriter json;
  json.BeginArray();
  json.EndArray();
  json.Newline();
  json.BeginArray();
  json.EndArray();
  EXPECT_EQ(json.text(), "[]\n[]");
}

TEST(JsonWriter, BreaksLinesWithinAnObject) {
  JsonWriter json({}, JsonWriter::Spacing::kSpaced);
  json.BeginObject();
  json.NextLine(2);
  json.Field("a", 1);
  json.NextLine(2);
  json.Key("b");
  json.BeginArray();
  json.Int(1);
  json.Int(2);
  json.EndArray();
  json.Newline(0);
  json.EndObject();
  EXPECT_EQ(json.text(), "{\n  \"a\": 1,\n  \"b\": [1, 2]\n}");
}

struct Case {
  std::string_view text;
  std::string_view json;
};

TEST(JsonWriter, EscapesWhatNoTerminalShouldSee) {
  const Case cases[] = {
      {"", R"("")"},
      {"layers.0.weight", R"("layers.0.weight")"},
      {"a\"b\\c/", R"("a\"b\\c/")"},
      {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
      {std::string_view("\0\x1B", 2), R"("\u0000\u001b")"},
      {"\x7F", R"("\u007f")"},
      {"\u0085\u009B", R"("\u0085\u009b")"},
      {"\u00A0é€\U0001F600", "\"\u00A0é€\U0001F600\""},
      {"\u2028\u2029", R"("\u2028\u2029")"},
      {"\u061C\u200E\u200F\u202A\u202E\u2066\u2069",
       R"("\u061c\u200e\u200f\u202a\u202e\u2066\u2069")"},
      {"a\xFF\xE2\x82z", "\"a\uFFFD\uFFFD\uFFFDz\""},
      {"\xED\xA0\x80", "\"\uFFFD\uFFFD\uFFFD\""},
  };
  for (const Case& c : cases) EXPECT_EQ(StringOf(c.text), c.json);
}

TEST(JsonWriter, AddsTheBytesOfWhatIsNotUtf8) {
  JsonWriter json;
  json.BeginObject();
  json.Field("name", "a\xFF");
  json.Field("dtype", "float32");
  json.EndObject();
  EXPECT_EQ(json.text(),
            "{\"name\":\"a\uFFFD\",\"name_b64\":\"Yf8=\","
            "\"dtype\":\"float32\"}");
}

TEST(JsonWriter, EscapesKeysOfTheFile) {
  JsonWriter json;
  json.BeginObject();
  EXPECT_TRUE(json.TextKey("a\"\n"));
  json.Int(1);
  EXPECT_FALSE(json.TextKey("\xFF"));
  json.Int(2);
  json.EndObject();
  EXPECT_EQ(json.text(), "{\"a\\\"\\n\":1,\"\uFFFD\":2}");
}

TEST(JsonWriter, WritesDoublesSoThatTheyReadBack) {
  EXPECT_EQ(DoubleOf(0), "0");
  EXPECT_EQ(DoubleOf(-0.0), "-0");
  EXPECT_EQ(DoubleOf(0.1), "0.1");
  EXPECT_EQ(DoubleOf(1e300), "1e+300");
  EXPECT_EQ(DoubleOf(-std::numeric_limits<double>::denorm_min()), "-5e-324");
}

TEST(JsonWriter, WritesWhatIsNotFiniteAsText) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(DoubleOf(infinity), "\"Infinity\"");
  EXPECT_EQ(DoubleOf(-infinity), "\"-Infinity\"");
  EXPECT_EQ(DoubleOf(std::numeric_limits<double>::quiet_NaN()), "\"NaN\"");
}

// The same text, whatever the sizes of the pieces.
TEST(JsonWriter, GivesItsSinkAllThatItKeepsWithoutOne) {
  const auto write = [](JsonWriter& json) {
    json.BeginArray();
    for (size_t i = 0; i < 2000; ++i) {
      json.Uint(i * i);
      json.String(std::string(i % 300, 'x') + "\n");
    }
    json.String(std::string(200'000, 'y'));
    json.String(std::string(200'000, '\x01'));
    json.EndArray();
  };
  JsonWriter kept;
  write(kept);
  std::string sunk;
  size_t largest = 0;
  JsonWriter json([&](std::string_view piece) {
    sunk += piece;
    largest = std::max(largest, piece.size());
  });
  write(json);
  json.Flush();
  EXPECT_EQ(sunk, kept.text());
  EXPECT_LE(largest, size_t{64} << 10);
  EXPECT_EQ(json.text(), "");
}

}  // namespace
}  // namespace ptscope
