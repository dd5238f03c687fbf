#include "json/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ptscope {
namespace {

// Writes down what it is told, each with its offset.
class Recorder final : public JsonHandler {
 public:
  bool OnObjectBegin() override { return Add("{"); }
  bool OnObjectEnd() override { return Add("}"); }
  bool OnArrayBegin() override { return Add("["); }
  bool OnArrayEnd() override { return Add("]"); }
  bool OnKey(std::string_view key) override {
    return Add("key " + std::string(key));
  }
  bool OnString(std::string_view text) override {
    if (text == "stop") {
      return Fail({.code = ErrorCode::kConfig, .message = "stopped"});
    }
    return Add("text " + std::string(text));
  }
  bool OnInt64(int64_t value) override {
    return Add("int " + std::to_string(value));
  }
  bool OnUint64(uint64_t value) override {
    return Add("uint " + std::to_string(value));
  }
  bool OnDouble(double value) override {
    return Add("double " + std::to_string(value));
  }
  bool OnBool(bool value) override { return Add(value ? "true" : "false"); }
  bool OnNull() override { return Add("null"); }

  std::string log;

 private:
  bool Add(const std::string& what) {
    log += what + "@" + std::to_string(offset()) + "\n";
    return true;
  }
};

std::string LogOf(std::string_view text) {
  Recorder recorder;
  const Status status = ParseJson(text, recorder);
  return status ? recorder.log : "error: " + status.error().Text();
}

std::string ErrorOf(std::string_view text, const JsonOptions& options = {}) {
  Recorder recorder;
  const Status status = ParseJson(text, recorder, options);
  if (status) return "no error";
  return status.error().place + ": " + status.error().Text();
}

TEST(ParseJson, TellsWhatItMeetsAndWhere) {
  EXPECT_EQ(LogOf(R"( {"a": [1, -2 , "x"],
 "b":null, "":true,"c" : false} )"),
            "{@1\nkey a@2\n[@7\nint 1@8\nint -2@11\ntext x@16\n]@19\n"
            "key b@23\nnull@27\nkey @33\ntrue@36\nkey c@41\nfalse@47\n}@52\n");
}

TEST(ParseJson, PassesStringsWholeAndUnescaped) {
  EXPECT_EQ(LogOf(R"(["a\nb\u0041\ud83d\ude00\"", "\\", "x"])"),
            "[@0\ntext a\nbA\U0001F600\"@1\ntext \\@29\ntext x@35\n]@38\n");
}

TEST(ParseJson, PassesKeysWholeAndUnescaped) {
  EXPECT_EQ(LogOf(R"({"a\tb":1,"c":2})"),
            "{@0\nkey a\tb@1\nint 1@8\nkey c@10\nint 2@14\n}@15\n");
}

// Longer than the parser's own buffer.
TEST(ParseJson, PassesLongStringsWhole) {
  std::string escaped;
  std::string plain;
  for (int i = 0; i < 10'000; ++i) {
    escaped += "\\u0041bc";
    plain += "Abc";
  }
  EXPECT_EQ(LogOf("\"" + escaped + "\""), "text " + plain + "@0\n");
}

TEST(ParseJson, TellsNumbersApart) {
  EXPECT_EQ(LogOf("[9223372036854775807,9223372036854775808,"
                  "-9223372036854775808,18446744073709551616,1.5,1e2]"),
            "[@0\nint 9223372036854775807@1\nuint 9223372036854775808@21\n"
            "int -9223372036854775808@41\n"
            "double 18446744073709551616.000000@62\ndouble 1.500000@83\n"
            "double 100.000000@87\n]@90\n");
}

struct Case {
  std::string_view text;
  std::string_view error;
};

TEST(ParseJson, NamesThePlaceOfWhatIsWrong) {
  const Case cases[] = {
      {"", "1:1: the JSON ends early: found the end"},
      {"{\"a\":1,\n \"b\": tru }", "2:7: this is not JSON: found `t`"},
      {"[1,]", "1:4: this is not JSON: found `]`"},
      {"[01]", "1:3: this is not JSON: found `1`"},
      {"[\"abc", "1:6: the JSON ends early: found the end"},
      {"[\"\x01\"]", "1:3: this is not JSON: found U+0001"},
      {"[\"é\xFF\"]", "1:4: this is not JSON: found a byte that is not UTF-8"},
      {"[1] 2", "1:5: more follows where the JSON has ended: found `2`"},
      {"// x\n[]", "1:1: this is not JSON: found `/`"},
      {"[NaN]", "1:2: this is not JSON: found `N`"},
  };
  for (const Case& c : cases) EXPECT_EQ(ErrorOf(c.text), c.error);
}

TEST(ParseJson, RefusesHalfASurrogatePair) {
  EXPECT_EQ(ErrorOf(R"(["\udc00"])"),
            "1:9: a \\u escape has not four digits, or is half of a surrogate "
            "pair: found `\"`");
  EXPECT_EQ(ErrorOf(R"(["\ud800"])"), "1:9: this is not JSON: found `\"`");
}

TEST(ParseJson, RefusesAByteOrderMark) {
  EXPECT_EQ(ErrorOf("\xEF\xBB\xBF{}"),
            "1:1: the text begins with a byte order mark; save it as UTF-8 "
            "without one");
}

TEST(ParseJson, RefusesAKeyThatIsThereTwice) {
  EXPECT_EQ(ErrorOf("{\"a\":{\"a\":1},\n\"\\u0061\":2}"),
            "2:1: the key \"a\" is there twice, first at 1:2");
}

TEST(ParseJson, PermitsAKeyInTwoObjects) {
  EXPECT_EQ(ErrorOf(R"({"a":{"a":1},"b":{"a":1}})"), "no error");
}

TEST(ParseJson, LimitsTheDepth) {
  EXPECT_EQ(ErrorOf("[[[]]]", {.max_depth = 3}), "no error");
  EXPECT_EQ(ErrorOf("[[[[]]]]", {.max_depth = 3}),
            "1:4: the JSON is nested too deeply: expected at most 3 levels; "
            "--max json_depth=N raises the limit");
}

TEST(ParseJson, SurvivesAMillionBrackets) {
  const std::string text(1'000'000, '[');
  Recorder recorder;
  const Status status = ParseJson(text, recorder, {.max_depth = UINT64_MAX});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kLimit);
}

TEST(ParseJson, EndsWithTheHandlersErrorAtItsPlace) {
  Recorder recorder;
  const Status status = ParseJson("[1,\n  \"stop\", x", recorder);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kConfig);
  EXPECT_EQ(status.error().place, "2:3");
}

TEST(ParseJson, GivesErrorsTheCodeOfItsReader) {
  Recorder recorder;
  const Status status = ParseJson("{", recorder, {.code = ErrorCode::kDamaged});
  EXPECT_EQ(status.error().code, ErrorCode::kDamaged);
}

// Each prefix in its own allocation, so that a memory checker sees one byte
// too far.
TEST(ParseJson, SurvivesEachPrefix) {
  const std::string text =
      R"({"a\u00e9":[1.5e3,"x\ud83d\ude00é",true],"b":{"c":null}})";
  for (size_t size = 0; size < text.size(); ++size) {
    const std::vector<char> prefix(text.begin(),
                                   text.begin() + static_cast<long>(size));
    Recorder recorder;
    EXPECT_FALSE(ParseJson({prefix.data(), prefix.size()}, recorder));
  }
}

TEST(ParseJson, WithinAFileErrorsHaveAnOffset) {
  Recorder recorder;
  const auto text = [&](std::string_view json, uint64_t depth = 64) {
    const Status status = ParseJson(
        json, recorder, {.max_depth = depth, .begins_at = uint64_t{256}});
    return status ? "" : status.error().place + status.error().Text();
  };
  EXPECT_EQ(text("{} x"),
            "offset 0x103: more follows where the JSON has "
            "ended: found `x`");
  EXPECT_EQ(text("{\"a\":1,\"a\":2}"),
            "offset 0x107: the key \"a\" is there twice, first at offset "
            "0x101");
  EXPECT_THAT(text("[[", 1), testing::StartsWith("offset 0x100: "));
  EXPECT_THAT(text("\xEF\xBB\xBF{}"), testing::StartsWith("offset 0x100: "));
}

}  // namespace
}  // namespace ptscope
