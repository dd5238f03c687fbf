#include "torch/legacy_stream.h"

#include <fmt/format.h>

#include <string>

#include "base/byte_reader.h"
#include "base/checked_math.h"
#include "base/key_table.h"
#include "pickle/machine.h"
#include "torch/globals.h"
#include "torch/persistent_ids.h"

namespace ptscope::torch {

using pickle::Kind;
using pickle::Ref;
using pickle::Values;

namespace {

using namespace std::string_view_literals;

// Source: torch/serialization.py, MAGIC_NUMBER and PROTOCOL_VERSION.
constexpr std::string_view kMagicBytes =
    "\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19"sv;
constexpr std::string_view kMagicDigits = "119547037146038801333356"sv;
constexpr int64_t kVersion = 1001;

bool IsText(Kind kind) { return kind == Kind::kStr || kind == Kind::kPy2Str; }

Error Bad(std::string message, std::string_view record, uint64_t offset,
          std::string found = {}, std::string expected = {}) {
  return {.code = ErrorCode::kDamaged,
          .message = std::move(message),
          .record = std::string(record),
          .offset = offset,
          .found = std::move(found),
          .expected = std::move(expected)};
}

}  // namespace

std::string_view ByteOrderOf(const Values& values, Ref sys_info) {
  if (!values.Is(sys_info, Kind::kDict)) return {};
  std::string_view order;
  values.ForEachRun(sys_info, [&](std::span<const Ref> run) {
    for (size_t i = 0; i + 1 < run.size(); i += 2) {
      if (!IsText(values.KindOf(run[i])) ||
          values.TextOf(run[i]) != "little_endian") {
        continue;
      }
      if (run[i + 1] == Ref::kTrue) order = "little";
      if (run[i + 1] == Ref::kFalse) order = "big";
    }
  });
  return order;
}

bool IsLegacyStream(std::span<const std::byte> head) {
  const std::string_view text = AsText(head);
  if (text.starts_with('L')) {
    return text.starts_with("L119547037146038801333356L\n.");
  }
  // PROTO, from protocol 4 on FRAME, LONG1 of ten bytes, STOP.
  if (text.size() < 3 || text[0] != '\x80' || text[1] < 2 || text[1] > 5) {
    return false;
  }
  std::string_view rest = text.substr(2);
  if (rest.starts_with("\x95\x0D\0\0\0\0\0\0\0"sv)) rest.remove_prefix(9);
  return rest.starts_with("\x8A\x0A"sv) &&
         rest.substr(2).starts_with(kMagicBytes) &&
         rest.substr(12).starts_with('.');
}

Error WrongCount(const LegacyStorage& storage, int64_t count, uint64_t offset,
                 std::string_view record) {
  return Bad(fmt::format("storage {} has another number of elements than its "
                         "persistent id says",
                         storage.key.substr(0, 100)),
             record, offset, fmt::format("{}", count),
             fmt::format("{}", storage.numel));
}

// Executes the next pickle into `values`.
Result<Ref> LegacyStream::Next(Values& values) {
  auto program = pickle::Run(bytes_.subspan(at_), record_, *limits_, values);
  if (!program) {
    if (program.error().offset) *program.error().offset += at_;
    return std::move(program.error());
  }
  at_ += program->end;
  return program->root;
}

Status LegacyStream::Read(std::span<const std::byte> bytes,
                          std::string_view record, const Limits& limits) {
  bytes_ = bytes;
  record_ = record;
  limits_ = &limits;
  PTSCOPE_CHECK(ReadHeader());
  object_begin_ = at_;
  PTSCOPE_TRY(root_, Next(values_));
  object_end_ = at_;
  ResolveClasses(values_);
  PTSCOPE_CHECK(ReadKeys());
  data_ = at_;
  return {};
}

Status LegacyStream::ReadHeader() {
  Values values;
  PTSCOPE_TRY(const Ref magic, Next(values));
  const bool is_magic =
      values.Is(magic, Kind::kBigInt) &&
      values.TextOf(magic) ==
          (values.BigIntIsText(magic) ? kMagicDigits : kMagicBytes);
  if (!is_magic) {
    return Bad("it does not begin with the magic number of torch.save", record_,
               0);
  }
  const uint64_t version_at = at_;
  PTSCOPE_TRY(const Ref version, Next(values));
  const bool number = values.Is(version, Kind::kInt);
  if (!number || values.IntOf(version) != kVersion) {
    Error error =
        Bad("the version of the file format is not known", record_, version_at,
            number ? fmt::format("{}", values.IntOf(version)) : "",
            fmt::format("{}", kVersion));
    if (number) error.code = ErrorCode::kUnsupported;
    return error;
  }
  PTSCOPE_TRY(const Ref sys_info, Next(values));
  byte_order_ = ByteOrderOf(values, sys_info);
  return {};
}

Status LegacyStream::ReadKeys() {
  keys_at_ = at_;
  PTSCOPE_TRY(const Ref keys, Next(key_values_));
  bool texts = key_values_.Is(keys, Kind::kList);
  const auto read = [&](std::span<const Ref> run) {
    for (const Ref key : run) {
      texts = texts && IsText(key_values_.KindOf(key));
      keys_.push_back(key);
    }
  };
  if (texts) key_values_.ForEachRun(keys, read);
  if (texts) return {};
  return Bad("the storage keys are no list of texts", record_, keys_at_);
}

Status LegacyStream::Place(std::vector<LegacyStorage>& storages,
                           KeyTable& by_key) const {
  // Persistent ids by key. Of those that are no storage, or make no sense, the
  // walk has to speak, should it meet them.
  std::vector<LegacyStorage> found;
  found.reserve(keys_.size());
  by_key.Reserve(keys_.size());
  Globals globals(values_);
  PersistentStorage id;
  for (uint32_t i = 0; i < values_.node_count(); ++i) {
    const Ref ref = Ref::Node(i);
    if (!values_.Is(ref, Kind::kPersistent)) continue;
    if (!ReadStorageId(values_, globals, ref, id)) continue;
    if (id.key.data() == id.digits.data()) continue;  // keys are texts here
    if (by_key.Insert(id.key,
                      kUnplaced + static_cast<uint32_t>(found.size())) ==
        KeyTable::kAbsent) {
      found.push_back({id.key, id.numel, id.nbytes, 0});
    }
  }

  const auto bad = [&](std::string_view key, const char* words) {
    return Bad(fmt::format("storage {} {}", key.substr(0, 100), words), record_,
               keys_at_);
  };
  storages.reserve(keys_.size());
  uint64_t at = data_;
  for (const Ref ref : keys_) {
    const std::string_view key = key_values_.TextOf(ref);
    const auto index = static_cast<uint32_t>(storages.size());
    const uint32_t kept = by_key.Exchange(key, index);
    if (kept == KeyTable::kAbsent) {
      return bad(key,
                 "is among the storage keys and not in the object: its length "
                 "is not known");
    }
    if (kept < kUnplaced) return bad(key, "is twice among the storage keys");
    LegacyStorage& storage = found[kept - kUnplaced];
    storage.count = at;
    const auto behind = CheckedAdd(storage.nbytes, sizeof(int64_t) + at);
    if (!behind) return bad(key, "is too large");
    at = *behind;
    storages.push_back(storage);
  }
  return {};
}

}  // namespace ptscope::torch
