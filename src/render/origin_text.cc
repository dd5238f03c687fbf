#include "render/origin_text.h"

#include <fmt/format.h>

#include "base/escape.h"

namespace ptscope::render {

std::string WriterText(const Writer& writer) {
  std::string text = writer.program == "other"
                         ? "another program, in the form of torch"
                         : std::string(writer.program);
  const bool by_default = writer.last.empty() && !writer.default_last.empty();
  const std::string_view last = by_default ? writer.default_last : writer.last;
  if (!writer.since.empty()) text.append(" ").append(writer.since);
  if (writer.since.empty() && !last.empty()) {
    text += fmt::format(" {} or older", last);
  } else if (last.empty() && !writer.since.empty()) {
    text += " or newer";
  } else if (last != writer.since) {
    text += fmt::format(" - {}", last);
  }
  if (by_default) text += ", or newer if asked to";
  for (size_t i = 0; i < writer.because.size(); ++i) {
    text += (i == 0 ? " (" : "; ") + writer.because[i];
  }
  return writer.because.empty() ? text : text + ")";
}

std::string FrameworkText(const Framework& framework) {
  std::string text(framework.name);
  if (framework.version.empty()) return text;
  text += ' ';
  EscapeText(text, framework.version, EscapeFor::kStderr);
  return text;
}

}  // namespace ptscope::render
