// Checkpoint::Append: many checkpoints as one.
#include <algorithm>
#include <string>
#include <unordered_map>

#include "base/arena.h"
#include "ptscope/checkpoint.h"

namespace ptscope {

namespace {

// What the indices of the other checkpoint become.
class Shift {
 public:
  Shift(Checkpoint& to, size_t parts)
      : arena_(to.arena()),
        path_(Size(to.paths)),
        storage_(Size(to.storages)),
        detail_(Size(to.details)),
        record_(Size(to.records)),
        part_(static_cast<uint32_t>(to.parts.size())),
        has_parts_(parts != 0) {}

  // Both roots are one.
  uint32_t Path(uint32_t i) const {
    return i == kNone || i == 0 ? i : i - 1 + path_;
  }
  uint32_t Record(uint32_t i) const { return i == kNone ? i : i + record_; }
  uint32_t Storage(uint32_t i) const { return i == kNone ? i : i + storage_; }

  Tensor Of(Tensor tensor) const {
    tensor.path = Path(tensor.path);
    if (tensor.storage != kNone) tensor.storage += storage_;
    if (tensor.detail != kNone) tensor.detail += detail_;
    tensor.part =
        has_parts_ && tensor.part != kNone ? part_ + tensor.part : part_;
    return tensor;
  }

  TensorDetail Of(TensorDetail detail) const {
    detail.components = Of(detail.components);
    if (detail.quantizer != nullptr) {
      auto* copy = arena_.Allocate<Quantizer>(1);
      *copy = *detail.quantizer;
      copy->parameters = Of(copy->parameters);
      detail.quantizer = copy;
    }
    return detail;
  }

 private:
  template <typename T>
  static uint32_t Size(const Table<T>& table) {
    return static_cast<uint32_t>(table.size());
  }

  // Parts of parts have details of their own, which are listed too: nothing
  // recurses here.
  std::span<const Tensor> Of(std::span<const Tensor> tensors) const {
    if (tensors.empty()) return {};
    auto* to = arena_.Allocate<Tensor>(tensors.size());
    for (size_t i = 0; i < tensors.size(); ++i) to[i] = Of(tensors[i]);
    return {to, tensors.size()};
  }

  Arena& arena_;
  const uint32_t path_;
  const uint32_t storage_;
  const uint32_t detail_;
  const uint32_t record_;
  const uint32_t part_;  // the first of the other's
  const bool has_parts_;
};

// What both say, or nothing.
void Agree(std::string_view& mine, std::string_view other, bool first) {
  if (first) {
    mine = other;
  } else if (mine != other) {
    mine = {};
  }
}

void Agree(Writer& mine, Writer& other, bool first) {
  if (first) {
    mine = std::move(other);
  } else if (mine.program != other.program || mine.since != other.since ||
             mine.last != other.last) {
    mine = {};
  }
}

// Facts of which there is none by that key yet. Of more than a few, those that
// came first are enough.
void AddFacts(std::vector<Fact>& to, const std::vector<Fact>& other) {
  constexpr size_t kMost = 100;
  for (const Fact& fact : other) {
    if (to.size() >= kMost) return;
    if (std::ranges::find(to, fact.key, &Fact::key) == to.end()) {
      to.push_back(fact);
    }
  }
}

void AddTraining(TrainingState& to, const TrainingState& other,
                 const Shift& shift) {
  const auto parameters = static_cast<uint32_t>(to.parameters.size());
  const auto states = static_cast<uint32_t>(to.state_numbers.size());
  for (Optimizer optimizer : other.optimizers) {
    optimizer.path = shift.Path(optimizer.path);
    optimizer.parameters += parameters;
    optimizer.states += states;
    to.optimizers.push_back(optimizer);
  }
  const auto add = [](auto& mine, const auto& more) {
    mine.insert(mine.end(), more.begin(), more.end());
  };
  add(to.parameters, other.parameters);
  add(to.state_numbers, other.state_numbers);
  add(to.declared, other.declared);
  add(to.settings, other.settings);
  add(to.uninitialized, other.uninitialized);
  // The records of all parts, of which only some may have been asked.
  to.named_records.clear();
}

}  // namespace

void MergeEntries(std::vector<Entry>& to, const std::vector<Entry>& other) {
  std::unordered_map<std::string_view, size_t> at;
  for (size_t i = 0; i < to.size(); ++i) at.emplace(to[i].name, i);
  for (const Entry& entry : other) {
    const auto [it, is_new] = at.emplace(entry.name, to.size());
    if (is_new) {
      to.push_back(entry);
    } else {
      to[it->second].tensors += entry.tensors;
    }
  }
}

void Checkpoint::Append(Checkpoint&& other, Part part, uint32_t file,
                        uint64_t base) {
  const bool first = parts.empty();
  const Shift shift(*this, other.parts.size());
  const auto modules_before = static_cast<uint32_t>(modules.size());
  const auto keys_before = static_cast<uint32_t>(other_keys.size());
  if (other.parts.empty()) parts.push_back(part);
  for (const Part& inner : other.parts) {
    const std::string name =
        std::string(part.name) + '/' + std::string(inner.name);
    parts.push_back({arena_->Copy(std::string_view(name)), part.kind});
  }

  if (first) {
    root_kind = other.root_kind;
    root_type = other.root_type;
  } else if (root_kind != other.root_kind) {
    root_kind = RootKind::kOther;
  }
  Agree(version, other.version, first);
  Agree(byte_order, other.byte_order, first);
  Agree(writer, other.writer, first);
  Agree(framework.name, other.framework.name, first);
  Agree(framework.version, other.framework.version, first);
  on_disk += other.on_disk;
  entries_omitted += other.entries_omitted;
  MergeEntries(entries, other.entries);
  AddFacts(metadata, other.metadata);

  for (Finding& finding : other.findings) {
    finding.message = std::string(part.name) + ": " + finding.message;
    finding.file = file;
    finding.record = shift.Record(finding.record);
    if (base != kUnknown) finding.offset += base;
    AddFinding(std::move(finding));
  }
  findings_omitted += other.findings_omitted;

  for (const TensorDetail& detail : other.details) {
    details.push_back(shift.Of(detail));
  }
  for (const Tensor& tensor : other.tensors) {
    tensors.push_back(shift.Of(tensor));
  }
  for (const Tensor& tensor : other.extras) extras.push_back(shift.Of(tensor));
  for (StateDict dict : other.state_dicts) {
    dict.path = shift.Path(dict.path);
    dict.modules += modules_before;
    dict.keys += keys_before;
    state_dicts.push_back(dict);
  }
  for (const ModuleMetadata& module : other.modules) modules.push_back(module);
  for (const OtherKey& key : other.other_keys) other_keys.push_back(key);
  AddTraining(training, other.training, shift);
  for (size_t i = 1; i < other.paths.size(); ++i) {
    PathNode node = other.paths[i];
    node.parent = shift.Path(node.parent);
    paths.push_back(node);
  }
  for (Storage storage : other.storages) {
    storage.record = shift.Record(storage.record);
    storage.view_of = shift.Storage(storage.view_of);
    storages.push_back(storage);
  }
  for (Record record : other.records) {
    record.file = file;
    if (base == kUnknown) {
      record.data = kUnknown;
    } else {
      record.header += base;
      if (record.data != kUnknown) record.data += base;
    }
    records.push_back(record);
  }
  for (auto& bytes : other.kept_) kept_.push_back(std::move(bytes));
  kept_.push_back(std::shared_ptr<const Arena>(std::move(other.arena_)));
}

}  // namespace ptscope
