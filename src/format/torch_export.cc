#include "format/torch_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/byte_reader.h"
#include "format/archive_signs.h"
#include "format/members.h"
#include "format/reading.h"
#include "format/torch_export_config.h"
#include "format/wrong_input_hints.h"
#include "model/measure.h"
#include "torch/storage_problems.h"

namespace ptscope::format {

namespace {

constexpr std::string_view kWeights = "data/weights/";
constexpr std::string_view kConstants = "data/constants/";
constexpr std::string_view kWeightsTable = "_weights_config.json";
constexpr std::string_view kConstantsTable = "_constants_config.json";

// What the tensors of a table are to the model.
enum class Role : uint8_t { kWeight, kConstant };

// A table of tensors whose values are records of their own.
struct TableOf {
  Role role;
  std::string_view model;
  std::vector<ExportPayload> payloads;
  // Of payloads that are pickles, by index: opened while records can be read.
  std::unordered_map<size_t, Checkpoint> pickles;
};

// What is between both; nullopt: the name is another.
std::optional<std::string_view> Between(std::string_view name,
                                        std::string_view prefix,
                                        std::string_view suffix) {
  if (name.size() <= prefix.size() + suffix.size() ||
      !name.starts_with(prefix) || !name.ends_with(suffix)) {
    return std::nullopt;
  }
  return name.substr(prefix.size(),
                     name.size() - prefix.size() - suffix.size());
}

class Reader {
 public:
  Reader(TorchArchive archive, const ArchiveLayout& layout)
      : archive_(std::move(archive)), layout_(layout) {}

  Result<Checkpoint> Read() {
    checkpoint().format = "torch export";
    PTSCOPE_CHECK(ReadVersion());
    PTSCOPE_CHECK(ReadTables());
    if (tables_.empty()) {
      PTSCOPE_CHECK(ReadArchives());
    } else {
      PTSCOPE_CHECK(ListTables());
    }
    if (archive_.options().origin) {
      checkpoint().writer =
          WriterOfRecords(archive_.records(), layout_.folder, "export");
    }
    return archive_.Take();
  }

 private:
  Checkpoint& checkpoint() { return archive_.checkpoint(); }
  const Table<Record>& records() const { return archive_.records(); }

  // Without the archive's folder; empty for what lies outside.
  std::string_view NameOf(uint32_t record) const {
    const std::string_view name = records()[record].name;
    if (!name.starts_with(layout_.folder)) return {};
    return name.substr(layout_.folder.size());
  }
  uint32_t Find(std::string_view name) const {
    for (uint32_t i = 0; i < records().size(); ++i) {
      if (NameOf(i) == name) return i;
    }
    return kNone;
  }

  // What older releases write is no archive of torch's: `version` there is that
  // of the schema.
  Status ReadVersion() {
    const bool is_archive =
        BaseName(records()[layout_.main].name) == "archive_format";
    if (is_archive) PTSCOPE_CHECK(archive_.ReadLayout(layout_));
    const uint32_t record = Find(is_archive ? "archive_version" : "version");
    if (record == kNone) return {};
    PTSCOPE_TRY(const std::string_view text, archive_.ReadSmall(record));
    checkpoint().version = text.substr(0, text.find_first_of("\r\n"));
    return {};
  }

  // --- Tables, since 2.9 ---

  Status ReadTables() {
    for (uint32_t i = 0; i < records().size(); ++i) {
      if (const auto m = Between(NameOf(i), kWeights, kWeightsTable)) {
        PTSCOPE_CHECK(ReadTable(i, Role::kWeight, *m));
      } else if (const auto c =
                     Between(NameOf(i), kConstants, kConstantsTable)) {
        PTSCOPE_CHECK(ReadTable(i, Role::kConstant, *c));
      }
    }
    return {};
  }

  Status ReadTable(uint32_t record, Role role, std::string_view model) {
    if (role == Role::kWeight &&
        std::ranges::find(models_, model) == models_.end()) {
      models_.push_back(model);
    }
    PTSCOPE_TRY(const auto bytes, archive_.Read(record));
    auto payloads = ReadExportConfig(AsText(bytes), archive_.limits());
    if (!payloads) {
      payloads.error().record = records()[record].name;
      return std::move(payloads.error());
    }
    tables_.push_back({role, model, *std::move(payloads), {}});
    return OpenPickles(tables_.back());
  }

  Status OpenPickles(TableOf& table) {
    for (size_t i = 0; i < table.payloads.size(); ++i) {
      const ExportPayload& payload = table.payloads[i];
      if (!payload.is_pickle || !payload.is_tensor) continue;
      const std::string name = RecordName(table.role, payload);
      const uint32_t record = Find(name);
      if (record == kNone) continue;  // listed as a problem
      PTSCOPE_TRY(auto opened, OpenMember(archive_, record, name));
      if (opened.checkpoint.tensors.size() != 1) {
        return InMember({.message = fmt::format("tensor '{}': its record holds "
                                                "no tensor, or several",
                                                payload.name.substr(0, 300))},
                        name);
      }
      table.pickles.emplace(i, std::move(opened.checkpoint));
      begins_.emplace(name, opened.begin);
    }
    return {};
  }

  static std::string RecordName(Role role, const ExportPayload& payload) {
    return std::string(role == Role::kWeight ? kWeights : kConstants) +
           payload.record;
  }

  Status ListTables() {
    const std::string& wanted = archive_.options().member;
    if (models_.size() > 1 && !wanted.empty() &&
        std::ranges::find(models_, wanted) == models_.end()) {
      return NoSuchMember(
          wanted, std::vector<std::string>(models_.begin(), models_.end()));
    }
    KeyTable by_name;
    archive_.IndexBelow(layout_.folder, by_name);
    PTSCOPE_CHECK(archive_.MoveRecords());
    checkpoint().root_kind = RootKind::kDict;
    checkpoint().root_type = "dict";
    if (archive_.options().metadata) {
      checkpoint().state_dicts.push_back(
          {.type = "dict", .kind = StateDict::Kind::kDict});
    }
    for (TableOf& table : tables_) {
      if (models_.size() > 1 && !wanted.empty() && table.model != wanted) {
        continue;
      }
      PTSCOPE_CHECK(List(table, by_name));
    }
    return {};
  }

  // Of several models each is a part.
  uint32_t PartOf(std::string_view model) {
    if (models_.size() < 2) return kNone;
    Table<Part>& parts = checkpoint().parts;
    const auto at = std::ranges::find(parts, model, &Part::name);
    if (at != parts.end()) return static_cast<uint32_t>(at - parts.begin());
    parts.push_back({checkpoint().arena().Copy(model), Part::Kind::kMember});
    return static_cast<uint32_t>(parts.size() - 1);
  }

  Status List(TableOf& table, const KeyTable& by_name) {
    const uint32_t part = PartOf(table.model);
    for (size_t i = 0; i < table.payloads.size(); ++i) {
      const ExportPayload& payload = table.payloads[i];
      if (!payload.is_tensor) continue;
      const auto pickle = table.pickles.find(i);
      Tensor tensor;
      if (pickle != table.pickles.end()) {
        tensor = TakePickled(std::move(pickle->second),
                             RecordName(table.role, payload));
      } else {
        const auto status =
            Place(payload, RecordName(table.role, payload), by_name, tensor);
        if (!status) return InTensor(status.error(), payload);
      }
      tensor.name = checkpoint().arena().Copy(std::string_view(payload.name));
      tensor.path = 0;
      tensor.part = part;
      if (table.role == Role::kConstant) {
        tensor.kind = Kind::kConstant;
        checkpoint().extras.push_back(tensor);
      } else {
        tensor.kind = payload.is_parameter ? Kind::kParameter : Kind::kBuffer;
        checkpoint().tensors.push_back(tensor);
      }
    }
    return {};
  }

  Error InTensor(Error error, const ExportPayload& payload) const {
    error.message = fmt::format("tensor '{}': {}", payload.name.substr(0, 300),
                                error.message);
    error.record = records()[layout_.main].name;
    return error;
  }

  // A tensor whose values are a record, as they are.
  Status Place(const ExportPayload& payload, const std::string& name,
               const KeyTable& by_name, Tensor& to) {
    Arena& arena = checkpoint().arena();
    to.dtype = payload.dtype;
    to.requires_grad = payload.requires_grad;
    to.shape = arena.Copy(std::span<const int64_t>(payload.shape));
    to.stride = arena.Copy(std::span<const int64_t>(payload.stride));
    to.storage_offset = payload.storage_offset;
    PTSCOPE_CHECK(Measure(to));
    to.storage = StorageOf(payload, name, by_name, to);
    const Storage& storage = checkpoint().storages[to.storage];
    std::string problem =
        torch::StorageProblem(storage, checkpoint().records, name);
    if (problem.empty()) problem = torch::ExtentProblem(to, storage);
    if (problem.empty() || to.numel == 0) return {};
    TensorDetail detail;
    detail.problem = arena.Copy(std::string_view(problem));
    to.detail = static_cast<uint32_t>(checkpoint().details.size());
    checkpoint().details.push_back(detail);
    return {};
  }

  // The record tells its size; of one that is not there only what the tensor
  // needs is known.
  uint32_t StorageOf(const ExportPayload& payload, const std::string& name,
                     const KeyTable& by_name, const Tensor& tensor) {
    auto& storages = checkpoint().storages;
    const auto index = static_cast<uint32_t>(storages.size());
    const auto [known, is_new] = storages_.emplace(name, index);
    if (!is_new) return known->second;
    Arena& arena = checkpoint().arena();
    const uint32_t record = by_name.Find(name);
    storages.push_back(
        {.key = arena.Copy(std::string_view(payload.record)),
         .location = arena.Copy(std::string_view(payload.device)),
         .nbytes = record == kNone ? tensor.nbytes
                                   : checkpoint().records[record].size,
         .record = record,
         .dtype = Dtype::kUntyped});
    return index;
  }

  // The only tensor of a torch.save archive. The rest of what is known of it
  // becomes the checkpoint's, the part that this makes does not.
  Tensor TakePickled(Checkpoint&& pickled, const std::string& name) {
    Checkpoint& to = checkpoint();
    const size_t before = to.tensors.size();
    const size_t extras = to.extras.size();
    const size_t parts = to.parts.size();
    const auto kind = to.root_kind;
    const auto version = to.version;
    const auto order = to.byte_order;
    to.Append(std::move(pickled),
              {to.arena().Copy(std::string_view(name)), Part::Kind::kMember}, 0,
              begins_.at(name));
    to.root_kind = kind;
    to.version = version;
    to.byte_order = order;
    to.parts.resize(parts);
    to.extras.resize(extras);
    const Tensor tensor = to.tensors.back();
    to.tensors.resize(before);
    return tensor;
  }

  // --- Whole archives, until 2.8 ---

  // "serialized_state_dict.pt", in 2.1 and 2.2 ".json" although it is no JSON.
  static std::optional<Role> RoleOf(std::string_view name) {
    if (Between(name, kWeights, ".pt") ||
        name.starts_with("serialized_state_dict.")) {
      return Role::kWeight;
    }
    if (Between(name, kConstants, ".pt") ||
        name.starts_with("serialized_constants.") ||
        name.starts_with("serialized_tensor_constants.")) {
      return Role::kConstant;
    }
    return std::nullopt;
  }

  Status ReadArchives() {
    const std::string& wanted = archive_.options().member;
    const std::string_view version = checkpoint().version;
    std::vector<std::string> members;
    bool read = false;
    for (uint32_t i = 0; i < records().size(); ++i) {
      const auto role = RoleOf(NameOf(i));
      if (!role || records()[i].size == 0) continue;
      members.emplace_back(NameOf(i));
      if (!wanted.empty() && wanted != NameOf(i)) continue;
      PTSCOPE_CHECK(ReadOne(i, *role));
      read = true;
    }
    // Of the schema, not of the archives within.
    checkpoint().version = version;
    checkpoint().values = MemberValues::Join(std::move(values_));
    if (read) return {};
    if (!members.empty()) return NoSuchMember(wanted, members);
    return Error{.code = ErrorCode::kUnsupported,
                 .message = "is a torch.export archive (.pt2) without weights",
                 .hint = std::string(kNameOrigin)};
  }

  Status ReadOne(uint32_t record, Role role) {
    Checkpoint& to = checkpoint();
    const size_t before = to.tensors.size();
    PTSCOPE_CHECK(AppendMember(archive_, record, NameOf(record), values_));
    if (role == Role::kWeight) return {};
    for (size_t i = before; i < to.tensors.size(); ++i) {
      to.extras.push_back(to.tensors[i]);
      to.extras.back().kind = Kind::kConstant;
    }
    to.tensors.resize(before);
    return {};
  }

  TorchArchive archive_;
  const ArchiveLayout layout_;
  std::vector<TableOf> tables_;
  MemberValues values_;  // of whole archives
  std::vector<std::string_view> models_;
  std::unordered_map<std::string, uint32_t> storages_;  // by record
  std::unordered_map<std::string, uint64_t> begins_;    // of pickles
};

}  // namespace

Result<std::optional<ArchiveLayout>> FindTorchExport(
    const Table<Record>& records) {
  PTSCOPE_TRY(auto layout, FindLayout(records, "archive_format"));
  if (layout) return layout;
  return FindLayout(records, "serialized_exported_program.json");
}

Result<Checkpoint> ReadTorchExport(TorchArchive archive,
                                   const ArchiveLayout& layout) {
  return Reader(std::move(archive), layout).Read();
}

}  // namespace ptscope::format
