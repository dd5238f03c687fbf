// A Writer in one line: "torch 1.9 - 2.0: numbers as storage keys; …".
#ifndef PTSCOPE_TESTS_SUPPORT_WRITER_TEXT_H_
#define PTSCOPE_TESTS_SUPPORT_WRITER_TEXT_H_

#include <string>

#include "ptscope/checkpoint.h"

namespace ptscope::test {

// "1.9 - 2.0"; what is open is empty.
inline std::string BoundsOf(const Writer& writer) {
  if (writer.program.empty()) return "nothing";
  std::string text(writer.program == "torch" ? "" : "other ");
  (text += writer.since) += " - ";
  text += writer.last;
  if (!writer.default_last.empty()) (text += "/") += writer.default_last;
  return text;
}

inline std::string TextOf(const Writer& writer) {
  std::string text = BoundsOf(writer);
  for (const std::string& sign : writer.because) {
    (text += &sign == writer.because.data() ? ": " : "; ") += sign;
  }
  return text;
}

}  // namespace ptscope::test

#endif  // PTSCOPE_TESTS_SUPPORT_WRITER_TEXT_H_
