#include "cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "base/escape.h"
#include "base/utf8.h"

namespace ptscope::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 1s;
constexpr auto kBetween = 100ms;
constexpr size_t kColumns = 80;  // of a terminal that does not say

// Nothing that follows U+1100, the first of the wide letters, is taken for
// narrow: a line that is too long would not be one line.
size_t ColumnsOf(char32_t c) { return c < 0x1100 ? 1 : 2; }

size_t ColumnsOfTerminal() {
  struct winsize size = {};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0
             ? size.ws_col
             : kColumns;
}

void Write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(STDERR_FILENO, text.data(), text.size());
    if (n <= 0) return;  // nobody looks at it
    text.remove_prefix(static_cast<size_t>(n));
  }
}

}  // namespace

std::string ProgressLine(size_t number, size_t total, std::string_view path,
                         size_t columns) {
  std::string line = fmt::format("[{}/{}] ", number, total);
  EscapeText(line, path, EscapeFor::kStderr);
  for (size_t at = 0, width = 0; at < line.size();) {
    const CodePoint c = DecodeUtf8(line, at);
    width += ColumnsOf(c.value);
    if (width > columns) {
      line.resize(at);
      break;
    }
    at += std::max<size_t>(1, c.length);
  }
  return line;
}

void Progress::Begin(size_t total) {
  if (::isatty(STDERR_FILENO) == 0) return;
  total_ = total;
  stdout_too_ = ::isatty(STDOUT_FILENO) != 0;
  due_ = Clock::now() + kPatience;
}

void Progress::Show(size_t number, std::string_view path) {
  if (total_ == 0) return;
  const auto now = Clock::now();
  if (now < due_) return;
  due_ = now + kBetween;
  // The last column stays free: a full line would move the cursor on.
  const std::string line =
      ProgressLine(number, total_, path, ColumnsOfTerminal() - 1);
  Erase();
  Write(line);
  shown_ = line.size();
}

void Progress::Erase() {
  if (shown_ == 0) return;
  const size_t columns = std::min(shown_, ColumnsOfTerminal() - 1);
  Write("\r" + std::string(columns, ' ') + "\r");
  shown_ = 0;
}

}  // namespace ptscope::cli
