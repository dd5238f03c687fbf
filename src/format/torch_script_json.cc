#include "format/torch_script_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/byte_reader.h"
#include "base/damaged.h"
#include "format/script_model.h"
#include "model/measure.h"
#include "torch/listing_meter.h"
#include "torch/storage_problems.h"
#include "torch/walk.h"
#include "torch/writer.h"

namespace ptscope::format {

namespace {

using archive::RecordBytes;
using pickle::Kind;
using pickle::Ref;
using pickle::Values;

constexpr std::string_view kAttributes = "attributes.pkl";

// caffe2's names of element types. Source: caffe2/proto/caffe2.proto,
// TensorProto.DataType, and at::toQIntType.
struct TypeRow {
  std::string_view name;
  Dtype dtype;
  Dtype quantized;
};
constexpr TypeRow kTypes[] = {
    {"FLOAT", Dtype::kFloat32, Dtype::kUnknown},
    {"INT32", Dtype::kInt32, Dtype::kQint32},
    {"BOOL", Dtype::kBool, Dtype::kUnknown},
    {"UINT8", Dtype::kUint8, Dtype::kQuint8},
    {"INT8", Dtype::kInt8, Dtype::kQint8},
    {"INT16", Dtype::kInt16, Dtype::kUnknown},
    {"INT64", Dtype::kInt64, Dtype::kUnknown},
    {"FLOAT16", Dtype::kFloat16, Dtype::kUnknown},
    {"DOUBLE", Dtype::kFloat64, Dtype::kUnknown},
};

Result<Dtype> DtypeOf(const ScriptTensor& def) {
  const auto* row = std::ranges::find(kTypes, def.data_type, &TypeRow::name);
  if (row != std::end(kTypes)) {
    const Dtype dtype = def.quantized ? row->quantized : row->dtype;
    if (dtype != Dtype::kUnknown) return dtype;
  }
  return Error{.code = ErrorCode::kUnsupported,
               .message = "its element type is not known",
               .found = fmt::format("'{}'{}", def.data_type.substr(0, 100),
                                    def.quantized ? ", quantized" : "")};
}

// The tensors of model.json, which modules and attributes name by their index.
class TensorTable {
 public:
  TensorTable(const KeyTable& by_name, const Limits& limits,
              Checkpoint& checkpoint)
      : by_name_(by_name), limits_(limits), checkpoint_(checkpoint) {}

  Status Read(const std::vector<ScriptTensor>& defs) {
    tensors_.reserve(defs.size());
    for (const ScriptTensor& def : defs) {
      Tensor tensor;
      if (auto status = ReadOne(def, tensor); !status) {
        status.error().message =
            fmt::format("tensor {} of its table: {}", tensors_.size(),
                        status.error().message);
        return status;
      }
      tensors_.push_back(tensor);
    }
    return {};
  }
  const Table<Tensor>& tensors() const { return tensors_; }

 private:
  Status ReadOne(const ScriptTensor& def, Tensor& to) {
    PTSCOPE_TRY(to.dtype, DtypeOf(def));
    to.requires_grad = def.requires_grad ? 1 : 0;
    to.shape = def.dims;
    to.stride = def.strides;
    if (def.dims.size() != def.strides.size()) {
      return Damaged("its size and stride differ in length",
                     fmt::format("{}", def.strides.size()),
                     fmt::format("{}", def.dims.size()));
    }
    if (def.dims.size() > limits_.dimensions) {
      return Error{
          .code = ErrorCode::kLimit,
          .message = "it has more dimensions than the limit `dimensions`",
          .found = fmt::format("{}", def.dims.size()),
          .expected = fmt::format("at most {}", limits_.dimensions)};
    }
    const auto negative = [](int64_t n) { return n < 0; };
    if (def.offset < 0 || std::ranges::any_of(def.dims, negative) ||
        std::ranges::any_of(def.strides, negative)) {
      return Damaged("its size, stride or offset is negative");
    }
    to.storage_offset = static_cast<uint64_t>(def.offset);
    PTSCOPE_CHECK(Measure(to));
    to.storage = StorageOf(def, to.dtype);
    if (def.quantized) SetQuantizer(def, to);
    FindProblem(to);
    return {};
  }

  // A storage is as large as its record: nothing else tells.
  uint32_t StorageOf(const ScriptTensor& def, Dtype dtype) {
    auto& storages = checkpoint_.storages;
    const auto index = static_cast<uint32_t>(storages.size());
    const uint32_t known = by_key_.Insert(def.key, index);
    if (known != KeyTable::kAbsent) return known;
    const uint32_t record = by_name_.Find(def.key);
    storages.push_back(
        {.key = def.key,
         .location = def.device,
         .nbytes = record == kNone ? 0 : checkpoint_.records[record].size,
         .record = record,
         .dtype = dtype});
    return index;
  }

  TensorDetail& DetailOf(Tensor& to) {
    if (to.detail == kNone) {
      to.detail = static_cast<uint32_t>(checkpoint_.details.size());
      checkpoint_.details.push_back({});
    }
    return checkpoint_.details[to.detail];
  }

  void SetQuantizer(const ScriptTensor& def, Tensor& to) {
    auto* quantizer = checkpoint_.arena().Allocate<Quantizer>(1);
    *quantizer = {};
    quantizer->scheme = "per_tensor_affine";
    quantizer->scale = def.scale;
    quantizer->zero_point = def.zero_point;
    DetailOf(to).quantizer = quantizer;
  }

  void FindProblem(Tensor& to) {
    if (to.numel == 0) return;
    const Storage& storage = checkpoint_.storages[to.storage];
    const std::string_view name = storage.key.substr(0, 100);
    std::string problem =
        storage.record == kNone
            ? fmt::format("record {} is not in the archive", name)
            : torch::StorageProblem(storage, checkpoint_.records, name);
    if (problem.empty()) problem = torch::ExtentProblem(to, storage);
    if (problem.empty()) return;
    DetailOf(to).problem = checkpoint_.arena().Copy(std::string_view(problem));
  }

  const KeyTable& by_name_;
  const Limits& limits_;
  Checkpoint& checkpoint_;
  KeyTable by_key_;
  Table<Tensor> tensors_;
};

// The values of attributes.pkl, a list or a tuple.
class AttributeValues {
 public:
  Status Read(TorchArchive& archive, const RecordBytes& bytes,
              uint32_t record) {
    PTSCOPE_TRY(const Ref root, archive.Run(bytes, record, values_));
    const auto add = [this](std::span<const Ref> run) {
      refs_.append(run.data(), run.size());
    };
    if (values_.Is(root, Kind::kTuple)) {
      add(values_.ItemsOf(root));
    } else if (values_.Is(root, Kind::kList)) {
      values_.ForEachRun(root, add);
    } else {
      Error error = Damaged("the attributes are no list");
      error.record = std::string(kAttributes);
      return error;
    }
    return {};
  }
  const Values& values() const { return values_; }
  Result<Ref> At(int64_t index) const {
    if (index >= 0 && static_cast<uint64_t>(index) < refs_.size()) {
      return refs_[static_cast<size_t>(index)];
    }
    return Damaged("its value is not in attributes.pkl",
                   fmt::format("{}", index),
                   fmt::format("below {}", refs_.size()));
  }

 private:
  Values values_;
  PodVector<Ref> refs_;
};

// Walks the modules: parameters and buffers, attributes, then submodules, as a
// state_dict has them.
class ModuleLister {
 public:
  ModuleLister(const ScriptModel& model, const Table<Tensor>& table,
               const AttributeValues& attributes, torch::PlacedLister& placed,
               const torch::ListingMeter& meter, const Limits& limits,
               Checkpoint& checkpoint)
      : model_(model),
        table_(table),
        attributes_(attributes),
        placed_(placed),
        meter_(meter),
        limits_(limits),
        checkpoint_(checkpoint) {}

  Status Run() {
    paths_.resize(model_.modules.size());
    for (uint32_t i = 0; i != kNone; i = Next(i)) {
      Enter(i);
      const ScriptModule& module = model_.modules[i];
      PTSCOPE_CHECK(ListParameters(module, paths_[i]));
      PTSCOPE_CHECK(ListAttributes(module, paths_[i]));
      PTSCOPE_CHECK(ListState(module, paths_[i]));
      PTSCOPE_CHECK(CheckLimits());
    }
    CountEntry();
    return {};
  }

 private:
  // The module behind this one, parents first.
  uint32_t Next(uint32_t i) const {
    const auto& modules = model_.modules;
    if (modules[i].child != kNone) return modules[i].child;
    while (i != kNone && modules[i].next == kNone) i = modules[i].parent;
    return i == kNone ? kNone : modules[i].next;
  }

  // The main module's own name is not part of names.
  void Enter(uint32_t i) {
    const ScriptModule& module = model_.modules[i];
    if (module.parent == kNone) {
      paths_[i] = 0;
      return;
    }
    const size_t step = Join(paths_[module.parent], module.name);
    if (module.parent == 0) AddEntry("module", {});
    paths_[i] = static_cast<uint32_t>(checkpoint_.paths.size());
    checkpoint_.paths.push_back(
        {paths_[module.parent], static_cast<uint32_t>(name_.size()),
         checkpoint_.arena().Copy(std::string_view(name_).substr(step))});
  }

  // Makes name_ that of a step in a container; gives where the step begins.
  size_t Join(uint32_t container, std::string_view step) {
    name_.resize(checkpoint_.paths[container].prefix);
    if (container != 0) name_ += '.';
    const size_t begin = name_.size();
    name_ += step;
    return begin;
  }

  // name_ has the name of a module, so that its parts begin with it.
  Status ListParameters(const ScriptModule& module, uint32_t path) {
    const auto own = std::span(model_.parameters)
                         .subspan(module.parameters, module.parameter_count);
    for (const ScriptParameter& parameter : own) {
      if (parameter.tensor == -1) continue;
      Join(path, parameter.name);
      if (parameter.tensor < 0 ||
          static_cast<uint64_t>(parameter.tensor) >= table_.size()) {
        return Named(Damaged("its tensor is not in the table",
                             fmt::format("{}", parameter.tensor),
                             fmt::format("below {}", table_.size())));
      }
      Tensor tensor = table_[static_cast<size_t>(parameter.tensor)];
      tensor.name = checkpoint_.arena().Copy(std::string_view(name_));
      tensor.path = path;
      tensor.kind =
          parameter.buffer ? ptscope::Kind::kBuffer : ptscope::Kind::kParameter;
      checkpoint_.tensors.push_back(tensor);
      PTSCOPE_CHECK(CheckLimits());
    }
    return {};
  }

  // 1.1 lists a buffer among the attributes, too.
  Status ListAttributes(const ScriptModule& module, uint32_t path) {
    const auto own = std::span(model_.attributes)
                         .subspan(module.attributes, module.attribute_count);
    if (own.empty()) return {};
    KeyTable buffers;
    for (uint32_t i = 0; i < module.parameter_count; ++i) {
      const ScriptParameter& p = model_.parameters[module.parameters + i];
      if (p.buffer) buffers.Insert(p.name, i);
    }
    for (const ScriptAttribute& attribute : own) {
      if (attribute.value == -1) continue;
      if (buffers.Find(attribute.name) != KeyTable::kAbsent) continue;
      const size_t step = Join(path, attribute.name);
      const auto value = attributes_.At(attribute.value);
      if (!value) return Named(value.error());
      const bool entry = path == 0 && attribute.type != "Tensor";
      if (entry) AddEntry(attribute.type, placed_.ShortText(*value));
      PTSCOPE_CHECK(placed_.List(*value, path, name_, step));
      if (entry) CountEntry();
      PTSCOPE_CHECK(CheckLimits());
    }
    return {};
  }

  // What __getstate__ gave in place of parameters and attributes.
  Status ListState(const ScriptModule& module, uint32_t path) {
    if (module.state < 0) return {};
    name_.resize(checkpoint_.paths[path].prefix);
    const auto value = attributes_.At(module.state);
    if (!value) return Named(value.error());
    return placed_.ListState(*value, path, name_);
  }

  void AddEntry(std::string_view type, std::string_view value) {
    CountEntry();
    Arena& arena = checkpoint_.arena();
    entry_ = static_cast<uint32_t>(checkpoint_.entries.size());
    first_ = checkpoint_.tensors.size();
    checkpoint_.entries.push_back({.name = arena.Copy(std::string_view(name_)),
                                   .type = arena.Copy(type),
                                   .value = arena.Copy(value)});
  }
  // All tensors since its beginning are below the open entry.
  void CountEntry() {
    if (entry_ == kNone) return;
    checkpoint_.entries[entry_].tensors = checkpoint_.tensors.size() - first_;
    entry_ = kNone;
  }

  Status CheckLimits() const {
    PTSCOPE_CHECK(meter_.Check());
    if (checkpoint_.tensors.size() <= limits_.tensors) return {};
    return Error{.code = ErrorCode::kLimit,
                 .message = "there are more tensors than the limit `tensors`",
                 .expected = fmt::format("at most {}", limits_.tensors)};
  }

  Error Named(Error error) const {
    error.message =
        fmt::format("'{}': {}", name_.substr(0, 300), error.message);
    return error;
  }

  const ScriptModel& model_;
  const Table<Tensor>& table_;
  const AttributeValues& attributes_;
  torch::PlacedLister& placed_;
  const torch::ListingMeter& meter_;
  const Limits& limits_;
  Checkpoint& checkpoint_;
  std::vector<uint32_t> paths_;  // by module
  std::string name_;             // joined name of what is at hand
  uint32_t entry_ = kNone;       // the main module's child that is listed
  size_t first_ = 0;             // its first tensor
};

class Reader {
 public:
  Reader(TorchArchive archive, const ArchiveLayout& layout)
      : archive_(std::move(archive)), layout_(layout) {}

  Result<Checkpoint> Read() {
    Checkpoint& checkpoint = archive_.checkpoint();
    checkpoint.format = "TorchScript";
    checkpoint.root_kind = RootKind::kModule;
    PTSCOPE_CHECK(archive_.ReadLayout(layout_));
    archive_.IndexBelow(layout_.folder, by_name_);
    PTSCOPE_TRY(const ScriptModel model, ReadModel());
    checkpoint.root_type =
        model.modules[0].name.empty() ? "module" : model.modules[0].name;

    const uint32_t pickled = by_name_.Find(kAttributes);
    RecordBytes bytes;
    if (pickled != KeyTable::kAbsent) {
      PTSCOPE_TRY(bytes, archive_.Read(pickled));
    }
    PTSCOPE_CHECK(archive_.MoveRecords());
    AttributeValues attributes;
    if (pickled != KeyTable::kAbsent) {
      PTSCOPE_CHECK(attributes.Read(archive_, bytes, pickled));
    }
    PTSCOPE_CHECK(InModel(List(model, attributes, bytes.size())));
    if (archive_.options().metadata) {
      checkpoint.state_dicts.push_back(
          {.type = checkpoint.root_type, .kind = StateDict::Kind::kModule});
    }
    if (archive_.options().origin) {
      torch::WriterEvidence writer;
      writer.Saw(torch::Sign::kContainer, "model.json");
      if (pickled != KeyTable::kAbsent) {
        writer.Saw(torch::Sign::kRecord, kAttributes);
      }
      checkpoint.writer = writer.Conclude();
    }
    return archive_.Take();
  }

 private:
  Result<ScriptModel> ReadModel() {
    PTSCOPE_TRY(const RecordBytes json, archive_.Read(layout_.main));
    auto model = ReadScriptModel(AsText(json), archive_.limits(),
                                 archive_.checkpoint().arena());
    if (!model && model.error().record.empty()) {
      model.error().record = "model.json";
    }
    return model;
  }

  Status List(const ScriptModel& model, const AttributeValues& attributes,
              uint64_t attribute_bytes) {
    Checkpoint& checkpoint = archive_.checkpoint();
    const uint64_t size = archive_.records()[layout_.main].size;
    const torch::ListingMeter meter(checkpoint, archive_.limits(), "model.json",
                                    size + attribute_bytes);
    TensorTable table(by_name_, archive_.limits(), checkpoint);
    PTSCOPE_CHECK(table.Read(model.tensors));
    const torch::StorageRecords none{by_name_, "tensors/", true, false};
    torch::PlacedLister placed({attributes.values(), none, kAttributes,
                                attribute_bytes, archive_.limits()},
                               table.tensors(), checkpoint);
    return ModuleLister(model, table.tensors(), attributes, placed, meter,
                        archive_.limits(), checkpoint)
        .Run();
  }

  // An error that says no place of its own is in model.json.
  static Status InModel(Status status) {
    if (!status && status.error().record.empty()) {
      status.error().record = "model.json";
    }
    return status;
  }

  TorchArchive archive_;
  const ArchiveLayout layout_;
  KeyTable by_name_;  // records by their names in the folder
};

bool HasOthers(const Table<Record>& records, const ArchiveLayout& layout) {
  return std::ranges::any_of(records, [&](const Record& record) {
    if (!record.name.starts_with(layout.folder)) return false;
    const std::string_view name = record.name.substr(layout.folder.size());
    return name.starts_with("tensors/") || name == kAttributes ||
           (name.starts_with("code/") && layout.version != kNone);
  });
}

}  // namespace

Result<std::optional<ArchiveLayout>> FindTorchScriptJson(
    const Table<Record>& records) {
  const auto layout = FindLayout(records, "model.json");
  if (layout && *layout && HasOthers(records, **layout)) return *layout;
  return std::optional<ArchiveLayout>();
}

Result<Checkpoint> ReadTorchScriptJson(TorchArchive archive,
                                       const ArchiveLayout& layout) {
  return Reader(std::move(archive), layout).Read();
}

}  // namespace ptscope::format
