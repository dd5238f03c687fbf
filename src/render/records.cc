#include "render/records.h"

#include <concepts>

#include "json/writer.h"
#include "render/row_writer.h"
#include "render/sizes.h"

namespace ptscope::render {

namespace {

// A shape; what is irregular is null.
template <typename Out>
void ShapeField(std::string_view key, std::span<const int64_t> shape,
                Out& out) {
  bool regular = true;
  for (const int64_t n : shape) regular = regular && n != kIrregular;
  out.Key(key);
  if (regular) {
    out.Ints(shape);
    return;
  }
  out.BeginArray();
  for (const int64_t n : shape) {
    if (n == kIrregular) {
      out.Null();
    } else {
      out.Int(n);
    }
  }
  out.EndArray();
}

bool HasStride(const Tensor& t) {
  return t.layout == Layout::kStrided && t.has_stride;
}

// Bytes of a tensor; what does not fit 64 bits in full all the same.
template <typename Out>
void BytesField(const Tensor& t, Out& out) {
  if (t.nbytes != UINT64_MAX) {
    out.Field("nbytes", t.nbytes);
    return;
  }
  out.Key("nbytes");
  out.Raw(ExactBytes(t));
}

template <typename Out>
void StorageFields(const Checkpoint& checkpoint, const Tensor& t, Out& out) {
  if (t.storage == kNone) return;
  const Storage& storage = checkpoint.storages[t.storage];
  out.Field("storage", storage.key);
  out.Field("storage_offset", t.storage_offset);
  out.Field("storage_nbytes", storage.nbytes);
  if (const auto offset = checkpoint.FileOffsetOf(t)) {
    out.Field("file_offset", *offset);
  }
}

// The part of a tensor, or of a quantizer.
template <typename Out>
void PartFields(const Checkpoint& checkpoint, const Tensor& part, Out& out) {
  out.BeginObject();
  out.Field("name", part.name);
  out.Field("dtype", ToName(part.dtype));
  ShapeField("shape", part.shape, out);
  out.Field("nbytes", part.nbytes);
  if (HasStride(part)) out.Field("stride", part.stride);
  StorageFields(checkpoint, part, out);
  out.EndObject();
}

template <typename Out>
void QuantizerField(const Checkpoint& checkpoint, const Quantizer& q,
                    Out& out) {
  out.Key("quantizer");
  out.BeginObject();
  out.Field("scheme", q.scheme);
  if (q.parameters.empty()) {
    out.Field("scale", q.scale);
    out.Field("zero_point", q.zero_point);
  } else {
    out.Field("axis", q.axis);
    out.Key("parameters");
    out.BeginArray();
    for (const Tensor& part : q.parameters) PartFields(checkpoint, part, out);
    out.EndArray();
  }
  out.EndObject();
}

template <typename Out>
void DetailFields(const Checkpoint& checkpoint, const TensorDetail& detail,
                  Out& out) {
  if (!detail.problem.empty()) out.Field("problem", detail.problem);
  if (!detail.components.empty()) {
    out.Key("components");
    out.BeginArray();
    for (const Tensor& part : detail.components) {
      PartFields(checkpoint, part, out);
    }
    out.EndArray();
  }
  if (detail.quantizer != nullptr) {
    QuantizerField(checkpoint, *detail.quantizer, out);
  }
  if (!detail.global_shape.empty()) {
    ShapeField("global_shape", detail.global_shape, out);
  }
  if (!detail.local_shape.empty()) {
    ShapeField("local_shape", detail.local_shape, out);
  }
}

template <typename Out>
void ClassField(const TensorDetail* detail, Out& out) {
  if (detail == nullptr || detail->class_name.empty()) return;
  out.Field("class", detail->class_name);
}

// The steps behind those of the root; absent where there is one.
template <typename Out>
void PathField(const Listing& listing, const Tensor& t, Out& out) {
  // The file's root has a child of one step, which is its name.
  if (t.path == kNone || t.path == 0) return;
  const auto steps = listing.checkpoint.PathOf(t);
  size_t first = 0;
  if (!listing.root.empty()) {
    size_t joined = steps[0].size();
    for (first = 1; joined < listing.root.size() && first < steps.size();) {
      joined += 1 + steps[first++].size();
    }
  }
  if (steps.size() < first + 2) return;
  out.Key("path");
  out.BeginArray();
  for (size_t i = first; i < steps.size(); ++i) out.String(steps[i]);
  out.EndArray();
}

// The file or the member that holds it.
template <typename Out>
void WhereField(const Checkpoint& checkpoint, const Tensor& t, Out& out) {
  if (t.part == kNone) return;
  const Part& part = checkpoint.parts[t.part];
  out.Field(part.kind == Part::Kind::kMember ? "member" : "shard", part.name);
}

// A dimension that is a name is text, one that may be any size null.
template <typename Out>
void PatternShapeField(const TensorList& list, std::span<const int64_t> shape,
                       Out& out) {
  out.Key("shape");
  out.BeginArray();
  for (const int64_t n : shape) {
    if (IsNamed(n)) {
      out.String(list.dimension_names[NameOfDimension(n)]);
    } else if (n == kIrregular) {
      out.Null();
    } else {
      out.Int(n);
    }
  }
  out.EndArray();
}

// What one side has of a name, as far as it says.
template <typename Out>
void TypeField(std::string_view key, const TensorList& list, uint32_t i,
               Out& out) {
  if (i == kNone) return;
  const NamedTensor& tensor = list.tensors[i];
  out.Key(key);
  out.BeginObject();
  if (tensor.dtype != nullptr && !tensor.dtype->list) {
    out.Field("dtype", tensor.dtype->words.front());
  } else if (tensor.dtype != nullptr) {
    out.Key("dtype");
    out.BeginArray();
    for (const std::string_view word : tensor.dtype->words) out.String(word);
    out.EndArray();
  }
  if (tensor.shape) PatternShapeField(list, *tensor.shape, out);
  out.EndObject();
}

template <typename Out>
void RootFields(const Description& d, Out& out) {
  out.Field("root", std::string_view(d.automatic.root));
  out.Key("roots");
  out.BeginArray();
  for (const Entry& entry : d.checkpoint.entries) {
    if (entry.tensors == 0) continue;
    out.BeginObject();
    out.Field("name", entry.name);
    out.Field("tensors", entry.tensors);
    out.EndObject();
  }
  out.EndArray();
}

template <typename Out>
void EntriesField(const Checkpoint& checkpoint, Out& out) {
  out.Key("entries");
  out.BeginArray();
  for (const Entry& entry : checkpoint.entries) {
    out.BeginObject();
    out.Field("name", entry.name);
    out.Field("type", entry.type);
    if (!entry.value.empty()) out.Field("value", entry.value);
    if (entry.tensors != 0) out.Field("tensors", entry.tensors);
    out.EndObject();
  }
  out.EndArray();
  if (checkpoint.entries_omitted != 0) {
    out.Field("entries_omitted", checkpoint.entries_omitted);
  }
}

template <typename Out>
void WastefulField(const Description& d, Out& out) {
  out.Key("wasteful");
  out.BeginArray();
  for (const auto& waste : d.inventory.wasteful) {
    const Storage& storage = d.checkpoint.storages[waste.storage];
    out.BeginObject();
    out.Field("storage", storage.key);
    out.Field("nbytes", storage.nbytes);
    out.Field("wasted", waste.bytes);
    out.Field("tensors", waste.users);
    out.Key("names");
    out.BeginArray();
    for (const uint32_t i : waste.first_users) out.String(d.shown.names[i]);
    out.EndArray();
    out.EndObject();
  }
  out.EndArray();
}

template <typename Out>
void WriterField(const Writer& writer, Out& out) {
  if (writer.program.empty()) return;
  out.Key("writer");
  out.BeginObject();
  out.Field("program", writer.program);
  if (!writer.since.empty()) out.Field("since", writer.since);
  if (!writer.last.empty()) out.Field("last", writer.last);
  if (!writer.default_last.empty()) {
    out.Field("default_last", writer.default_last);
  }
  out.Key("because");
  out.BeginArray();
  for (const std::string& sign : writer.because) out.String(sign);
  out.EndArray();
  out.EndObject();
}

template <typename Out>
void FrameworkField(const Framework& framework, Out& out) {
  if (framework.name.empty()) return;
  out.Key("framework");
  out.BeginObject();
  out.Field("name", framework.name);
  if (!framework.version.empty()) out.Field("version", framework.version);
  out.EndObject();
}

template <typename Out>
void MetadataField(const Checkpoint& checkpoint, Out& out) {
  if (checkpoint.metadata.empty()) return;
  out.Key("metadata");
  out.BeginObject();
  for (const Fact& fact : checkpoint.metadata) {
    out.TextKey(fact.key);
    out.String(fact.value);
  }
  out.EndObject();
}

}  // namespace

template <typename Out>
void FileField(std::string_view file, Out& out) {
  out.Field("file", file);
}

template <typename Out>
void TensorFields(const Listing& listing, const Listing::Row& row, Out& out) {
  const Checkpoint& checkpoint = listing.checkpoint;
  const Tensor& t = *row.tensor;
  FileField(listing.file, out);
  out.Field("name", row.name);
  if (!t.only_name) {
    out.Field("dtype", ToName(t.dtype));
    ShapeField("shape", t.shape, out);
    BytesField(t, out);
    out.Field("numel", t.numel);
    if (HasStride(t)) out.Field("stride", t.stride);
    StorageFields(checkpoint, t, out);
  }
  if (t.layout != Layout::kStrided) out.Field("layout", ToName(t.layout));
  if (const auto device = checkpoint.DeviceOf(t); !device.empty()) {
    out.Field("device", device);
  }
  if (t.requires_grad >= 0) out.Field("requires_grad", t.requires_grad == 1);
  out.Field("kind", ToName(t.kind));
  // The column of the class is the one in front; objects have it behind.
  constexpr bool kRows = std::same_as<Out, RowWriter>;
  const TensorDetail* detail = checkpoint.DetailOf(t);
  if constexpr (kRows) ClassField(detail, out);
  PathField(listing, t, out);
  WhereField(listing.checkpoint, t, out);
  if constexpr (!kRows) ClassField(detail, out);
  if (detail != nullptr) DetailFields(checkpoint, *detail, out);
}

template <typename Out>
void ModuleFields(const Tree& tree, const Module& module, Out& out) {
  FileField(tree.file, out);
  out.Field("module", module.name);
  out.Field("depth", module.depth);
  out.Field("tensors", module.tensors);
  out.Field("parameters", module.parameters);
  out.Field("nbytes", module.nbytes);
}

template <typename Out>
void VerdictFields(const Judgement& judgement, const VerdictRecord& verdict,
                   Out& out) {
  FileField(judgement.file, out);
  out.Field("name", verdict.name);
  out.Field("verdict", ToWord(verdict.verdict));
  TypeField("expected", judgement.reference, verdict.expected, out);
  TypeField("actual", judgement.actual, verdict.actual, out);
  if (!verdict.reason.empty()) out.Field("reason", verdict.reason);
  if (verdict.rule != kNone) {
    out.Field("rule",
              std::string_view(judgement.comparison.rules[verdict.rule].match));
  }
  if (verdict.actual == kNone) return;
  const NamedTensor& actual = judgement.actual.tensors[verdict.actual];
  if (actual.name != verdict.name) out.Field("from", actual.name);
  if (!actual.problem.empty()) out.Field("problem", actual.problem);
}

namespace {

template <typename Out>
void CountsField(const Comparison& comparison, Out& out) {
  out.Key("counts");
  out.BeginObject();
#define X(name, word, fails, text)                    \
  if (comparison.count(Verdict::name) != 0) {         \
    out.Field(word, comparison.count(Verdict::name)); \
  }
  PTSCOPE_VERDICTS(X)
#undef X
  out.EndObject();
}

template <typename Out>
void HintsField(const Comparison& comparison, Out& out) {
  if (comparison.hints.empty()) return;
  out.Key("hints");
  out.BeginArray();
  for (const std::string& hint : comparison.hints) out.String(hint);
  out.EndArray();
}

template <typename Out>
void RunnerUpField(const VersionChoice& choice, Out& out) {
  out.Key("runner_up");
  out.BeginObject();
  out.Field("version", std::string_view(choice.runner_up->version));
  out.Field("failures", choice.runner_up_failures);
  out.Field("matched", choice.runner_up_matched);
  out.EndObject();
}

template <typename Out>
void UnusedRulesField(const Comparison& comparison, Out& out) {
  if (comparison.unused_rules.empty()) return;
  out.Key("unused_rules");
  out.BeginArray();
  for (const UnusedRule& rule : comparison.unused_rules) {
    out.BeginObject();
    out.Field("rule", rule.kind);
    out.Field("match", std::string_view(rule.match));
    out.Field("why", rule.why);
    out.EndObject();
  }
  out.EndArray();
}

}  // namespace

template <typename Out>
void EvidenceFields(std::string_view file, const EvidenceRecord& record,
                    Out& out);

template <typename Out>
void EvidenceSummaryFields(const EvidenceReport& report, Out& out);

template <typename Out>
void JudgementFields(const Judgement& judgement, Out& out) {
  const Comparison& comparison = judgement.comparison;
  out.Field("result", comparison.differs() ? "differs" : "same");
  if (judgement.root != nullptr) {
    out.Field("root", std::string_view(judgement.root->root));
    out.Field("outside", judgement.root->outside);
  }
  out.Field("manifest", judgement.manifest);
  if (!judgement.reference.version.empty()) {
    out.Field("version", std::string_view(judgement.reference.version));
  }
  out.Field("matched", comparison.matched());
  out.Field("of", comparison.of);
  CountsField(comparison, out);
  HintsField(comparison, out);
  if (judgement.versions != nullptr) RunnerUpField(*judgement.versions, out);
  UnusedRulesField(comparison, out);
  if (judgement.evidence == nullptr) return;
  out.Key("evidence");
  out.BeginArray();
  for (const EvidenceRecord& record : judgement.evidence->records) {
    out.BeginObject();
    EvidenceFields(judgement.file, record, out);
    out.EndObject();
  }
  out.EndArray();
}

template <typename Out>
void EvidenceFields(std::string_view file, const EvidenceRecord& record,
                    Out& out) {
  const auto text = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) out.Field(key, std::string_view(value));
  };
  FileField(file, out);
  out.Field("severity", ToWord(record.certainty));
  out.Field("rule", record.rule);
  out.Field("reason", std::string_view(record.reason));
  text("name", record.name);
  if (record.dtype || record.shape) {
    out.Key("expected");
    out.BeginObject();
    if (record.dtype) out.Field("dtype", ToName(*record.dtype));
    if (record.shape) ShapeField("shape", *record.shape, out);
    out.EndObject();
  }
  text("root", record.root);
  text("module", record.module);
  if (!record.missing.empty()) {
    out.Key("missing");
    out.BeginArray();
    for (const std::string& name : record.missing) out.String(name);
    out.EndArray();
  }
  if (record.param) out.Field("param", *record.param);
  text("after", record.after);
  text("before", record.before);
  text("guess", record.guess);
}

template <typename Out>
void EvidenceSummaryFields(const EvidenceReport& report, Out& out) {
  out.Field("result", report.result());
  out.Key("counts");
  out.BeginObject();
#define X(name, word) out.Field(word, report.count(Certainty::name));
  PTSCOPE_CERTAINTIES(X)
#undef X
  out.EndObject();
  out.Key("sources");
  out.BeginObject();
  out.Field("metadata", report.sources.metadata);
  out.Field("optimizer", report.sources.optimizer);
  out.Field("lists", report.sources.lists);
  out.Field("config", report.sources.config);
  out.EndObject();
}

template <typename Out>
void DescriptionFields(const Description& d, Out& out) {
  const Checkpoint& checkpoint = d.checkpoint;
  const Inventory& inventory = d.inventory;
  out.Field("format", checkpoint.format);
  WriterField(checkpoint.writer, out);
  if (!checkpoint.version.empty()) out.Field("version", checkpoint.version);
  if (!checkpoint.byte_order.empty()) {
    out.Field("byte_order", checkpoint.byte_order);
  }
  out.Field("folder", checkpoint.folder);
  out.Field("file_size", checkpoint.file_size);
  if (!checkpoint.parts.empty()) out.Field("parts", checkpoint.parts.size());
  RootFields(d, out);
  out.Field("tensors", inventory.tensors);
  out.Field("parameters", inventory.parameters);
  out.Key("bytes");
  out.BeginObject();
  out.Field("logical", inventory.logical);
  out.Field("unique", inventory.unique);
  out.Field("on_disk", inventory.on_disk);
  out.EndObject();
  out.Key("by_dtype");
  out.BeginObject();
  for (const auto& of : inventory.by_dtype) {
    out.Key(ToName(of.dtype));
    out.BeginObject();
    out.Field("tensors", of.tensors);
    out.Field("bytes", of.bytes);
    out.EndObject();
  }
  out.EndObject();
  out.Field("storages", inventory.storages);
  if (inventory.chunks != 0) out.Field("chunks", inventory.chunks);
  out.Key("tied");
  out.BeginArray();
  for (const auto& group : inventory.tied) {
    out.BeginArray();
    for (const uint32_t i : group) out.String(d.shown.names[i]);
    out.EndArray();
  }
  out.EndArray();
  out.Field("wasted", inventory.wasted);
  WastefulField(d, out);
  out.Field("root_type", checkpoint.root_type);
  EntriesField(checkpoint, out);
  FrameworkField(checkpoint.framework, out);
  MetadataField(checkpoint, out);
  out.Key("evidence");
  out.BeginObject();
  EvidenceSummaryFields(d.evidence, out);
  out.EndObject();
}

void SchemaField(std::string_view command, JsonWriter& out) {
  std::string schema = "ptscope/";
  schema.append(command).append("/1");
  out.Field("schema", std::string_view(schema));
}

void SummaryFields(std::string_view command, JsonWriter& out) {
  out.Field("summary", true);
  SchemaField(command, out);
}

void FailureFields(const Failure& failure, JsonWriter& out) {
  const Error& error = failure.error;
  out.Key("error");
  out.BeginObject();
  out.Field("code", ToWord(error.code));
  Error words = error;  // the place stands in fields of its own
  words.record.clear();
  words.offset.reset();
  out.Field("message", std::string_view(words.Text()));
  if (!error.record.empty())
    out.Field("record", std::string_view(error.record));
  if (error.offset) out.Field("offset", *error.offset);
  out.EndObject();
}

#define PTSCOPE_RECORDS_TO(Out)                                                \
  template void FileField(std::string_view, Out&);                             \
  template void TensorFields(const Listing&, const Listing::Row&, Out&);       \
  template void ModuleFields(const Tree&, const Module&, Out&);                \
  template void VerdictFields(const Judgement&, const VerdictRecord&, Out&);   \
  template void JudgementFields(const Judgement&, Out&);                       \
  template void EvidenceFields(std::string_view, const EvidenceRecord&, Out&); \
  template void EvidenceSummaryFields(const EvidenceReport&, Out&);            \
  template void DescriptionFields(const Description&, Out&);
PTSCOPE_RECORDS_TO(JsonWriter)
PTSCOPE_RECORDS_TO(RowWriter)
#undef PTSCOPE_RECORDS_TO

}  // namespace ptscope::render
