// The fields of every record, once (docs/cli.md has them in words).
//
// Each function calls `out` with the fields in their order. `out` decides what
// becomes of them: a JsonWriter writes members of an object, a RowWriter the
// cells of a row. A field that has nothing to say is not given.
//
//   out.Field(key, text | number | bool | span<const int64_t>)
//   out.Key(key); out.BeginObject() … out.EndObject(), out.BeginArray() …
//
// A new field has a column (record_columns.cc), and the columns its order.
#ifndef PTSCOPE_RENDER_RECORDS_H_
#define PTSCOPE_RENDER_RECORDS_H_

#include <string_view>

#include "render/report.h"

namespace ptscope {
class JsonWriter;
}  // namespace ptscope

namespace ptscope::render {

// There is one of each template for JsonWriter and one for RowWriter. The
// braces around the fields are the caller's.

// The first field of whatever is said of a file.
template <typename Out>
void FileField(std::string_view file, Out& out);

// A record of `ls`, with its file.
template <typename Out>
void TensorFields(const Listing& listing, const Listing::Row& row, Out& out);

// A record of `tree`, with its file.
template <typename Out>
void ModuleFields(const Tree& tree, const Module& module, Out& out);

// A record of `check`, with its file.
template <typename Out>
void VerdictFields(const Judgement& judgement, const VerdictRecord& verdict,
                   Out& out);

// The summary of `check`, behind its file: result, root, counts, ….
template <typename Out>
void JudgementFields(const Judgement& judgement, Out& out);

// A record of `check` without a reference, with its file.
template <typename Out>
void EvidenceFields(std::string_view file, const EvidenceRecord& record,
                    Out& out);

// Its summary, behind its file.
template <typename Out>
void EvidenceSummaryFields(const EvidenceReport& report, Out& out);

// All that `info` says of a file, behind its file.
template <typename Out>
void DescriptionFields(const Description& description, Out& out);

// "schema": what the fields of a command's answer mean.
void SchemaField(std::string_view command, JsonWriter& out);

// What tells a summary from the records before it: "summary" and "schema".
void SummaryFields(std::string_view command, JsonWriter& out);

// "error": {code, message, record, offset}, behind the file.
void FailureFields(const Failure& failure, JsonWriter& out);

}  // namespace ptscope::render

#endif  // PTSCOPE_RENDER_RECORDS_H_
