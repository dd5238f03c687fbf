// Talk: what is to be said on stderr, collected until it is its turn.
#ifndef PTSCOPE_CLI_TALK_H_
#define PTSCOPE_CLI_TALK_H_

#include <string>
#include <string_view>

#include "ptscope/result.h"

namespace ptscope::cli {

// Text of a file or an argument, made fit for stderr.
std::string Escaped(std::string_view text);

// Lines of one file, or of one occasion. Whoever answers a file may do so on
// any thread; the lines are written by the one that has stderr.
class Talk {
 public:
  // A line "ptscope: words" or "FILE: words". Text of files must be escaped
  // already.
  void Say(std::string_view where, std::string_view words);
  // "FILE: error", or "FILE:LINE:COLUMN: error".
  void SayError(std::string_view file, const Error& error);

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_TALK_H_
