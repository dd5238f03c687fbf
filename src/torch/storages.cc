#include "torch/storages.h"

#include <fmt/format.h>

#include "base/arena.h"
#include "base/checked_math.h"
#include "torch/measure.h"

namespace ptscope::torch {

using pickle::Kind;
using pickle::Ref;

namespace {

Error Bad(std::string message, std::string found = {},
          std::string expected = {}) {
  return {.code = ErrorCode::kDamaged,
          .message = std::move(message),
          .found = std::move(found),
          .expected = std::move(expected)};
}

bool IsText(Kind kind) { return kind == Kind::kStr || kind == Kind::kPy2Str; }

}  // namespace

// Another pickle of the archive may have been listed: what it names is known.
Storages::Storages(const pickle::Values& values, Globals& globals,
                   const StorageRecords& records, Checkpoint& checkpoint)
    : values_(values),
      globals_(globals),
      records_(records),
      checkpoint_(checkpoint) {
  for (uint32_t i = 0; i < checkpoint.storages.size(); ++i) {
    const Storage& known = checkpoint.storages[i];
    by_key_.Insert(known.key, i);
    const std::string problem =
        StorageProblem(known, checkpoint.records, known.key);
    if (problem.empty()) continue;
    problems_.emplace(i, checkpoint.arena().Copy(std::string_view(problem)));
  }
}

Result<StorageView> Storages::Read(Ref persistent) {
  if (values_.Is(persistent, Kind::kObject) &&
      globals_.MeaningOf(values_.CallableOf(persistent)) ==
          Meaning::kLoadFromBytes) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message =
                     "its storage is a torch.save stream in a bytes "
                     "value, which is not read yet"};
  }
  if (!values_.Is(persistent, Kind::kPersistent)) {
    return Bad("its storage is no persistent id");
  }
  const Ref id = values_.PersistentIdOf(persistent);
  if (!values_.Is(id, Kind::kTuple)) {
    return Bad("the persistent id of its storage is no tuple");
  }
  const auto parts = values_.ItemsOf(id);
  if (parts.size() < 5) {
    return Bad("the persistent id of its storage is too short",
               fmt::format("{} parts", parts.size()), "5 or more");
  }
  if (!IsText(values_.KindOf(parts[0])) ||
      values_.TextOf(parts[0]) != "storage") {
    return Bad("the persistent id of its storage is of another kind",
               IsText(values_.KindOf(parts[0]))
                   ? fmt::format("'{}'", values_.TextOf(parts[0]).substr(0, 40))
                   : "no text",
               "'storage'");
  }
  if (!values_.Is(parts[1], Kind::kGlobal)) {
    return Bad("the persistent id of its storage names no class");
  }
  const GlobalFact& fact = globals_.Of(parts[1]);
  if (fact.meaning != Meaning::kStorageClass) {
    return Error{.code = fact.meaning == Meaning::kUnknownStorageClass
                             ? ErrorCode::kUnsupported
                             : ErrorCode::kDamaged,
                 .message = "the class of its storage is not known",
                 .found = globals_.NameOf(parts[1])};
  }
  const Dtype dtype = fact.dtype;

  char digits[24];
  std::string_view key;
  if (IsText(values_.KindOf(parts[2]))) {
    key = values_.TextOf(parts[2]);
  } else if (values_.Is(parts[2], Kind::kInt)) {
    // torch.package writes them so.
    const auto end =
        fmt::format_to_n(digits, sizeof digits, "{}", values_.IntOf(parts[2]))
            .out;
    key = {digits, static_cast<size_t>(end - digits)};
  } else {
    return Bad("the key of its storage is no text");
  }

  if (!values_.Is(parts[4], Kind::kInt) || values_.IntOf(parts[4]) < 0) {
    return Bad(fmt::format("storage {} has no number of elements", key),
               values_.Is(parts[4], Kind::kInt)
                   ? fmt::format("{}", values_.IntOf(parts[4]))
                   : "",
               "0 or more");
  }
  // The packed types count bytes here.
  const uint64_t element =
      BitsPerElement(dtype) < 8 ? 1 : BitsPerElement(dtype) / 8;
  const auto nbytes =
      CheckedMul(static_cast<uint64_t>(values_.IntOf(parts[4])), element);
  if (!nbytes) {
    return Bad(fmt::format("storage {} is too large", key),
               fmt::format("{} elements", values_.IntOf(parts[4])));
  }
  return StorageView{Add(key, dtype, parts[3], *nbytes), dtype};
}

// Most storages of a file have the location of the one before.
std::string_view Storages::Location(Ref ref) {
  if (!IsText(values_.KindOf(ref))) return {};
  const std::string_view text = values_.TextOf(ref);
  if (text != last_location_) last_location_ = checkpoint_.arena().Copy(text);
  return last_location_;
}

// The name of the record, within the archive's folder.
std::string_view Storages::NameOf(std::string_view key) {
  if (records_.by_name && key.find('/') != key.npos) return key;
  return name_.assign(records_.prefix).append(key);
}

uint32_t Storages::Add(std::string_view key, Dtype dtype, Ref location,
                       uint64_t nbytes) {
  auto& storages = checkpoint_.storages;
  const auto index = static_cast<uint32_t>(storages.size());
  std::string_view name;
  if (records_.by_name) {
    name = NameOf(key);
    key = !records_.apart && name.starts_with(records_.prefix)
              ? name.substr(records_.prefix.size())
              : name;
  }
  if (const uint32_t kept = by_key_.Find(key); kept != KeyTable::kAbsent) {
    const Storage& first = storages[kept];
    if ((first.dtype != dtype || first.nbytes != nbytes) && !conflict_found_) {
      conflict_found_ = true;
      checkpoint_.AddFinding(
          {.id = FindingId::kStorageConflict,
           .severity = DefaultSeverity(FindingId::kStorageConflict),
           .record = first.record,
           .message = fmt::format(
               "storage {} is declared as {} bytes of {} and as {} of {}",
               first.key, first.nbytes, ToName(first.dtype), nbytes,
               ToName(dtype))});
    }
    return kept;
  }
  Storage storage{.key = checkpoint_.arena().Copy(key),
                  .location = Location(location),
                  .nbytes = nbytes,
                  .record = records_.by_key.Find(records_.by_name ? name : key),
                  .dtype = dtype};
  by_key_.Insert(storage.key, index);
  storages.push_back(storage);
  if (nbytes == 0) return index;  // may have no record
  if (storage.record != kNone) {
    const Record& record = checkpoint_.records[storage.record];
    if (record.size == nbytes && !record.encrypted &&
        record.method != Record::Method::kOther) {
      return index;
    }
  }
  if (!records_.by_name) name = NameOf(storage.key);
  if (const auto problem = FindProblem(storage, name); !problem.empty()) {
    problems_.emplace(index, problem);
  }
  return index;
}

std::string_view Storages::FindProblem(const Storage& storage,
                                       std::string_view name) {
  name = name.substr(0, records_.prefix.size() + 100);
  const std::string problem =
      StorageProblem(storage, checkpoint_.records, name);
  if (!problem.empty()) {
    return checkpoint_.arena().Copy(std::string_view(problem));
  }
  const Record& record = checkpoint_.records[storage.record];
  if (record.size > storage.nbytes) {
    checkpoint_.AddFinding(
        {.id = FindingId::kRecordSize,
         .severity = DefaultSeverity(FindingId::kRecordSize),
         .record = storage.record,
         .offset = record.header,
         .message = fmt::format("record {} has {} bytes, its storage {}", name,
                                record.size, storage.nbytes)});
  }
  return {};
}

}  // namespace ptscope::torch
