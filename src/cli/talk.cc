#include "cli/talk.h"

#include "base/escape.h"

namespace ptscope::cli {

std::string Escaped(std::string_view text) {
  std::string out;
  EscapeText(out, text, EscapeFor::kStderr);
  return out;
}

void Talk::Say(std::string_view where, std::string_view words) {
  text_.append(where).append(": ").append(words).append("\n");
}

void Talk::SayError(std::string_view file, const Error& error) {
  std::string where = Escaped(file);
  if (!error.place.empty()) where += ":" + error.place;
  Say(where, Escaped(error.Text()));
}

}  // namespace ptscope::cli
