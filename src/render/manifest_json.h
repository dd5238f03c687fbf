// Tensors as a manifest, made to be kept in git: one tensor a line, in
// stable order.
#ifndef PTSCOPE_RENDER_MANIFEST_JSON_H_
#define PTSCOPE_RENDER_MANIFEST_JSON_H_

#include <string>

#include "json/writer.h"
#include "ptscope/result.h"
#include "ptscope/tensor_list.h"

namespace ptscope::render {

// What stands before the tensors.
struct ManifestHead {
  std::string name;  // of the model; empty: none
  std::string root;  // or "auto"
};

// Writes the whole document and the newline behind it; the caller flushes.
// `json` must be spaced. Error: kManifest for a name that is not UTF-8, which
// JSON cannot hold; nothing is written then.
Status WriteManifest(const ManifestHead& head, const TensorList& list,
                     JsonWriter& json);

// The same, to a sink.
Status WriteManifest(const ManifestHead& head, const TensorList& list,
                     JsonWriter::Sink sink);

}  // namespace ptscope::render

#endif  // PTSCOPE_RENDER_MANIFEST_JSON_H_
