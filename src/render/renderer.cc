#include "render/renderer.h"

namespace ptscope::render {

std::unique_ptr<Renderer> MakeRenderer(std::string_view format, Sink sink,
                                       const Style& style) {
#define X(name, make) \
  if (format == name) return make(std::move(sink), style);
  PTSCOPE_OUTPUT_FORMATS(X)
#undef X
  return nullptr;
}

}  // namespace ptscope::render
