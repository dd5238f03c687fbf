#include "cli/session.h"

#include <unistd.h>

namespace ptscope::cli {

void Session::Write(const Talk& talk) {
  std::string_view left = talk.text();
  if (left.empty()) return;
  // What was answered so far comes first where both go to one place.
  progress_.Erase();
  out_.Flush();
  while (!left.empty()) {
    const ssize_t n = ::write(STDERR_FILENO, left.data(), left.size());
    if (n <= 0) return;  // nobody to tell
    left.remove_prefix(static_cast<size_t>(n));
  }
}

void Session::Say(std::string_view where, std::string_view words) {
  Talk talk;
  talk.Say(where, words);
  Write(talk);
}

void Session::SayError(std::string_view file, const Error& error) {
  Talk talk;
  talk.SayError(file, error);
  Write(talk);
}

}  // namespace ptscope::cli
