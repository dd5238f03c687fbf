// Cells apart by tabs; a tab within one is escaped, so that cut, awk -F'\t' and
// sort need no quotes.
#include "render/rows.h"

namespace ptscope::render {

std::unique_ptr<Renderer> MakeTsv(Sink sink, const Style& style) {
  return MakeRows(std::move(sink), style,
                  {.separator = '\t',
                   .line_end = "\n",
                   .quotes = false,
                   .escape = EscapeFor::kTsv});
}

}  // namespace ptscope::render
