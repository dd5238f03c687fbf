// A row a record: what TSV and CSV have in common.
#ifndef PTSCOPE_RENDER_ROWS_H_
#define PTSCOPE_RENDER_ROWS_H_

#include <memory>

#include "render/renderer.h"
#include "render/row_writer.h"

namespace ptscope::render {

// A header line, also where no row follows. A command without records has a
// row a file, its summary. A file without an answer has no row.
std::unique_ptr<Renderer> MakeRows(Sink sink, const Style& style,
                                   const Dialect& dialect);

}  // namespace ptscope::render

#endif  // PTSCOPE_RENDER_ROWS_H_
