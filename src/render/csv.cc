// RFC 4180.
#include "render/rows.h"

namespace ptscope::render {

std::unique_ptr<Renderer> MakeCsv(Sink sink, const Style& style) {
  return MakeRows(std::move(sink), style,
                  {.separator = ',',
                   .line_end = "\r\n",
                   .quotes = true,
                   .escape = EscapeFor::kCsv});
}

}  // namespace ptscope::render
