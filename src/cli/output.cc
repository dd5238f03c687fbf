#include "cli/output.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace ptscope::cli {

namespace {

constexpr size_t kBuffer = 64 << 10;

}  // namespace

void Output::Write(std::string_view text) {
  if (closed_ || !error_.empty()) return;
  if (buffer_.size() + text.size() > kBuffer) Flush();
  if (text.size() >= kBuffer) {
    WriteAll(text);
  } else {
    buffer_ += text;
  }
}

void Output::Flush() {
  WriteAll(buffer_);
  buffer_.clear();
}

void Output::WriteAll(std::string_view text) {
  while (!text.empty() && !closed_ && error_.empty()) {
    const ssize_t n = ::write(fd_, text.data(), text.size());
    if (n >= 0) {
      text.remove_prefix(static_cast<size_t>(n));
    } else if (errno == EPIPE) {
      closed_ = true;
    } else if (errno != EINTR) {
      error_ = std::system_category().message(errno);
    }
  }
}

}  // namespace ptscope::cli
