// Columns: rows of text, aligned.
#ifndef PTSCOPE_RENDER_COLUMNS_H_
#define PTSCOPE_RENDER_COLUMNS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ptscope::render {

struct Column {
  std::string_view header;
  bool right = false;  // numbers
  size_t width = 0;    // at least; grows with what is shown
};

// Cells are added row by row, then written all at once: columns are two spaces
// apart, nothing is cut off, and the last one has no spaces behind it. The
// widths stay, so that a later batch is aligned with an earlier one at least
// where it is no wider.
class Columns {
 public:
  explicit Columns(std::vector<Column> columns);

  // A field of a file: escaped, and never empty (`""`).
  void Text(std::string_view text);
  // A field of our own that needs no escape.
  void Word(std::string_view word, std::string_view color = {});
  void Number(uint64_t value);

  // Writes the header line, once, and the rows; they are gone then.
  void Write(std::string& out);

  // Of the rows that are not written yet.
  size_t bytes() const { return text_.size(); }

 private:
  struct Cell {
    uint32_t size;   // bytes, colour included
    uint32_t width;  // columns of the terminal
  };

  void EndCell(size_t begin, size_t width);
  void WriteCell(std::string& out, size_t column, std::string_view text,
                 size_t width) const;

  std::vector<Column> columns_;
  std::string text_;
  std::vector<Cell> cells_;
  bool header_written_ = false;
};

}  // namespace ptscope::render

#endif  // PTSCOPE_RENDER_COLUMNS_H_
