#include "render/row_writer.h"

#include <algorithm>
#include <cassert>

namespace ptscope::render {

namespace {

// What is kept before it goes to the sink.
constexpr size_t kFlushAt = 64 << 10;

// The first bytes of a text, so many that escaping them takes little memory,
// and no code point in two.
std::string_view FirstPiece(std::string_view text) {
  if (text.size() <= kFlushAt) return text;
  size_t end = kFlushAt;
  constexpr size_t kMostFollowing = 3;  // bytes of UTF-8 behind the first
  const size_t least = end - kMostFollowing;
  while (end > least && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

RowWriter::RowWriter(Sink sink, const Dialect& dialect,
                     std::span<const std::string_view> columns)
    : sink_(std::move(sink)),
      dialect_(dialect),
      columns_(columns),
      json_([this](std::string_view piece) { JsonPiece(piece); }) {}

void RowWriter::Header() {
  for (const std::string_view column : columns_) {
    BeginCell(column);
    TextCell(column);
  }
  EndRow();
}

void RowWriter::BeginCell(std::string_view key) {
  size_t at = next_;
  while (at < columns_.size() && columns_[at] != key) ++at;
  dropped_ = at == columns_.size();
  assert(!dropped_ && "a field has no column, or comes behind its turn");
  if (!dropped_) Separate(at + 1);
}

// The separators in front of the cells before column `to`.
void RowWriter::Separate(size_t to) {
  out_.append(to - std::max<size_t>(next_, 1), dialect_.separator);
  next_ = to;
}

void RowWriter::EndRow() {
  Separate(columns_.size());
  next_ = 0;
  out_ += dialect_.line_end;
  if (out_.size() >= kFlushAt) Flush();
}

void RowWriter::Flush() {
  if (!out_.empty()) sink_(out_);
  out_.clear();
}

void RowWriter::BeginQuotes(std::string_view cell) {
  quoted_ = dialect_.quotes && (cell.find('"') != cell.npos ||
                                cell.find(dialect_.separator) != cell.npos);
  if (quoted_) out_ += '"';
}

void RowWriter::EndQuotes() {
  if (quoted_) out_ += '"';
}

void RowWriter::TextCell(std::string_view text) {
  if (dropped_) return;
  BeginQuotes(text);
  while (!text.empty()) {
    const std::string_view piece = FirstPiece(text);
    if (quoted_) {
      escaped_.clear();
      EscapeText(escaped_, piece, dialect_.escape);
      AppendDoubled(escaped_, '"', '"');
    } else {
      EscapeText(out_, piece, dialect_.escape);
    }
    if (out_.size() >= kFlushAt) Flush();
    text.remove_prefix(piece.size());
  }
  EndQuotes();
}

void RowWriter::JsonCell() {
  if (!begun_ && !dropped_) {
    BeginQuotes(json_.text());
    begun_ = true;
  }
  json_.Flush();
  json_.Clear();
  if (!dropped_) EndQuotes();
  begun_ = false;
}

// JsonWriter leaves nothing that EscapeText() would change but backslashes.
void RowWriter::JsonPiece(std::string_view json) {
  if (dropped_) return;
  if (!begun_) BeginQuotes("\"");  // a text of this length has some in it
  begun_ = true;
  AppendDoubled(json, '\\', quoted_ ? '"' : '\\');
  if (out_.size() >= kFlushAt) Flush();
}

// `a` and `b` are written twice.
void RowWriter::AppendDoubled(std::string_view text, char a, char b) {
  size_t run = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != a && text[i] != b) continue;
    out_ += text.substr(run, i + 1 - run);
    run = i;
  }
  out_ += text.substr(run);
}

}  // namespace ptscope::render
