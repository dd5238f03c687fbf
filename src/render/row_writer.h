// RowWriter: records as rows of cells, in TSV and CSV.
//
//   RowWriter rows(sink, dialect, columns);
//   rows.Header();
//   rows.Field("name", name);
//   rows.Field("shape", shape);
//   rows.EndRow();
//
// It takes what JsonWriter takes (records.h), field by field in the order of
// the columns; a column whose field does not come is an empty cell. A scalar is
// a cell of text, an array or object a cell of compact JSON. Rows and long
// cells go to the sink as they grow, so that none has to fit into memory twice.
//
// What is in a cell is escaped as EscapeText() does it, JSON included: who
// undoes that has the text or the JSON.
#ifndef PTSCOPE_RENDER_ROW_WRITER_H_
#define PTSCOPE_RENDER_ROW_WRITER_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/escape.h"
#include "json/writer.h"

namespace ptscope::render {

// How cells become lines.
struct Dialect {
  char separator;
  std::string_view line_end;
  // A cell with a separator or a quote in it stands in quotes, and its quotes
  // are doubled (RFC 4180, section 2). Line breaks are escaped before.
  bool quotes;
  EscapeFor escape;
};

class RowWriter {
 public:
  using Sink = JsonWriter::Sink;

  // `columns` live as long as the writer.
  RowWriter(Sink sink, const Dialect& dialect,
            std::span<const std::string_view> columns);
  RowWriter(const RowWriter&) = delete;
  RowWriter& operator=(const RowWriter&) = delete;

  // The line of the columns' names.
  void Header();

  void Key(std::string_view key) {
    if (depth_ == 0) {
      BeginCell(key);
    } else {
      json_.Key(key);
    }
  }
  template <typename T>
  void Field(std::string_view key, T value) {
    if (depth_ != 0) return json_.Field(key, value);
    BeginCell(key);
    if constexpr (std::same_as<T, bool>) {
      Raw(value ? "true" : "false");
    } else if constexpr (std::signed_integral<T>) {
      Int(value);
    } else if constexpr (std::unsigned_integral<T>) {
      Uint(value);
    } else if constexpr (std::floating_point<T>) {
      Double(value);
    } else if constexpr (std::convertible_to<T, std::string_view>) {
      String(value);
    } else {
      Ints(value);
    }
  }

  // Of an object in a cell; see JsonWriter.
  bool TextKey(std::string_view key) { return json_.TextKey(key); }

  void BeginObject() {
    ++depth_;
    json_.BeginObject();
  }
  void EndObject() {
    --depth_;
    json_.EndObject();
    EndValue();
  }
  void BeginArray() {
    ++depth_;
    json_.BeginArray();
  }
  void EndArray() {
    --depth_;
    json_.EndArray();
    EndValue();
  }
  void String(std::string_view text) {
    if (depth_ == 0) {
      TextCell(text);
    } else {
      json_.String(text);
    }
  }
  void Int(int64_t value) {
    json_.Int(value);
    EndValue();
  }
  void Uint(uint64_t value) {
    json_.Uint(value);
    EndValue();
  }
  void Double(double value) {
    json_.Double(value);
    EndValue();
  }
  void Null() {
    json_.Null();
    EndValue();
  }
  void Raw(std::string_view json) {
    json_.Raw(json);
    EndValue();
  }
  void Ints(std::span<const int64_t> values) {
    json_.Ints(values);
    EndValue();
  }

  void EndRow();
  void Flush();

 private:
  void BeginCell(std::string_view key);
  void Separate(size_t to);
  void EndValue() {
    if (depth_ == 0) JsonCell();
  }
  void TextCell(std::string_view text);
  void JsonCell();
  void JsonPiece(std::string_view json);
  void BeginQuotes(std::string_view cell);
  void EndQuotes();
  void AppendDoubled(std::string_view text, char a, char b);

  const Sink sink_;
  const Dialect dialect_;
  const std::span<const std::string_view> columns_;
  JsonWriter json_;  // the value of the cell, but for text
  std::string out_;
  std::string escaped_;  // of a cell that has quotes in it
  size_t next_ = 0;      // column of the next cell
  size_t depth_ = 0;     // of arrays and objects within the cell
  bool begun_ = false;   // a part of the cell's JSON is in out_
  bool quoted_ = false;
  bool dropped_ = false;  // the field has no column
};

}  // namespace ptscope::render

#endif  // PTSCOPE_RENDER_ROW_WRITER_H_
