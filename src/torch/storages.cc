#include "torch/storages.h"

#include <fmt/format.h>

#include <functional>

#include "base/arena.h"
#include "base/checked_math.h"
#include "base/damaged.h"
#include "torch/storage_problems.h"

namespace ptscope::torch {

using pickle::Kind;
using pickle::Ref;

namespace {

// Long keys are not for messages.
std::string_view Short(std::string_view key) { return key.substr(0, 100); }

// Where a byte of the pickle lies in the file; kUnknown if it is none of the
// pickle's.
uint64_t FileOffset(const StorageRecords& records, const std::byte* byte) {
  const std::byte* begin = records.pickle.data();
  const std::byte* end = begin + records.pickle.size();
  constexpr std::less<const std::byte*> kBefore;
  if (byte == nullptr || records.pickle_offset == kUnknown ||
      kBefore(byte, begin) || kBefore(end, byte)) {
    return kUnknown;
  }
  return records.pickle_offset + static_cast<uint64_t>(byte - begin);
}

}  // namespace

// Another pickle of the archive may have been listed: what it names is known.
Storages::Storages(const pickle::Values& values, Globals& globals,
                   const StorageRecords& records, const Limits& limits,
                   Checkpoint& checkpoint)
    : values_(values),
      globals_(globals),
      records_(records),
      streams_(values, globals, limits),
      checkpoint_(checkpoint) {
  // Keys that are addresses; others are mostly small numbers.
  if (records.runs) by_key_.Reserve(checkpoint.records.size());
  for (uint32_t i = 0; i < checkpoint.storages.size(); ++i) {
    const Storage& known = checkpoint.storages[i];
    by_key_.Insert(known.key, i);
    const std::string problem =
        StorageProblem(known, checkpoint.records, known.key);
    if (problem.empty()) continue;
    problems_.emplace(i, checkpoint.arena().Copy(std::string_view(problem)));
  }
}

Result<StorageView> Storages::Read(Ref ref) {
  if (streams_.IsStream(ref)) return ReadStream(ref);
  PersistentStorage id;
  PTSCOPE_CHECK(ReadStorageId(values_, globals_, ref, id));
  std::string_view key = id.key;
  if (key.ends_with(records_.suffix)) {
    key.remove_suffix(records_.suffix.size());
  }
  std::string_view name;
  if (records_.by_name) {
    name = NameOf(key);
    key = !records_.apart && name.starts_with(records_.prefix)
              ? name.substr(records_.prefix.size())
              : name;
  }
  // A text of the pickle outlives the table; any other must be copied first.
  const bool is_text = !records_.by_name && id.key.data() != id.digits.data();
  const auto added = static_cast<uint32_t>(checkpoint_.storages.size());
  uint32_t index = is_text ? by_key_.Insert(key, added) : by_key_.Find(key);
  Storage storage{
      .key = key, .location = {}, .nbytes = id.nbytes, .dtype = id.dtype};
  if (index == KeyTable::kAbsent) {
    storage.key = checkpoint_.arena().Copy(key);
    storage.location = Location(id.location);
    storage.record = RecordOf(records_.by_name ? name : key);
    if (!is_text) by_key_.Insert(storage.key, added);
    index = Add(storage, name);
  } else {
    CompareWithFirst(index, storage);
  }
  if (id.view != Ref::kNone) return ReadView(id, index);
  return StorageView{index, id.dtype};
}

// The name of the record, within the archive's folder.
std::string_view Storages::NameOf(std::string_view key) {
  if (records_.by_name && key.find('/') != key.npos) return key;
  return name_.assign(records_.prefix).append(key).append(records_.suffix);
}

// (key, offset, size): elements of the root. Tensors count from its begin.
Result<StorageView> Storages::ReadView(const PersistentStorage& id,
                                       uint32_t root) {
  const auto parts = values_.Is(id.view, Kind::kTuple)
                         ? values_.ItemsOf(id.view)
                         : std::span<const Ref>();
  const auto is_number = [&](Ref ref) {
    return values_.Is(ref, Kind::kInt) && values_.IntOf(ref) >= 0;
  };
  if (parts.size() != 3 ||
      (!values_.Is(parts[0], Kind::kStr) &&
       !values_.Is(parts[0], Kind::kPy2Str)) ||
      !is_number(parts[1]) || !is_number(parts[2])) {
    return Damaged(fmt::format(
        "the view of storage {} is no key, offset and size", Short(id.key)));
  }
  const std::string_view key = values_.TextOf(parts[0]);
  if (const uint32_t kept = by_key_.Find(key); kept != KeyTable::kAbsent) {
    return StorageView{kept, id.dtype};
  }
  const uint64_t element = ElementBytes(id.dtype);
  const auto offset =
      CheckedMul(static_cast<uint64_t>(values_.IntOf(parts[1])), element);
  const auto nbytes =
      CheckedMul(static_cast<uint64_t>(values_.IntOf(parts[2])), element);
  if (!offset || !nbytes || !CheckedAdd(*offset, *nbytes)) {
    return Damaged(fmt::format("view {} of storage {} is too large", Short(key),
                               Short(id.key)));
  }
  const Storage& whole = checkpoint_.storages[root];
  if (whole.view_of != kNone) {
    return Damaged(fmt::format("view {} is of another view, {}", Short(key),
                               Short(id.key)));
  }
  by_key_.Insert(key, static_cast<uint32_t>(checkpoint_.storages.size()));
  const uint32_t index = Add({.key = checkpoint_.arena().Copy(key),
                              .location = whole.location,
                              .nbytes = *nbytes,
                              .record = whole.record,
                              .dtype = id.dtype,
                              .view_of = root,
                              .view_offset = *offset});
  return StorageView{index, id.dtype};
}

Result<StorageView> Storages::ReadStream(Ref call) {
  PTSCOPE_TRY(const EmbeddedStorage stream, streams_.Read(call));
  const std::string key = fmt::format("{}{}@{}:{}", records_.streams,
                                      records_.apart ? records_.prefix : "",
                                      streams_.NumberOf(call), stream.key);
  if (const uint32_t kept = by_key_.Find(key); kept != KeyTable::kAbsent) {
    return StorageView{kept, stream.dtype};
  }
  const std::string_view kept_key =
      checkpoint_.arena().Copy(std::string_view(key));
  by_key_.Insert(kept_key, static_cast<uint32_t>(checkpoint_.storages.size()));
  const uint32_t index = Add({.key = kept_key,
                              .location = Location(stream.location),
                              .nbytes = stream.nbytes,
                              .record = AddStreamRecord(stream, kept_key),
                              .dtype = stream.dtype},
                             {}, true);
  return StorageView{index, stream.dtype};
}

// Its own part of the file, if the pickle has its bytes as they are.
uint32_t Storages::AddStreamRecord(const EmbeddedStorage& stream,
                                   std::string_view key) {
  Record record{.name = key, .stored = stream.present, .size = stream.present};
  record.data = FileOffset(records_, stream.data);
  if (record.data != kUnknown) record.header = record.data - sizeof(int64_t);
  checkpoint_.records.push_back(record);
  return static_cast<uint32_t>(checkpoint_.records.size() - 1);
}

void Storages::FindUnreadStreams() {
  const uint32_t unread = streams_.CountUnread();
  if (unread == 0) return;
  checkpoint_.AddFinding(
      {.id = FindingId::kEmbeddedStream,
       .severity = DefaultSeverity(FindingId::kEmbeddedStream),
       .message = fmt::format(
           "{} torch.save stream{} in bytes values that hold{} no storage, or "
           "cannot be read: tensors in there are not listed",
           unread, unread == 1 ? "" : "s", unread == 1 ? "s" : "")});
}

// Most storages of a file have the location of the one before.
std::string_view Storages::Location(std::string_view text) {
  if (text != last_location_) last_location_ = checkpoint_.arena().Copy(text);
  return last_location_;
}

void Storages::CompareWithFirst(uint32_t kept, const Storage& storage) {
  const Storage& first = checkpoint_.storages[kept];
  if (conflict_found_ ||
      (first.dtype == storage.dtype && first.nbytes == storage.nbytes)) {
    return;
  }
  conflict_found_ = true;
  checkpoint_.AddFinding(
      {.id = FindingId::kStorageConflict,
       .severity = DefaultSeverity(FindingId::kStorageConflict),
       .record = first.record,
       .message = fmt::format(
           "storage {} is declared as {} bytes of {} and as {} of {}",
           first.key, first.nbytes, ToName(first.dtype), storage.nbytes,
           ToName(storage.dtype))});
}

// The record of a key; what is beyond the records is none.
uint32_t Storages::RecordOf(std::string_view key) const {
  const uint32_t record = records_.by_key.Find(key);
  return record < checkpoint_.records.size() ? record : kNone;
}

// A storage that is not there yet; its key is the checkpoint's, and in by_key_.
// `name` is that of the record; empty: that of the key.
uint32_t Storages::Add(const Storage& storage, std::string_view name,
                       bool stream) {
  const auto index = static_cast<uint32_t>(checkpoint_.storages.size());
  checkpoint_.storages.push_back(storage);
  std::string_view problem;
  if (storage.view_of != kNone) {
    problem = FindProblemOfView(storage);
  } else if (!IsWhole(storage)) {
    problem =
        FindProblem(storage, name.empty() ? NameOf(storage.key) : name, stream);
  }
  if (!problem.empty()) problems_.emplace(index, problem);
  return index;
}

// Nothing is to be said of it.
bool Storages::IsWhole(const Storage& storage) const {
  if (storage.nbytes == 0) return true;  // may have no record
  if (storage.record == kNone) return false;
  const Record& record = checkpoint_.records[storage.record];
  return record.size == storage.nbytes && !record.encrypted &&
         record.method != Record::Method::kOther;
}

std::string_view Storages::FindProblemOfView(const Storage& view) {
  if (view.nbytes == 0) return {};
  if (const auto problem = ProblemOf(view.view_of); !problem.empty()) {
    return problem;
  }
  const Storage& whole = checkpoint_.storages[view.view_of];
  const uint64_t end = view.view_offset + view.nbytes;
  if (end <= whole.nbytes) return {};
  return checkpoint_.arena().Copy(std::string_view(
      fmt::format("view {} reaches to byte {} of its storage {}, which has {}",
                  Short(view.key), end, Short(whole.key), whole.nbytes)));
}

std::string_view Storages::FindProblem(const Storage& storage,
                                       std::string_view name, bool stream) {
  const auto words = [&](const std::string& text) {
    return checkpoint_.arena().Copy(std::string_view(text));
  };
  if (records_.runs || stream) {
    const std::string_view key = Short(storage.key);
    if (storage.record == kNone) {
      return words(fmt::format("storage {} is not in {}", key, records_.place));
    }
    return words(
        fmt::format("the {} ends within storage {}: {} of {} bytes are there",
                    stream ? "stream" : "file", key,
                    checkpoint_.records[storage.record].size, storage.nbytes));
  }
  name = name.substr(0, records_.prefix.size() + 100 + records_.suffix.size());
  if (const auto problem = StorageProblem(storage, checkpoint_.records, name);
      !problem.empty()) {
    return words(problem);
  }
  const Record& record = checkpoint_.records[storage.record];
  checkpoint_.AddFinding(
      {.id = FindingId::kRecordSize,
       .severity = DefaultSeverity(FindingId::kRecordSize),
       .record = storage.record,
       .offset = record.header,
       .message = fmt::format("record {} has {} bytes, its storage {}", name,
                              record.size, storage.nbytes)});
  return {};
}

}  // namespace ptscope::torch
