// A reference as a manifest, made to be kept in git: one tensor a line, in
// stable order.
#ifndef PTSCOPE_RENDER_MANIFEST_JSON_H_
#define PTSCOPE_RENDER_MANIFEST_JSON_H_

#include "json/writer.h"
#include "ptscope/reference.h"
#include "ptscope/result.h"

namespace ptscope::render {

// Writes the whole document and the newline behind it; the caller flushes.
// `json` must be spaced. Error: kManifest for a name that is not UTF-8, which
// JSON cannot hold; nothing is written then.
Status WriteManifest(const Reference& reference, JsonWriter& json);

// The same, to a sink.
Status WriteManifest(const Reference& reference, JsonWriter::Sink sink);

}  // namespace ptscope::render

#endif  // PTSCOPE_RENDER_MANIFEST_JSON_H_
