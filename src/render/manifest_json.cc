#include "render/manifest_json.h"

#include <algorithm>
#include <string>

namespace ptscope::render {

namespace {

// JSON text is Unicode: half of a surrogate pair, or a byte of another
// encoding, cannot be in it.
Status CheckUtf8(std::string_view text, const char* what) {
  if (IsJsonText(text)) return {};
  return Error{.code = ErrorCode::kManifest,
               .message = std::string("a manifest cannot hold the ") + what +
                          " \"" + std::string(text) + "\", which is not UTF-8",
               .hint =
                   "--root, --match and --exclude narrow down what is "
                   "taken"};
}

Status CheckNames(const Reference& reference) {
  PTSCOPE_CHECK(CheckUtf8(reference.name, "name"));
  if (reference.root) PTSCOPE_CHECK(CheckUtf8(*reference.root, "root"));
  for (const ReferenceTensor& t : reference.tensors) {
    PTSCOPE_CHECK(CheckUtf8(t.name, "name"));
  }
  return {};
}

// A shape with sizes that differ within a nested tensor is left out.
void WriteTensor(const ReferenceTensor& t, JsonWriter& json) {
  json.TextKey(t.name);
  json.BeginObject();
  if (t.dtype) json.Field("dtype", ToName(*t.dtype));
  if (t.shape && std::ranges::find(*t.shape, kIrregular) == t.shape->end()) {
    json.Field("shape", *t.shape);
  }
  json.EndObject();
}

}  // namespace

Status WriteManifest(const Reference& reference, JsonWriter& json) {
  PTSCOPE_CHECK(CheckNames(reference));
  const std::string root = reference.root.value_or("auto");
  json.BeginObject();
  json.NextLine(2);
  json.Field("schema", kManifestSchema);
  if (!reference.name.empty()) {
    json.NextLine(2);
    json.Field("name", reference.name);
  }
  json.NextLine(2);
  json.Field("root", root);
  json.NextLine(2);
  json.Key("tensors");
  json.BeginObject();
  for (const ReferenceTensor& t : reference.tensors) {
    json.NextLine(4);
    WriteTensor(t, json);
  }
  json.Newline(2);
  json.EndObject();
  if (!reference.tied.empty()) {
    json.NextLine(2);
    json.Key("tied");
    json.BeginArray();
    for (const auto& group : reference.tied) {
      json.NextLine(4);
      json.BeginArray();
      for (const uint32_t i : group) json.String(reference.tensors[i].name);
      json.EndArray();
    }
    json.Newline(2);
    json.EndArray();
  }
  json.Newline(0);
  json.EndObject();
  json.Newline();
  return {};
}

Status WriteManifest(const Reference& reference, JsonWriter::Sink sink) {
  JsonWriter json(std::move(sink), JsonWriter::Spacing::kSpaced);
  PTSCOPE_CHECK(WriteManifest(reference, json));
  json.Flush();
  return {};
}

}  // namespace ptscope::render
