#include "manifest/json_pointer.h"

#include <fmt/format.h>

namespace ptscope::manifest {

std::string PointerStep(std::string_view step) {
  std::string out = "/";
  for (const char c : step) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string JsonPointer::Text() const {
  std::string text;
  for (size_t i = 0; i < depth_; ++i) {
    const Step& step = steps_[i];
    text += step.array ? fmt::format("/{}", step.index) : PointerStep(step.key);
  }
  return text;
}

}  // namespace ptscope::manifest
