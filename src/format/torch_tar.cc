#include "format/torch_tar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "archive/tar.h"
#include "base/arena.h"
#include "base/byte_reader.h"
#include "base/checked_math.h"
#include "base/key_table.h"
#include "format/pickle_reader.h"
#include "model/on_disk.h"
#include "pickle/machine.h"
#include "torch/globals.h"
#include "torch/legacy_stream.h"
#include "torch/origin.h"
#include "torch/persistent_ids.h"
#include "torch/pickle_values.h"
#include "torch/walk.h"

namespace ptscope::format {

namespace {

using archive::TarMember;
using pickle::Kind;
using pickle::Ref;
using pickle::Values;

// Members in which a checkpoint's are looked for: no other writer puts as many
// before them.
constexpr int kTarMembers = 16;

// A member of the name that torch gave it.
bool IsTorchTarMember(const archive::TarHeader& header) {
  std::string_view name = header.name;
  if (name.starts_with("./")) name.remove_prefix(2);
  return header.is_file() && (name == "sys_info" || name == "pickle" ||
                              name == "storages" || name == "tensors");
}

bool IsText(Kind kind) { return kind == Kind::kStr || kind == Kind::kPy2Str; }

// A small pickle of a table, and what it gave.
struct Entry {
  Values values;
  Ref root;
};

// One member: a number of entries, which its first pickle says, each of them a
// pickle and binary numbers.
class TableReader {
 public:
  TableReader(const Source& source, const TarMember& member,
              const Limits& limits)
      : member_(member),
        limits_(limits),
        in_(source, member.data, member.data + member.size, member.name,
            limits) {}

  PickleReader& in() { return in_; }
  std::string_view name() const { return member_.name; }

  Error Bad(std::string message, std::string found = {},
            std::string expected = {}) const {
    return {.code = ErrorCode::kDamaged,
            .message = std::move(message),
            .record = member_.name,
            .offset = entry_,
            .found = std::move(found),
            .expected = std::move(expected)};
  }

  Status ReadPickle(Entry& to) {
    entry_ = in_.offset() - member_.data;
    in_.Forget();
    PTSCOPE_TRY(const auto bytes, in_.Pickle());
    auto program = pickle::Run(bytes, member_.name, limits_, to.values);
    if (!program) {
      if (program.error().offset) *program.error().offset += entry_;
      return std::move(program.error());
    }
    to.root = program->root;
    return {};
  }

  // The first pickle.
  Result<uint64_t> ReadSize() {
    Entry entry;
    PTSCOPE_CHECK(ReadPickle(entry));
    if (!entry.values.Is(entry.root, Kind::kInt) ||
        entry.values.IntOf(entry.root) < 0) {
      return Bad("it does not begin with a number of entries");
    }
    const auto size = static_cast<uint64_t>(entry.values.IntOf(entry.root));
    if (size > limits_.records) {
      return Error{.code = ErrorCode::kLimit,
                   .message = "it has more entries than the limit `records`",
                   .record = member_.name,
                   .found = fmt::format("{}", size),
                   .expected = fmt::format("at most {}", limits_.records)};
    }
    return size;
  }

  template <typename T>
  Result<T> ReadNumber() {
    PTSCOPE_TRY(const auto bytes, in_.Bytes(sizeof(T)));
    return static_cast<T>(LoadLittle<std::make_unsigned_t<T>>(bytes.data()));
  }

 private:
  const TarMember& member_;
  const Limits& limits_;
  PickleReader in_;
  uint64_t entry_ = 0;  // offset of the entry, for errors
};

// Storages and tensors are tables of their own, which the object refers to by
// keys. Each becomes, among the object's values, what later forms of torch.save
// would have written in its place, so that there is one reader of them.
class Reader {
 public:
  Reader(const Source& source, const OpenOptions& options)
      : source_(source), options_(options) {}

  Result<Checkpoint> Read() {
    checkpoint_.format = "torch tar";
    checkpoint_.file_size = source_.size();
    PTSCOPE_TRY(members_, archive::ReadTar(source_, options_.limits));
    PTSCOPE_TRY(const TarMember* pickle, Need("pickle"));
    PTSCOPE_TRY(const TarMember* storages, Need("storages"));
    PTSCOPE_CHECK(ReadSysInfo());
    PickleReader object(source_, pickle->data, pickle->data + pickle->size,
                        pickle->name, options_.limits);
    PTSCOPE_TRY(const auto bytes, object.Pickle());
    PTSCOPE_TRY(const pickle::Program program,
                pickle::Run(bytes, pickle->name, options_.limits, values_));
    const uint32_t own = values_.node_count();
    PTSCOPE_CHECK(ReadStorages(*storages));
    // Some writers of other projects put their tensors into the object.
    if (const TarMember* tensors = Find("tensors")) {
      PTSCOPE_CHECK(ReadTensors(*tensors));
    }
    PTSCOPE_CHECK(Resolve(own));
    const torch::StorageRecords records{.by_key = records_,
                                        .prefix = {},
                                        .place = "the member `storages`",
                                        .runs = true,
                                        .pickle = bytes,
                                        .pickle_offset = pickle->data};
    const uint64_t described =
        pickle->size + (object.offset() - pickle->data) + table_bytes_;
    PTSCOPE_CHECK(torch::ListTensors(
        values_, program.root, records, pickle->name, described,
        options_.limits, checkpoint_, options_.metadata, options_.evidence));
    if (options_.origin) {
      // Torch always wrote `tensors`; archives without it are others'.
      const std::string_view container = Find("tensors") ? "tar" : "";
      torch::FindOrigin(values_, program.root, container, checkpoint_);
    }
    checkpoint_.on_disk = BytesOnDisk(checkpoint_);
    if (options_.keep_values) {
      kept_->root = program.root;
      kept_->bytes = object.Take();
      checkpoint_.values = torch::PickleValues::Of(kept_);
    }
    return std::move(checkpoint_);
  }

 private:
  // Of several of one name the last is what loaders take.
  const TarMember* Find(std::string_view name) {
    const TarMember* found = nullptr;
    for (const TarMember& member : members_) {
      if (member.name == name) found = &member;
    }
    return found;
  }
  Result<const TarMember*> Need(std::string_view name) {
    const TarMember* found = Find(name);
    if (found != nullptr) return found;
    return Error{
        .code = ErrorCode::kDamaged,
        .message = fmt::format(
            "is a tar archive of PyTorch 0.1 without its member `{}`", name)};
  }

  // Says only of which kind the writer was.
  Status ReadSysInfo() {
    const TarMember* member = Find("sys_info");
    if (member == nullptr) return {};
    TableReader table(source_, *member, options_.limits);
    Entry entry;
    PTSCOPE_CHECK(table.ReadPickle(entry));
    checkpoint_.byte_order = torch::ByteOrderOf(entry.values, entry.root);
    return {};
  }

  // (key, location, class), i64 number of elements, the elements. Behind the
  // last one the list of views: (key, key of the whole, offset, size).
  Status ReadStorages(const TarMember& member) {
    TableReader table(source_, member, options_.limits);
    PTSCOPE_TRY(const uint64_t size, table.ReadSize());
    for (uint64_t i = 0; i < size; ++i) PTSCOPE_CHECK(ReadStorage(table));
    return ReadViews(table);
  }

  Status ReadStorage(TableReader& table) {
    Entry entry;
    const uint64_t begin = table.in().offset();
    PTSCOPE_CHECK(table.ReadPickle(entry));
    const Values& v = entry.values;
    const auto parts = v.Is(entry.root, Kind::kTuple) ? v.ItemsOf(entry.root)
                                                      : std::span<const Ref>();
    if (parts.size() != 3 || !v.Is(parts[0], Kind::kInt) ||
        !v.Is(parts[2], Kind::kGlobal)) {
      return table.Bad("a storage is no key, location and class");
    }
    torch::Globals globals(v);
    const torch::GlobalFact fact = globals.Of(parts[2]);
    if (fact.meaning != torch::Meaning::kStorageClass) {
      Error error = table.Bad("the class of a storage is not known",
                              globals.NameOf(parts[2]));
      error.code = ErrorCode::kUnsupported;
      return error;
    }
    const std::string_view key = KeyOf(v.IntOf(parts[0]));
    const uint64_t header = table.in().offset();
    PTSCOPE_TRY(const auto numel, table.ReadNumber<int64_t>());
    const auto nbytes = numel < 0 ? std::nullopt
                                  : CheckedMul(static_cast<uint64_t>(numel),
                                               torch::ElementBytes(fact.dtype));
    if (!nbytes) {
      return table.Bad(fmt::format("storage {} has no number of elements", key),
                       fmt::format("{}", numel), "0 or more");
    }
    const uint64_t data = table.in().offset();
    PTSCOPE_CHECK(table.in().Skip(*nbytes));
    table_bytes_ += data - begin;

    records_.Insert(key, static_cast<uint32_t>(checkpoint_.records.size()));
    checkpoint_.records.push_back({.name = key,
                                   .header = header,
                                   .data = data,
                                   .stored = *nbytes,
                                   .size = *nbytes});
    const pickle::Global cls = v.GlobalById(v.GlobalIdOf(parts[2]));
    const std::string_view location =
        IsText(v.KindOf(parts[1])) ? v.TextOf(parts[1]) : std::string_view();
    const Ref id[] = {values_.AddText(Kind::kStr, "storage"),
                      values_.AddGlobal(cls.module, cls.name, true),
                      values_.AddText(Kind::kStr, key),
                      values_.AddOwnedText(Kind::kStr, location),
                      values_.AddInt(numel)};
    return Name(table, key,
                values_.AddPersistent(values_.AddTuple(Kind::kTuple, id)));
  }

  Status ReadViews(TableReader& table) {
    Entry entry;
    PTSCOPE_CHECK(table.ReadPickle(entry));
    const Values& v = entry.values;
    if (!v.Is(entry.root, Kind::kList)) {
      return table.Bad("the views of storages are no list");
    }
    Status status;
    v.ForEachRun(entry.root, [&](std::span<const Ref> run) {
      for (const Ref view : run) {
        if (status) status = AddView(table, v, view);
      }
    });
    return status;
  }

  Status AddView(TableReader& table, const Values& v, Ref view) {
    const auto parts =
        v.Is(view, Kind::kTuple) ? v.ItemsOf(view) : std::span<const Ref>();
    bool numbers = parts.size() == 4;
    for (const Ref part : parts) numbers = numbers && v.Is(part, Kind::kInt);
    if (!numbers) {
      return table.Bad("a view is no key, storage, offset and size");
    }
    const std::string_view whole = KeyOf(v.IntOf(parts[1]));
    const uint32_t named = named_.Find(whole);
    if (named == KeyTable::kAbsent) {
      return table.Bad("a view is of a storage that is not there",
                       std::string(whole));
    }
    const std::string_view key = KeyOf(v.IntOf(parts[0]));
    const Ref place[] = {values_.AddText(Kind::kStr, key),
                         values_.AddInt(v.IntOf(parts[2])),
                         values_.AddInt(v.IntOf(parts[3]))};
    // The id of the whole, with a sixth part.
    std::array<Ref, 6> id;
    const auto of_whole =
        values_.ItemsOf(values_.PersistentIdOf(Ref::FromBits(named)));
    if (of_whole.size() != 5) {
      return table.Bad("a view is of another view", std::string(whole));
    }
    std::ranges::copy(of_whole, id.begin());
    id[5] = values_.AddTuple(Kind::kTuple, place);
    return Name(table, key,
                values_.AddPersistent(values_.AddTuple(Kind::kTuple, id)));
  }

  // (key, key of the storage, class), i32 number of dimensions and four bytes
  // that it had once, i64 of each size, i64 of each stride, i64 offset.
  Status ReadTensors(const TarMember& member) {
    TableReader table(source_, member, options_.limits);
    PTSCOPE_TRY(const uint64_t size, table.ReadSize());
    rebuild_ = values_.AddGlobal("torch._utils", "_rebuild_tensor", false);
    for (uint64_t i = 0; i < size; ++i) PTSCOPE_CHECK(ReadTensor(table));
    table_bytes_ += table.in().offset() - member.data;
    return {};
  }

  Status ReadTensor(TableReader& table) {
    Entry entry;
    PTSCOPE_CHECK(table.ReadPickle(entry));
    const Values& v = entry.values;
    const auto parts = v.Is(entry.root, Kind::kTuple) ? v.ItemsOf(entry.root)
                                                      : std::span<const Ref>();
    if (parts.size() != 3 || !v.Is(parts[0], Kind::kInt) ||
        !v.Is(parts[1], Kind::kInt)) {
      return table.Bad("a tensor is no key, storage and class");
    }
    const std::string_view key = KeyOf(v.IntOf(parts[0]));
    const std::string_view storage = KeyOf(v.IntOf(parts[1]));
    const uint32_t named = named_.Find(storage);
    if (named == KeyTable::kAbsent ||
        !values_.Is(Ref::FromBits(named), Kind::kPersistent)) {
      return table.Bad(
          fmt::format("tensor {} is of a storage that is not there", key),
          std::string(storage));
    }
    PTSCOPE_TRY(const auto ndim, table.ReadNumber<int32_t>());
    PTSCOPE_CHECK(table.in().Skip(4));
    const uint64_t left = table.in().end() - table.in().offset();
    if (ndim < 0 || static_cast<uint64_t>(ndim) > left / 16) {
      return table.Bad(
          fmt::format("tensor {} has no number of dimensions", key),
          fmt::format("{}", ndim));
    }
    if (static_cast<uint64_t>(ndim) > options_.limits.dimensions) {
      Error error =
          table.Bad(fmt::format("tensor {} has more dimensions than the limit "
                                "`dimensions`",
                                key),
                    fmt::format("{}", ndim),
                    fmt::format("at most {}", options_.limits.dimensions));
      error.code = ErrorCode::kLimit;
      return error;
    }
    PTSCOPE_TRY(const Ref sizes, ReadNumbers(table, ndim));
    PTSCOPE_TRY(const Ref strides, ReadNumbers(table, ndim));
    PTSCOPE_TRY(const auto offset, table.ReadNumber<int64_t>());
    const Ref args[] = {Ref::FromBits(named), values_.AddInt(offset), sizes,
                        strides};
    return Name(
        table, key,
        values_.AddObject(pickle::Call::kReduce, rebuild_,
                          values_.AddTuple(Kind::kTuple, args), Ref::kAbsent));
  }

  Result<Ref> ReadNumbers(TableReader& table, int32_t count) {
    scratch_.clear();
    for (int32_t i = 0; i < count; ++i) {
      PTSCOPE_TRY(const auto number, table.ReadNumber<int64_t>());
      scratch_.push_back(values_.AddInt(number));
    }
    return values_.AddTuple(Kind::kTuple, scratch_);
  }

  // A key as persistent ids have it, for as long as the checkpoint.
  std::string_view KeyOf(int64_t key) {
    return checkpoint_.arena().Copy(std::string_view(fmt::format("{}", key)));
  }

  Status Name(TableReader& table, std::string_view key, Ref value) {
    if (named_.Insert(key, value.bits()) == KeyTable::kAbsent) return {};
    return table.Bad("two storages or tensors have one key", std::string(key));
  }

  // Puts classes, storages and tensors in the place of the persistent ids among
  // the first `own` values, which are the object's.
  Status Resolve(uint32_t own) {
    for (uint32_t i = 0; i < own; ++i) {
      const Ref ref = Ref::Node(i);
      if (!values_.Is(ref, Kind::kPersistent)) continue;
      const Ref id = values_.PersistentIdOf(ref);
      if (values_.Is(id, Kind::kTuple)) {
        // (class, file, source): the class of a module.
        const auto parts = values_.ItemsOf(id);
        if (!parts.empty() && values_.Is(parts[0], Kind::kGlobal)) {
          values_.Replace(ref, parts[0]);
        }
        continue;
      }
      const uint32_t named = IsText(values_.KindOf(id))
                                 ? named_.Find(values_.TextOf(id))
                                 : KeyTable::kAbsent;
      if (named == KeyTable::kAbsent) {
        return Error{
            .code = ErrorCode::kDamaged,
            .message = "a persistent id is neither a storage's nor a tensor's",
            .record = "pickle",
            .found = IsText(values_.KindOf(id))
                         ? fmt::format("'{}'", values_.TextOf(id).substr(0, 40))
                         : ""};
      }
      values_.Replace(ref, Ref::FromBits(named));
    }
    return {};
  }

  const Source& source_;
  const OpenOptions& options_;
  Checkpoint checkpoint_;
  std::vector<TarMember> members_;
  const std::shared_ptr<torch::OwnedPickle> kept_ =
      std::make_shared<torch::OwnedPickle>();
  Values& values_ = kept_->values;  // of the object
  Ref rebuild_;
  KeyTable named_;    // keys of storages, views and tensors to bits of Refs
  KeyTable records_;  // keys of storages to records
  PodVector<Ref> scratch_;
  uint64_t table_bytes_ = 0;  // of both tables, without the storages' bytes
};

}  // namespace

Result<bool> IsTorchTar(const Source& source) {
  uint64_t at = 0;
  for (int i = 0; i < kTarMembers; ++i) {
    std::array<std::byte, archive::kTarBlock> block;
    PTSCOPE_TRY(const size_t n, source.ReadAt(at, block));
    const auto header = archive::ParseTarHeader(std::span(block).first(n));
    if (!header) return false;
    if (IsTorchTarMember(*header)) return true;
    const auto behind = archive::NextTarHeader(at, *header);
    if (!behind) return false;
    at = *behind;
  }
  return false;
}

Result<Checkpoint> ReadTorchTar(const Source& source,
                                const OpenOptions& options) {
  return Reader(source, options).Read();
}

}  // namespace ptscope::format
