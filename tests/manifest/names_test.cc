#include <gtest/gtest.h>

#include <string>

#include "base/arena.h"
#include "manifest/parse.h"

namespace ptscope {
namespace {

// "<a><b>", or the error.
std::string Names(const Result<ReferenceSet>& r) {
  if (!r) return r.error().place + ": " + r.error().Text();
  EXPECT_EQ(r->kind, ReferenceSet::Kind::kNames);
  std::string text;
  for (const NamedTensor& t : r->versions[0].tensors) {
    EXPECT_FALSE(t.dtype != nullptr || t.shape);
    text += "<" + std::string(t.name) + ">";
  }
  return text;
}

std::string Lines(std::string_view text) {
  return Names(manifest::ParseNameLines(text));
}

std::string Array(std::string_view text) {
  return Names(manifest::ParseNameArray(text, Limits()));
}

TEST(ParseNameLines, TakesEachLineAsItIs) {
  EXPECT_EQ(Lines("a\nb"), "<a><b>");
  EXPECT_EQ(Lines("a\nb\n"), "<a><b>");
  EXPECT_EQ(Lines("\n\na\n\nb\n\n"), "<a><b>");
  EXPECT_EQ(Lines("a\r\nb\r\n\r\n"), "<a><b>");
  EXPECT_EQ(Lines(" a \n#b\n\\n"), "< a ><#b><\\n>");
  EXPECT_EQ(Lines("a\rb\r"), "<a\rb\r>");
  EXPECT_EQ(Lines("é"), "<é>");
  EXPECT_EQ(Lines(""), "");
}

TEST(ParseNameLines, NamesTheLineThatIsNotUtf8) {
  EXPECT_EQ(Lines("a\nb\xFF\n"), "2:1: line 2 is not UTF-8");
}

TEST(ParseNameLines, NamesBothLinesOfAName) {
  EXPECT_EQ(Lines("a\nb\n\na\n"),
            "4:1: the name \"a\" is there twice, in line 1 and in line 4");
}

TEST(ParseNameLines, RefusesAByteOrderMark) {
  EXPECT_EQ(Lines("\xEF\xBB\xBF"
                  "a\n"),
            "1:1: the list of names begins with a byte order mark; save it as "
            "UTF-8 without one");
}

TEST(ParseNameArray, TakesStrings) {
  EXPECT_EQ(Array(R"(["a", "b\u0041", ""])"), "<a><bA><>");
  EXPECT_EQ(Array("[]"), "");
}

TEST(ParseNameArray, RefusesAnythingElse) {
  EXPECT_EQ(Array(R"(["a", 1])"),
            "1:7: a list of names holds something else: found a number, "
            "expected a string");
  EXPECT_EQ(Array(R"([["a"]])"),
            "1:2: a list of names holds something else: found an array, "
            "expected a string");
}

TEST(ParseNameArray, NamesBothPlacesOfAName) {
  EXPECT_EQ(Array("[\"a\",\n \"a\"]"),
            "2:2: the name \"a\" is there twice, first at 1:2");
}

}  // namespace
}  // namespace ptscope
