#include "torch/distributed_metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/arena.h"
#include "base/damaged.h"
#include "base/hash.h"
#include "pickle/dict_items.h"
#include "torch/dimensions.h"
#include "torch/globals.h"

namespace ptscope::torch {

using pickle::Item;
using pickle::Kind;
using pickle::Ref;
using pickle::Values;

namespace {

// A value, its tensor, and its place in the index of names.
constexpr uint64_t kBytesOfValue =
    sizeof(SavedValue) + sizeof(Tensor) + sizeof(TensorDetail) + 32;

// A short pickle can name a long text many times.
uint64_t TextSteps(std::string_view text) { return 1 + text.size() / 64; }

bool Equal(std::span<const int64_t> a, std::span<const int64_t> b) {
  return std::ranges::equal(a, b);
}

// Finds records by what a MetadataIndex says: a key, and the offsets of a chunk
// or none.
class RangeIndex {
 public:
  struct Place {
    std::string_view name;
    std::span<const int64_t> offsets;
    bool has_offsets;
    uint32_t record;
  };

  // There will be at most so many.
  explicit RangeIndex(size_t count) {
    size_t slots = 16;
    while (slots < 2 * count) slots *= 2;
    slots_.resize(slots, kNone);
  }

  // The place of that key and those offsets; added if there is none.
  Place& Put(const Place& place) {
    uint32_t& slot = slots_[SlotOf(place)];
    if (slot == kNone) {
      slot = static_cast<uint32_t>(places_.size());
      places_.push_back(place);
    }
    return places_[slot];
  }
  // kNone: there is none.
  uint32_t Find(const Place& place) const {
    const uint32_t at = slots_[SlotOf(place)];
    return at == kNone ? kNone : places_[at].record;
  }

  uint64_t bytes() const {
    return slots_.size() * sizeof(uint32_t) + places_.size() * sizeof(Place);
  }

 private:
  size_t SlotOf(const Place& place) const {
    uint64_t hash = HashText(place.name, HashKey()) + place.has_offsets;
    for (const int64_t n : place.offsets) {
      hash = HashNumber(static_cast<uint64_t>(n), hash);
    }
    const size_t mask = slots_.size() - 1;
    size_t at = hash & mask;
    while (slots_[at] != kNone) {
      const Place& other = places_[slots_[at]];
      if (other.name == place.name && other.has_offsets == place.has_offsets &&
          Equal(other.offsets, place.offsets)) {
        break;
      }
      at = (at + 1) & mask;
    }
    return at;
  }

  PodVector<Place> places_;
  PodVector<uint32_t> slots_;  // a power of two, at most half full
};

class MetadataReader {
 public:
  MetadataReader(const Values& values, std::string_view record,
                 const Limits& limits, SavedState& state,
                 Checkpoint& checkpoint)
      : values_(values),
        globals_(values),
        dicts_(values),
        dimensions_(values, globals_, limits, checkpoint.arena()),
        record_(record),
        limits_(limits),
        state_(state),
        checkpoint_(checkpoint) {}

  Status Read(Ref root) {
    auto status = ReadMetadata(root);
    if (!status) status.error().record = std::string(record_);
    return status;
  }

 private:
  Status ReadMetadata(Ref root);
  Status ReadRanges(Ref storage_data, RangeIndex& ranges);
  Status ReadRange(const Item& item, RangeIndex& ranges);
  Status ReadPlanner(Ref planner_data);
  Status ReadValues(PodVector<Item>& items, const RangeIndex& ranges);
  Status ReadValue(const Item& item, const RangeIndex& ranges);
  Status ReadTensor(Ref metadata, SavedValue& to);
  Status ReadProperties(Ref properties, SavedValue& to);
  Status ReadChunk(Ref ref, const RangeIndex& ranges, SavedValue& to);
  Status Agree(const SavedValue& old, const SavedValue& read) const;
  Error UnknownClass(Ref value);
  uint32_t PathOf(std::string_view name);
  bool Joins(std::span<const Ref> steps, std::string_view name);
  uint32_t FileOf(std::string_view name);
  Ref Field(Ref object, std::string_view name);
  bool IsText(Ref ref) const;
  bool IsStrided(Ref layout);
  std::string_view Copy(std::string_view text) {
    return checkpoint_.arena().Copy(text);
  }
  Status Spend(uint64_t steps);

  const Values& values_;
  Globals globals_;
  pickle::DictReader dicts_;
  Dimensions dimensions_;
  const std::string_view record_;
  const Limits& limits_;
  SavedState& state_;
  Checkpoint& checkpoint_;
  KeyTable steps_of_;     // key to an index into paths_
  PodVector<Ref> paths_;  // planner_data's tuples
  std::string scratch_;
  uint64_t temporary_ = 0;  // bytes
};

// Both are bounded by the pickle in honest files; values that refer to each
// other can make them grow without end.
Status MetadataReader::Spend(uint64_t steps) {
  state_.steps += steps;
  if (state_.steps > limits_.steps) {
    return Error{.code = ErrorCode::kLimit,
                 .message =
                     "reading it takes more steps than the limit `steps`: it "
                     "repeats itself",
                 .expected = fmt::format("at most {}", limits_.steps)};
  }
  const Checkpoint& c = checkpoint_;
  const uint64_t bytes =
      c.arena().used() + temporary_ + state_.values.size() * kBytesOfValue +
      state_.chunks.size() * sizeof(Chunk) + c.records.size() * sizeof(Record) +
      c.paths.size() * sizeof(PathNode);
  if (bytes <= state_.budget) return {};
  return Error{.code = ErrorCode::kLimit,
               .message =
                   "its tensors, chunks and names take more memory than the "
                   "limit `listing_bytes`: it repeats itself",
               .found = fmt::format("{} bytes", bytes),
               .expected = fmt::format("at most {}", state_.budget)};
}

bool MetadataReader::IsText(Ref ref) const {
  return ref != Ref::kAbsent &&
         (values_.Is(ref, Kind::kStr) || values_.Is(ref, Kind::kPy2Str));
}

// An attribute of an object that BUILD gave a dict, or a dict and slots.
Ref MetadataReader::Field(Ref object, std::string_view name) {
  if (object == Ref::kAbsent || !values_.Is(object, Kind::kObject)) {
    return Ref::kAbsent;
  }
  const Ref state = values_.StateOf(object);
  if (state == Ref::kAbsent) return Ref::kAbsent;
  const auto states = values_.Is(state, Kind::kTuple)
                          ? values_.ItemsOf(state)
                          : std::span<const Ref>(&state, 1);
  Ref found = Ref::kAbsent;
  state_.steps += states.size();
  for (const Ref one : states) {
    if (!values_.Is(one, Kind::kDict)) continue;
    state_.steps += values_.CountOf(one);
    const Ref value = dicts_.Find(one, name);
    if (value != Ref::kAbsent) found = value;
  }
  return found;
}

// Source: torch/distributed/checkpoint/metadata.py, Metadata. Megatron's
// MCoreMetadata is a subclass: the fields decide, not the name.
Status MetadataReader::ReadMetadata(Ref root) {
  const Ref saved = Field(root, "state_dict_metadata");
  if (saved == Ref::kAbsent || !values_.Is(saved, Kind::kDict)) {
    return Damaged("holds no metadata of a distributed checkpoint");
  }
  const Ref version = Field(root, "version");
  if (IsText(version)) checkpoint_.version = Copy(values_.TextOf(version));

  const Ref storage = Field(root, "storage_data");
  const bool has_ranges =
      storage != Ref::kAbsent && values_.Is(storage, Kind::kDict);
  RangeIndex ranges(has_ranges ? values_.CountOf(storage) / 2 : 0);
  temporary_ += ranges.bytes();
  if (has_ranges) PTSCOPE_CHECK(ReadRanges(storage, ranges));
  const Ref planner = Field(root, "planner_data");
  if (planner != Ref::kAbsent && values_.Is(planner, Kind::kDict)) {
    PTSCOPE_CHECK(ReadPlanner(planner));
  }
  PodVector<Item> items;
  dicts_.Read(saved, items);
  return ReadValues(items, ranges);
}

// --- Where the bytes are ---

// As in Python, of equal keys the last one's value counts.
Status MetadataReader::ReadRanges(Ref storage_data, RangeIndex& ranges) {
  if (values_.CountOf(storage_data) / 2 > limits_.records) {
    return Error{.code = ErrorCode::kLimit,
                 .message = "it has more ranges than the limit `records`",
                 .found = fmt::format("{}", values_.CountOf(storage_data) / 2),
                 .expected = fmt::format("at most {}", limits_.records)};
  }
  Status status;
  values_.ForEachRun(storage_data, [&](std::span<const Ref> run) {
    for (size_t i = 0; status && i + 1 < run.size(); i += 2) {
      status = ReadRange({run[i], run[i + 1]}, ranges);
    }
  });
  return status;
}

Status MetadataReader::ReadRange(const Item& item, RangeIndex& ranges) {
  const Ref fqn = Field(item.key, "fqn");
  const Ref path = Field(item.value, "relative_path");
  const Ref offset = Field(item.value, "offset");
  const Ref length = Field(item.value, "length");
  const auto is_size = [this](Ref ref) {
    return ref != Ref::kAbsent && values_.Is(ref, Kind::kInt) &&
           values_.IntOf(ref) >= 0;
  };
  if (!IsText(fqn)) return Damaged("a key of its storage_data names no value");
  const std::string_view name = values_.TextOf(fqn);
  if (!IsText(path) || !is_size(offset) || !is_size(length)) {
    return Damaged(fmt::format("'{}': its place is no range of a file",
                               name.substr(0, 300)));
  }
  PTSCOPE_CHECK(Spend(TextSteps(name) + TextSteps(values_.TextOf(path))));
  RangeIndex::Place place{name, {}, false, kNone};
  const Ref chunk = Field(item.key, "offset");
  if (chunk != Ref::kAbsent && chunk != Ref::kNone) {
    auto offsets = dimensions_.Read(chunk, "offset");
    if (!offsets) return std::move(offsets.error());
    state_.steps += offsets->size();
    place.offsets = *offsets;
    place.has_offsets = true;
  }
  Record record;
  record.file = FileOf(values_.TextOf(path));
  record.name = checkpoint_.files[record.file];
  record.header = static_cast<uint64_t>(values_.IntOf(offset));
  record.data = record.header;
  record.stored = static_cast<uint64_t>(values_.IntOf(length));
  record.size = record.stored;
  // Compressed, say: how large it was is not told.
  const Ref transforms = Field(item.value, "transform_descriptors");
  if (transforms != Ref::kAbsent && values_.Is(transforms, Kind::kList) &&
      values_.CountOf(transforms) != 0) {
    record.method = Record::Method::kOther;
  }
  auto& known = ranges.Put(place);
  if (known.record != kNone) {
    checkpoint_.records[known.record] = record;
  } else {
    known.record = static_cast<uint32_t>(checkpoint_.records.size());
    checkpoint_.records.push_back(record);
  }
  return {};
}

uint32_t MetadataReader::FileOf(std::string_view name) {
  auto& files = checkpoint_.files;
  const auto next = static_cast<uint32_t>(files.size());
  if (const uint32_t known = state_.by_file.Find(name);
      known != KeyTable::kAbsent) {
    return known;
  }
  files.push_back(Copy(name));
  state_.by_file.Insert(files.back(), next);
  return next;
}

// --- What the keys are made of ---

Status MetadataReader::ReadPlanner(Ref planner_data) {
  Status status;
  values_.ForEachRun(planner_data, [&](std::span<const Ref> run) {
    status = status ? Spend(run.size()) : std::move(status);
    for (size_t i = 0; status && i + 1 < run.size(); i += 2) {
      if (!IsText(run[i]) || !values_.Is(run[i + 1], Kind::kTuple)) continue;
      state_.steps += TextSteps(values_.TextOf(run[i]));
      steps_of_.Insert(values_.TextOf(run[i]),
                       static_cast<uint32_t>(paths_.size()));
      paths_.push_back(run[i + 1]);
    }
    temporary_ += run.size() * 24;
  });
  return status;
}

// The steps are texts and numbers, and the name is what they join to.
bool MetadataReader::Joins(std::span<const Ref> steps, std::string_view name) {
  for (size_t i = 0; i < steps.size(); ++i) {
    if (i != 0) {
      if (!name.starts_with('.')) return false;
      name.remove_prefix(1);
    }
    if (IsText(steps[i])) {
      scratch_ = values_.TextOf(steps[i]);
    } else if (values_.Is(steps[i], Kind::kInt)) {
      scratch_ = fmt::format("{}", values_.IntOf(steps[i]));
    } else {
      return false;
    }
    if (!name.starts_with(scratch_)) return false;
    name.remove_prefix(scratch_.size());
  }
  return name.empty();
}

// The container of a value. Without steps that fit, the key is the one step:
// the loader goes by keys.
uint32_t MetadataReader::PathOf(std::string_view name) {
  const uint32_t at = steps_of_.Find(name);
  if (at == KeyTable::kAbsent) return 0;
  const auto steps = values_.ItemsOf(paths_[at]);
  state_.steps += steps.size();
  // As many steps as that cannot join to it.
  if (steps.size() < 2 || steps.size() > name.size() + 1 ||
      !Joins(steps, name)) {
    return 0;
  }
  uint32_t path = 0;
  for (size_t i = 0; i < steps.size(); ++i) {
    const bool number = values_.Is(steps[i], Kind::kInt);
    state_.is_list.resize(checkpoint_.paths.size(), 0);
    if (number) state_.is_list[path] = 1;
    if (i + 1 == steps.size()) break;
    path = number ? state_.paths.Child(
                        path, fmt::format("{}", values_.IntOf(steps[i])))
                  : state_.paths.Child(path, values_.TextOf(steps[i]));
  }
  state_.is_list.resize(checkpoint_.paths.size(), 0);
  return path;
}

// --- Values ---

Status MetadataReader::ReadValues(PodVector<Item>& items,
                                  const RangeIndex& ranges) {
  temporary_ += items.size() * sizeof(Item);
  state_.values.reserve(state_.values.size() + items.size());
  for (const Item& item : items) {
    if (!IsText(item.key)) return Damaged("a key of its values is no text");
    const std::string_view name = values_.TextOf(item.key);
    PTSCOPE_CHECK(Spend(TextSteps(name)));
    auto status = ReadValue(item, ranges);
    if (!status) {
      status.error().message =
          fmt::format("'{}': {}", name.substr(0, 300), status.error().message);
      return status;
    }
  }
  return {};
}

Status MetadataReader::ReadValue(const Item& item, const RangeIndex& ranges) {
  SavedValue read;
  const Ref chunks = Field(item.value, "chunks");
  if (chunks != Ref::kAbsent) {
    read.is_tensor = true;
    PTSCOPE_CHECK(ReadTensor(item.value, read));
    if (!values_.Is(chunks, Kind::kList) && !values_.Is(chunks, Kind::kTuple)) {
      return Damaged("its chunks are no list");
    }
  } else if (!values_.Is(item.value, Kind::kObject) ||
             !values_.Is(values_.CallableOf(item.value), Kind::kGlobal) ||
             values_.GlobalById(
                        values_.GlobalIdOf(values_.CallableOf(item.value)))
                     .name != "BytesStorageMetadata") {
    return UnknownClass(item.value);
  }

  const std::string_view name = values_.TextOf(item.key);
  uint32_t index = state_.by_name.Find(name);
  if (index == KeyTable::kAbsent) {
    index = static_cast<uint32_t>(state_.values.size());
    read.name = Copy(name);
    read.path = PathOf(name);
    state_.values.push_back(read);
    state_.by_name.Insert(read.name, index);
  } else {
    PTSCOPE_CHECK(Agree(state_.values[index], read));
  }
  SavedValue& to = state_.values[index];
  if (!to.is_tensor) {
    const uint32_t record = ranges.Find({name, {}, false, kNone});
    if (to.record == kNone) to.record = record;
    return {};
  }
  Status status;
  const auto add = [&](std::span<const Ref> run) {
    for (size_t i = 0; status && i < run.size(); ++i) {
      status = ReadChunk(run[i], ranges, to);
    }
  };
  if (values_.Is(chunks, Kind::kTuple)) {
    add(values_.ItemsOf(chunks));
  } else {
    values_.ForEachRun(chunks, add);
  }
  return status;
}

// Ranks that saved without a word to each other.
Status MetadataReader::Agree(const SavedValue& old,
                             const SavedValue& read) const {
  if (old.is_tensor == read.is_tensor && old.dtype == read.dtype &&
      Equal(old.shape, read.shape)) {
    return {};
  }
  return Error{.code = ErrorCode::kUnsupported,
               .message = "it is another value in another rank's metadata",
               .hint = "the ranks saved different models"};
}

Error MetadataReader::UnknownClass(Ref value) {
  Error error{.code = ErrorCode::kUnsupported,
              .message = "its class is not known"};
  if (!values_.Is(value, Kind::kObject)) {
    error.message = "it is described by no object";
    error.code = ErrorCode::kDamaged;
  } else if (values_.Is(values_.CallableOf(value), Kind::kGlobal)) {
    error.found = globals_.NameOf(values_.CallableOf(value));
  }
  if (Field(value, "storage_key") != Ref::kAbsent ||
      Field(value, "storage_metadata") != Ref::kAbsent) {
    error.message =
        "it is described in the way of PyTorch 1.12, which is not read";
    error.hint = "load it with that release and save it again";
  }
  return error;
}

Status MetadataReader::ReadTensor(Ref metadata, SavedValue& to) {
  const Ref size = Field(metadata, "size");
  const Ref properties = Field(metadata, "properties");
  if (size == Ref::kAbsent || properties == Ref::kAbsent) {
    return Damaged("its size or its dtype is not told");
  }
  auto shape = dimensions_.Read(size, "size");
  if (!shape) return std::move(shape.error());
  to.shape = *shape;
  for (const int64_t n : to.shape) {
    if (n < 0) {
      return Damaged("a dimension of its size is negative",
                     fmt::format("{}", n));
    }
  }
  return ReadProperties(properties, to);
}

// (dtype, layout, requires_grad, memory format, pin_memory[, strides]).
// Source: TensorProperties.__getstate__ of that file; before 2.2 of
// torch/distributed/_shard/sharded_tensor/metadata.py.
Status MetadataReader::ReadProperties(Ref properties, SavedValue& to) {
  Ref dtype = Field(properties, "dtype");
  Ref layout = Field(properties, "layout");
  Ref requires_grad = Field(properties, "requires_grad");
  if (dtype == Ref::kAbsent && values_.Is(properties, Kind::kObject) &&
      values_.StateOf(properties) != Ref::kAbsent &&
      values_.Is(values_.StateOf(properties), Kind::kTuple)) {
    const auto parts = values_.ItemsOf(values_.StateOf(properties));
    if (parts.size() >= 5) {
      dtype = parts[0];
      layout = parts[1];
      requires_grad = parts[2];
    }
  }
  if (dtype == Ref::kAbsent || !values_.Is(dtype, Kind::kGlobal)) {
    return Damaged("its dtype is no dtype");
  }
  const GlobalFact& fact = globals_.Of(dtype);
  if (fact.meaning != Meaning::kDtype) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = "its dtype is not known",
                 .found = globals_.NameOf(dtype)};
  }
  if (layout != Ref::kAbsent && !IsStrided(layout)) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = "its layout is not strided"};
  }
  to.dtype = fact.dtype;
  if (requires_grad == Ref::kTrue || requires_grad == Ref::kFalse) {
    to.requires_grad = requires_grad == Ref::kTrue ? 1 : 0;
  }
  return {};
}

// torch.serialization._get_layout("torch.strided").
bool MetadataReader::IsStrided(Ref layout) {
  if (values_.Is(layout, Kind::kGlobal)) {
    return globals_.NameOf(layout) == "torch.strided";
  }
  if (!values_.Is(layout, Kind::kObject)) return false;
  const auto words = values_.ItemsOf(values_.ArgsOf(layout));
  return words.size() == 1 && IsText(words[0]) &&
         values_.TextOf(words[0]) == "torch.strided";
}

Status MetadataReader::ReadChunk(Ref ref, const RangeIndex& ranges,
                                 SavedValue& to) {
  PTSCOPE_CHECK(Spend(TextSteps(to.name) + to.shape.size()));
  const Ref offsets_ref = Field(ref, "offsets");
  const Ref sizes_ref = Field(ref, "sizes");
  if (offsets_ref == Ref::kAbsent || sizes_ref == Ref::kAbsent) {
    return Damaged("one of its chunks has no offsets or no sizes");
  }
  auto offsets = dimensions_.Read(offsets_ref, "chunk's offsets");
  if (!offsets) return std::move(offsets.error());
  auto sizes = dimensions_.Read(sizes_ref, "chunk's sizes");
  if (!sizes) return std::move(sizes.error());
  const uint32_t record = ranges.Find({to.name, *offsets, true, kNone});
  const auto index = static_cast<uint32_t>(state_.chunks.size());
  state_.chunks.push_back({{*offsets, *sizes}, record, kNone});
  if (to.last_chunk == kNone) {
    to.first_chunk = index;
  } else {
    state_.chunks[to.last_chunk].next = index;
  }
  to.last_chunk = index;
  ++to.chunk_count;
  return {};
}

}  // namespace

Status ReadDistributedMetadata(const Values& values, Ref root,
                               std::string_view record, const Limits& limits,
                               SavedState& state, Checkpoint& checkpoint) {
  return MetadataReader(values, record, limits, state, checkpoint).Read(root);
}

}  // namespace ptscope::torch
