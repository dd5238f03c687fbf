#include "render/columns.h"

#include <algorithm>
#include <charconv>

#include "base/escape.h"
#include "render/renderer.h"

namespace ptscope::render {

namespace {

// Code points: what is escaped is ASCII, and names beyond it are rare.
size_t WidthOf(std::string_view text) {
  size_t width = 0;
  for (const char c : text) width += (static_cast<uint8_t>(c) & 0xC0) != 0x80;
  return width;
}

}  // namespace

size_t WidthInTable(std::string_view text) {
  std::string escaped;
  EscapeText(escaped, text, EscapeFor::kTable);
  return WidthOf(escaped);
}

Columns::Columns(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (Column& c : columns_) c.width = std::max(c.width, c.header.size());
}

void Columns::Text(std::string_view text) {
  const size_t begin = text_.size();
  if (text.empty()) {
    text_ += "\"\"";
  } else {
    EscapeText(text_, text, EscapeFor::kTable);
  }
  EndCell(begin, WidthOf(std::string_view(text_).substr(begin)));
}

void Columns::Word(std::string_view word, std::string_view color) {
  const size_t begin = text_.size();
  if (!color.empty()) text_.append("\x1b[").append(color).append("m");
  text_ += word;
  if (!color.empty()) text_ += "\x1b[0m";
  EndCell(begin, WidthOf(word));
}

void Columns::Number(uint64_t value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  Word({digits, static_cast<size_t>(end - digits)});
}

void Columns::EndCell(size_t begin, size_t width) {
  Column& column = columns_[cells_.size() % columns_.size()];
  column.width = std::max(column.width, width);
  cells_.push_back({static_cast<uint32_t>(text_.size() - begin),
                    static_cast<uint32_t>(width)});
}

void Columns::WriteCell(std::string& out, size_t column, std::string_view text,
                        size_t width) const {
  const Column& c = columns_[column];
  const size_t fill = c.width - width;
  if (column > 0) out += "  ";
  if (c.right) out.append(fill, ' ');
  out += text;
  if (!c.right && column + 1 < columns_.size()) out.append(fill, ' ');
}

void Columns::Write(std::string& out) {
  if (!header_written_) {
    header_written_ = true;
    for (size_t i = 0; i < columns_.size(); ++i) {
      WriteCell(out, i, columns_[i].header, columns_[i].header.size());
    }
    out += '\n';
  }
  size_t at = 0;
  for (size_t i = 0; i < cells_.size(); ++i) {
    const size_t column = i % columns_.size();
    WriteCell(out, column, std::string_view(text_).substr(at, cells_[i].size),
              cells_[i].width);
    at += cells_[i].size;
    if (column + 1 == columns_.size()) out += '\n';
  }
  cells_.clear();
  text_.clear();
}

}  // namespace ptscope::render
