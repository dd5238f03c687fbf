#include "ptscope/result.h"

#include <fmt/format.h>

namespace ptscope {

std::string_view ToWord(ErrorCode code) {
  switch (code) {
#define X(name, word, text) \
  case ErrorCode::name:     \
    return word;
    PTSCOPE_ERROR_CODES(X)
#undef X
  }
  return "";
}

std::string Error::Text() const {
  std::string text = record;
  if (offset) {
    text += fmt::format("{}0x{:x}", record.empty() ? "offset " : "+", *offset);
  }
  if (!text.empty()) text += ": ";
  text += message;
  if (!found.empty()) text += ": found " + found;
  if (!expected.empty())
    text += (found.empty() ? ": expected " : ", expected ") + expected;
  if (!hint.empty()) text += "; " + hint;
  return text;
}

}  // namespace ptscope
