#include "format/torch_package.h"

#include <fmt/format.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "format/archive_signs.h"
#include "format/members.h"
#include "torch/pickle_values.h"
#include "torch/walk.h"

namespace ptscope::format {

namespace {

using archive::RecordBytes;

// What the exporter keeps apart from the packages' own files.
constexpr std::string_view kOwn = ".data/";
// TorchScript modules in there: data.pkl in a folder each.
constexpr std::string_view kScripts = ".data/ts_code/";

// One pickle of the package.
struct Member {
  uint32_t record;
  std::string_view name;  // without the archive's folder
  RecordBytes bytes;
};

class Reader {
 public:
  Reader(TorchArchive archive, const ArchiveLayout& layout)
      : archive_(std::move(archive)), layout_(layout) {}

  Result<Checkpoint> Read() {
    checkpoint().format = "torch package";
    PTSCOPE_CHECK(archive_.ReadLayout(layout_));
    PTSCOPE_CHECK(ReadPickles());
    const std::string storages = std::string(layout_.folder).append(kOwn);
    archive_.IndexBelow(storages, by_key_, ".storage");
    PTSCOPE_CHECK(CheckWork());
    PTSCOPE_CHECK(archive_.MoveRecords());
    MemberValues values;
    for (Member& member : members_) {
      auto status = List(member, values);
      if (!status) return Named(std::move(status.error()), member);
    }
    checkpoint().values = MemberValues::Join(std::move(values));
    if (archive_.options().origin) {
      checkpoint().writer =
          WriterOfRecords(archive_.records(), layout_.folder, "package");
    }
    return archive_.Take();
  }

 private:
  Checkpoint& checkpoint() { return archive_.checkpoint(); }

  static bool IsPickle(std::string_view name) {
    if (name.starts_with(kScripts)) return name.ends_with("/data.pkl");
    return name.ends_with(".pkl") && !name.starts_with(kOwn);
  }

  static Error Named(Error error, const Member& member) {
    error.record = member.name;
    return error;
  }

  Status ReadPickles() {
    const std::string& wanted = archive_.options().member;
    std::vector<std::string> names;
    for (uint32_t i = 0; i < archive_.records().size(); ++i) {
      std::string_view name = archive_.records()[i].name;
      if (!name.starts_with(layout_.folder)) continue;
      name.remove_prefix(layout_.folder.size());
      if (!IsPickle(name)) continue;
      if (!wanted.empty() && name != wanted) {
        names.emplace_back(name);
        continue;
      }
      PTSCOPE_TRY(RecordBytes bytes, archive_.Read(i));
      members_.push_back({i, name, std::move(bytes)});
    }
    if (members_.empty() && !wanted.empty()) return NoSuchMember(wanted, names);
    return {};
  }

  // Each pickle looks at the storages of those before.
  Status CheckWork() const {
    const uint64_t most = archive_.limits().steps;
    if (members_.size() <= most / (archive_.records().size() + 1)) return {};
    return Error{.code = ErrorCode::kLimit,
                 .message =
                     "its pickles and storages take more steps than the "
                     "limit `steps`",
                 .found = fmt::format("{} pickles, {} records", members_.size(),
                                      archive_.records().size()),
                 .expected = fmt::format("at most {} steps", most)};
  }

  Status List(Member& member, MemberValues& values) {
    Checkpoint& to = checkpoint();
    const size_t tensors = to.tensors.size();
    const size_t extras = to.extras.size();
    const Root before = TakeRoot();
    auto kept = std::make_shared<torch::OwnedPickle>();
    kept->bytes = std::move(member.bytes);
    const std::span<const std::byte> pickle(kept->bytes.data(),
                                            kept->bytes.size());
    PTSCOPE_TRY(kept->root, archive_.Run(pickle, member.record, kept->values));
    const Record& record = to.records[member.record];
    const torch::StorageRecords records{
        .by_key = by_key_,
        .prefix = kOwn,
        .suffix = ".storage",
        .streams = to.parts.empty() ? std::string_view() : member.name,
        .pickle = pickle,
        .pickle_offset =
            record.method == Record::Method::kStored ? record.data : kUnknown};
    PTSCOPE_CHECK(torch::ListTensors(
        kept->values, kept->root, records, BaseName(member.name), pickle.size(),
        archive_.limits(), to, archive_.options().metadata));
    if (archive_.options().keep_values) {
      values.Add(member.name, torch::PickleValues::Of(std::move(kept)));
    }
    const auto part = static_cast<uint32_t>(to.parts.size());
    to.parts.push_back({to.arena().Copy(member.name), Part::Kind::kMember});
    for (size_t i = tensors; i < to.tensors.size(); ++i) {
      to.tensors[i].part = part;
    }
    for (size_t i = extras; i < to.extras.size(); ++i) {
      to.extras[i].part = part;
    }
    if (part != 0) AddRoot(before);
    return {};
  }

  // What a pickle says of its root: of several, what Checkpoint::Append makes
  // of it.
  struct Root {
    RootKind kind;
    std::string_view type;
    std::vector<Entry> entries;
  };

  Root TakeRoot() {
    Checkpoint& from = checkpoint();
    return {from.root_kind, from.root_type,
            std::exchange(from.entries, std::vector<Entry>())};
  }

  void AddRoot(Root before) {
    Checkpoint& to = checkpoint();
    if (to.root_kind != before.kind) to.root_kind = RootKind::kOther;
    to.root_type = before.type;
    MergeEntries(before.entries, to.entries);
    to.entries = std::move(before.entries);
  }

  TorchArchive archive_;
  const ArchiveLayout layout_;
  std::vector<Member> members_;
  KeyTable by_key_;
};

bool HasPrefix(const Record& record, std::string_view prefix) {
  return record.name.starts_with(prefix);
}

}  // namespace

// FindLayout looks within `.data/`; what lies beside it is found here.
Result<std::optional<ArchiveLayout>> FindTorchPackage(
    const Table<Record>& records) {
  PTSCOPE_TRY(auto layout, FindLayout(records, "extern_modules"));
  if (!layout) {
    PTSCOPE_TRY(layout, FindLayout(records, "python_version"));
  }
  if (!layout || !layout->folder.ends_with(kOwn) || layout->version == kNone) {
    return std::optional<ArchiveLayout>();
  }
  layout->folder.remove_suffix(kOwn.size());
  const std::string byte_order = std::string(layout->folder) + "byteorder";
  layout->outside = 0;
  for (uint32_t i = 0; i < records.size(); ++i) {
    if (!HasPrefix(records[i], layout->folder)) ++layout->outside;
    if (records[i].name == byte_order) layout->byte_order = i;
  }
  return layout;
}

Result<Checkpoint> ReadTorchPackage(TorchArchive archive,
                                    const ArchiveLayout& layout) {
  return Reader(std::move(archive), layout).Read();
}

}  // namespace ptscope::format
