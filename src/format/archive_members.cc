#include "format/archive_members.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "format/members.h"
#include "format/reading.h"
#include "format/shard_index.h"
#include "format/wrong_zip.h"

namespace ptscope::format {

namespace {

class Reader {
 public:
  explicit Reader(TorchArchive& archive) : archive_(archive) {
    names_.reserve(records().size());
    for (const Record& record : records()) names_.push_back(record.name);
  }

  Result<std::optional<Checkpoint>> Read(std::string_view format) {
    const std::string& wanted = archive_.options().member;
    PTSCOPE_CHECK(wanted.empty() ? ReadAll() : ReadOne(wanted));
    Checkpoint& checkpoint = archive_.checkpoint();
    if (checkpoint.parts.empty()) return std::optional<Checkpoint>();
    FindFramework();
    checkpoint.values = MemberValues::Join(std::move(values_));
    checkpoint.format = IsTorchServe() ? "TorchServe archive" : format;
    return std::optional(std::move(checkpoint));
  }

 private:
  const Table<Record>& records() const { return archive_.records(); }

  bool IsTorchServe() const {
    return std::ranges::any_of(names_, [](std::string_view name) {
      return name.ends_with("MAR-INF/MANIFEST.json");
    });
  }

  // What stable-baselines3 puts beside its checkpoints.
  void FindFramework() {
    if (!archive_.options().origin) return;
    const auto at = std::ranges::find(
        names_, std::string_view("_stable_baselines3_version"));
    if (at == names_.end()) return;
    const auto version =
        archive_.ReadSmall(static_cast<uint32_t>(at - names_.begin()));
    if (!version) return;
    archive_.checkpoint().framework = {
        "Stable-Baselines3",
        version->substr(0, version->find_first_of("\r\n"))};
  }

  Status ReadAll() {
    for (uint32_t i = 0; i < records().size(); ++i) {
      if (!MayBeMember(i)) continue;
      auto status = AppendMember(archive_, i, names_[i], values_);
      if (status || IsUnrelated(status.error(), names_[i])) continue;
      AddHint(status.error());
      return status;
    }
    return {};
  }

  // An archive within one cannot be asked so.
  void AddHint(Error& error) const {
    if (archive_.depth() != 0) return;
    if (!error.hint.empty()) error.hint += "; ";
    error.hint += "--member NAME takes another one alone";
  }

  // What is not named as a checkpoint is one by its first bytes alone, and
  // nothing where these cannot be had.
  bool MayBeMember(uint32_t record) {
    if (IsLeftOver(names_[record])) return false;
    if (IsNamedAsCheckpoint(names_[record])) return true;
    const auto content = archive_.Open(record);
    if (!content) {
      Tell(content.error());
      return false;
    }
    const auto claimed = IsClaimed(*content->source);
    return claimed && *claimed && !IsIndex(record, *content->source);
  }

  // The shards are members, too. An index tells which are missing; that is the
  // business of the directory that was zipped.
  bool IsIndex(uint32_t record, const Source& source) {
    const auto index = IsShardIndex(source);
    if (!index || !*index) return false;
    archive_.AddFinding(FindingId::kIndexInArchive, kNone,
                        std::string(names_[record]) +
                            ": the shards are listed, but not held against "
                            "this index: unzip the archive for that");
    return true;
  }

  // It might have been one.
  void Tell(const Error& error) {
    if (error.code != ErrorCode::kDamaged) return;
    archive_.AddFinding(FindingId::kLocalHeader, kNone,
                        error.record + ": " + error.message);
  }

  // `wanted` is a member, or one of an archive that is a member.
  Status ReadOne(std::string_view wanted) {
    for (uint32_t i = 0; i < records().size(); ++i) {
      if (names_[i] == wanted) {
        return AppendMember(archive_, i, wanted, values_);
      }
    }
    for (uint32_t i = 0; i < records().size(); ++i) {
      const std::string_view name = names_[i];
      if (name.empty() || name.size() + 1 >= wanted.size() ||
          wanted[name.size()] != '/' || !wanted.starts_with(name)) {
        continue;
      }
      return AppendMember(archive_, i, name, values_,
                          wanted.substr(name.size() + 1));
    }
    return NoSuchMember(wanted, Members());
  }

  // For words: more than they show, and not more.
  std::vector<std::string> Members() {
    std::vector<std::string> members;
    for (uint32_t i = 0; i < records().size(); ++i) {
      if (MayBeMember(i)) members.emplace_back(names_[i]);
    }
    return members;
  }

  TorchArchive& archive_;
  MemberValues values_;
  std::vector<std::string_view> names_;
};

}  // namespace

Result<std::optional<Checkpoint>> ReadMembers(TorchArchive& archive,
                                              std::string_view format) {
  return Reader(archive).Read(format);
}

}  // namespace ptscope::format
