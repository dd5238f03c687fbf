// The fields of every record, once (docs/cli.md has them in words).
//
// Each function calls `out` with the fields in their order. `out` decides what
// becomes of them: ndjson writes an object, a table of values a row. A field
// that has nothing to say is not given.
//
//   out.Field(key, text | number | bool | span<const int64_t>)
//   out.Key(key); out.BeginObject() … out.EndObject(), out.BeginArray() …
#ifndef PTSCOPE_RENDER_RECORDS_H_
#define PTSCOPE_RENDER_RECORDS_H_

#include "json/writer.h"
#include "render/report.h"

namespace ptscope::render {

// A record of `ls`, without the braces around it.
void TensorFields(const Listing& listing, const Listing::Row& row,
                  JsonWriter& out);

// A record of `check`.
void VerdictFields(const Judgement& judgement, const VerdictRecord& verdict,
                   JsonWriter& out);

// The summary of `check`: result, root, counts, ….
void JudgementFields(const Judgement& judgement, JsonWriter& out);

// All that `info` says of a file.
void DescriptionFields(const Description& description, JsonWriter& out);

// "error": {code, message, record, offset}.
void FailureFields(const Failure& failure, JsonWriter& out);

}  // namespace ptscope::render

#endif  // PTSCOPE_RENDER_RECORDS_H_
