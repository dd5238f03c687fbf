// Renderer: reports to bytes. One output format is one file.
#ifndef PTSCOPE_RENDER_RENDERER_H_
#define PTSCOPE_RENDER_RENDERER_H_

#include <functional>
#include <memory>
#include <string_view>

#include "render/report.h"

namespace ptscope::render {

using Sink = std::function<void(std::string_view)>;

struct Style {
  std::string_view command;  // whose answers are shown: names their schema
  bool many_files = false;   // more than one FILE was given
  size_t file_width = 0;     // of the widest FILE, escaped (table)
  bool human = false;        // sizes as 1.5 GiB (table)
  bool color = false;        // (table)
  bool show_ok = false;      // verdicts that are `ok` too (table)
  bool summary = false;      // one line a file
};

// A maker may write already, so that a format has its header or its opening
// also where no file has an answer.
class Renderer {
 public:
  virtual ~Renderer() = default;

  virtual void Show(const Listing& listing) = 0;
  virtual void Show(const Tree& tree) = 0;
  virtual void Show(const Description& description) = 0;
  virtual void Show(const Judgement& judgement) = 0;
  virtual void Show(const EvidenceShown& evidence) = 0;
  virtual void Show(const Failure& failure) = 0;
  // After each file: what is pending goes to the sink.
  virtual void Flush() = 0;
  // Once, after the last file; there may have been none.
  virtual void Finish() = 0;
};

// Name and maker of each output format.
#define PTSCOPE_OUTPUT_FORMATS(X) \
  X("table", MakeTable)           \
  X("tsv", MakeTsv)               \
  X("csv", MakeCsv)               \
  X("json", MakeJson)             \
  X("ndjson", MakeNdjson)

#define X(name, make) std::unique_ptr<Renderer> make(Sink sink, const Style&);
PTSCOPE_OUTPUT_FORMATS(X)
#undef X

// Columns of the terminal that a text takes as a field of a table.
size_t WidthInTable(std::string_view text);

// Null if there is no such format.
std::unique_ptr<Renderer> MakeRenderer(std::string_view format, Sink sink,
                                       const Style& style);

}  // namespace ptscope::render

#endif  // PTSCOPE_RENDER_RENDERER_H_
