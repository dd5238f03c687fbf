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

Status CheckNames(const ManifestHead& head, const TensorList& list) {
  PTSCOPE_CHECK(CheckUtf8(head.name, "name"));
  PTSCOPE_CHECK(CheckUtf8(head.root, "root"));
  for (const NamedTensor& t : list.tensors) {
    PTSCOPE_CHECK(CheckUtf8(t.name, "name"));
  }
  return {};
}

// A shape with sizes that differ within a nested tensor is left out.
void WriteTensor(const NamedTensor& t, JsonWriter& json) {
  json.TextKey(t.name);
  json.BeginObject();
  if (t.dtype != nullptr) json.Field("dtype", t.dtype->words.front());
  if (t.shape && std::ranges::find(*t.shape, kIrregular) == t.shape->end()) {
    json.Field("shape", *t.shape);
  }
  json.EndObject();
}

}  // namespace

Status WriteManifest(const ManifestHead& head, const TensorList& list,
                     JsonWriter& json) {
  PTSCOPE_CHECK(CheckNames(head, list));
  json.BeginObject();
  json.NextLine(2);
  json.Field("schema", "ptscope/manifest/1");
  if (!head.name.empty()) {
    json.NextLine(2);
    json.Field("name", head.name);
  }
  json.NextLine(2);
  json.Field("root", head.root);
  json.NextLine(2);
  json.Key("tensors");
  json.BeginObject();
  for (const NamedTensor& t : list.tensors) {
    json.NextLine(4);
    WriteTensor(t, json);
  }
  json.Newline(2);
  json.EndObject();
  if (!list.tied.empty()) {
    json.NextLine(2);
    json.Key("tied");
    json.BeginArray();
    for (const auto& group : list.tied) {
      json.NextLine(4);
      json.BeginArray();
      for (const uint32_t i : group) json.String(list.tensors[i].name);
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

Status WriteManifest(const ManifestHead& head, const TensorList& list,
                     JsonWriter::Sink sink) {
  JsonWriter json(std::move(sink), JsonWriter::Spacing::kSpaced);
  PTSCOPE_CHECK(WriteManifest(head, list, json));
  json.Flush();
  return {};
}

}  // namespace ptscope::render
