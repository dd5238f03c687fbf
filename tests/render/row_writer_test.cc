#include "render/row_writer.h"

#include <gtest/gtest.h>

#include <string>

namespace ptscope::render {
namespace {

constexpr Dialect kTsv = {'\t', "\n", false, EscapeFor::kTsv};
constexpr Dialect kCsv = {',', "\r\n", true, EscapeFor::kCsv};
constexpr std::string_view kAbc[] = {"a", "b", "c"};

// What the rows of `write` are.
template <typename Write>
std::string Rows(const Dialect& dialect, Write write) {
  std::string out;
  RowWriter rows([&](std::string_view text) { out += text; }, dialect, kAbc);
  write(rows);
  rows.Flush();
  return out;
}

// The cell of a text.
std::string Cell(const Dialect& dialect, std::string_view text) {
  std::string row = Rows(dialect, [&](RowWriter& rows) {
    rows.Field("a", text);
    rows.EndRow();
  });
  const std::string end =
      std::string(2, dialect.separator) + std::string(dialect.line_end);
  EXPECT_TRUE(row.ends_with(end));
  return row.substr(0, row.size() - end.size());
}

TEST(RowWriter, HeaderNamesTheColumns) {
  const auto header = [](RowWriter& rows) { rows.Header(); };
  EXPECT_EQ(Rows(kTsv, header), "a\tb\tc\n");
  EXPECT_EQ(Rows(kCsv, header), "a,b,c\r\n");
}

TEST(RowWriter, LeavesCellsEmptyWhoseFieldDoesNotCome) {
  EXPECT_EQ(Rows(kTsv,
                 [](RowWriter& rows) {
                   rows.Field("b", 1);
                   rows.EndRow();
                   rows.EndRow();
                   rows.Field("a", 2);
                   rows.Field("c", 3);
                   rows.EndRow();
                 }),
            "\t1\t\n"
            "\t\t\n"
            "2\t\t3\n");
}

TEST(RowWriter, ScalarsAreText) {
  EXPECT_EQ(Rows(kTsv,
                 [](RowWriter& rows) {
                   rows.Field("a", true);
                   rows.Field("b", int64_t{-3});
                   rows.Field("c", UINT64_MAX);
                   rows.EndRow();
                   rows.Field("a", "word");
                   rows.Key("b");
                   rows.Raw("18446744073709551616");
                   rows.Field("c", 0.5);
                   rows.EndRow();
                 }),
            "true\t-3\t18446744073709551615\n"
            "word\t18446744073709551616\t0.5\n");
}

TEST(RowWriter, ArraysAndObjectsAreJson) {
  const auto write = [](RowWriter& rows) {
    const int64_t shape[] = {64, 3};
    rows.Field("a", std::span<const int64_t>(shape));
    rows.Key("b");
    rows.BeginArray();
    rows.Int(2);
    rows.Null();
    rows.EndArray();
    rows.Key("c");
    rows.BeginObject();
    rows.Field("x", "y");
    rows.Key("z");
    rows.BeginArray();
    rows.EndArray();
    rows.EndObject();
    rows.EndRow();
  };
  EXPECT_EQ(Rows(kTsv, write), "[64,3]\t[2,null]\t{\"x\":\"y\",\"z\":[]}\n");
  EXPECT_EQ(Rows(kCsv, write),
            "\"[64,3]\",\"[2,null]\",\"{\"\"x\"\":\"\"y\"\",\"\"z\"\":[]}\""
            "\r\n");
}

TEST(RowWriter, ACellEndsNeitherItselfNorItsLine) {
  EXPECT_EQ(Cell(kTsv, "t\tn\nr\r\\ ,\""), "t\\x09n\\x0ar\\x0d\\\\ ,\"");
  EXPECT_EQ(Cell(kCsv, "t\tn\nr\r\\"), "t\\x09n\\x0ar\\x0d\\\\");
}

TEST(RowWriter, CsvQuotesWhatNeedsIt) {
  EXPECT_EQ(Cell(kCsv, "a b'c;"), "a b'c;");
  EXPECT_EQ(Cell(kCsv, "a,b"), "\"a,b\"");
  EXPECT_EQ(Cell(kCsv, "\""), "\"\"\"\"");
  EXPECT_EQ(Cell(kCsv, "a\"\"b\x1B"), "\"a\"\"\"\"b\\x1b\"");
}

TEST(RowWriter, TellsBytesThatAreNotUtf8) {
  EXPECT_EQ(Cell(kTsv, "a\xED\xA0\x80\xFFz"), "a\\xed\\xa0\\x80\\xffz");
  EXPECT_EQ(Cell(kTsv, "\u202E\u009Bé"), "\\u{202e}\\u{9b}é");
}

TEST(RowWriter, TheTextOfAJsonCellIsEscapedLikeAny) {
  const auto write = [](RowWriter& rows) {
    rows.Key("a");
    rows.BeginArray();
    rows.String("n\n\"\x1B\\");
    rows.EndArray();
    rows.EndRow();
  };
  EXPECT_EQ(Rows(kTsv, write), R"(["n\\n\\"\\u001b\\\\"])"
                               "\t\t\n");
  EXPECT_EQ(Rows(kCsv, write), R"("[""n\\n\\""\\u001b\\\\""]",,)"
                               "\r\n");
}

// Long cells are passed on in pieces, which no character may be cut by.
TEST(RowWriter, LongTextIsWhole) {
  for (size_t shift = 0; shift < 4; ++shift) {
    std::string text(shift, '-');
    for (int i = 0; i < 50000; ++i) text += "😀";
    EXPECT_EQ(Cell(kTsv, text), text);
    EXPECT_EQ(Cell(kCsv, text + "\""), "\"" + text + "\"\"\"");
  }
  const std::string bytes(200000, '\x80');
  std::string escaped;
  EscapeText(escaped, bytes, EscapeFor::kTsv);
  EXPECT_EQ(Cell(kTsv, bytes), escaped);
}

TEST(RowWriter, LongJsonIsWhole) {
  const std::string text(200000, '\n');
  std::string escaped;
  for (size_t i = 0; i < text.size(); ++i) escaped += "\\\\n";
  const auto write = [&](RowWriter& rows) {
    for (const char* key : {"a", "b"}) {
      rows.Key(key);
      rows.BeginArray();
      rows.String(text);
      rows.EndArray();
    }
    rows.Field("c", 1);
    rows.EndRow();
  };
  const std::string json = "[\"" + escaped + "\"]";
  EXPECT_EQ(Rows(kTsv, write), json + "\t" + json + "\t1\n");
  const std::string quoted = "\"[\"\"" + escaped + "\"\"]\"";
  EXPECT_EQ(Rows(kCsv, write), quoted + "," + quoted + ",1\r\n");
}

TEST(RowWriter, KeepsLittleBeforeTheSink) {
  size_t most = 0;
  size_t all = 0;
  RowWriter rows(
      [&](std::string_view text) {
        most = std::max(most, text.size());
        all += text.size();
      },
      kCsv, kAbc);
  const std::string controls(1 << 20, '\x01');
  rows.Field("a", controls);
  rows.Field("b", controls + "\"");
  rows.Key("c");
  rows.BeginArray();
  rows.String(controls);
  rows.EndArray();
  rows.EndRow();
  rows.Flush();
  EXPECT_GT(all, controls.size() * 15);
  EXPECT_LT(most, size_t{1} << 19);
}

TEST(RowWriter, AFieldWithoutAColumnIsOurMistake) {
  std::string row;
  EXPECT_DEBUG_DEATH(row = Rows(kTsv,
                                [](RowWriter& rows) {
                                  rows.Field("b", 1);
                                  rows.Field("a", 2);
                                  rows.Key("d");
                                  rows.BeginArray();
                                  rows.EndArray();
                                  rows.Field("c", 3);
                                  rows.EndRow();
                                }),
                     "no column");
#ifdef NDEBUG
  EXPECT_EQ(row, "\t1\t3\n");
#endif
}

}  // namespace
}  // namespace ptscope::render
