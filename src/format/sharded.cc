#include "format/sharded.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/name_index.h"
#include "format/shard_index.h"
#include "ptscope/inventory.h"

namespace ptscope::format {

namespace {

// Of a tensor or a file, to be shown.
std::string Quoted(std::string_view name) {
  return fmt::format("\"{}\"", name.substr(0, 100));
}

// "shard.bin", or "shard.bin: archive/data.pkl".
Error OfShard(Error error, std::string_view shard) {
  error.record =
      std::string(shard) + (error.record.empty() ? "" : ": " + error.record);
  return error;
}

class Reader {
 public:
  explicit Reader(const Reading& reading) : reading_(reading) {}

  Result<Checkpoint> Read() {
    if (reading_.folder == nullptr) {
      return Error{.code = ErrorCode::kUnsupported,
                   .message =
                       "is the index of a sharded checkpoint, whose shards "
                       "are files beside it, out of reach here"};
    }
    if (reading_.depth > 0) {
      return Error{.message = "a shard is an index itself"};
    }
    PTSCOPE_TRY(index_, ReadShardIndex(reading_.source, reading_.options.limits,
                                       whole_.arena()));
    whole_.metadata = std::move(index_.metadata);
    whole_.file_size = reading_.source.size();
    AddFile(reading_.name);
    found_.resize(index_.names.size());
    FillNames();
    for (uint32_t i = 0; i < index_.shards.size(); ++i) {
      PTSCOPE_CHECK(ReadShard(i));
    }
    ListMissing();
    CheckTotal();
    Describe();
    return std::move(whole_);
  }

 private:
  std::string_view NameOf(uint32_t i) const { return index_.names[i].name; }

  void AddFile(std::string_view name) {
    whole_.files.push_back(whole_.arena().Copy(name));
  }

  void FillNames() {
    for (uint32_t i = 0; i < index_.names.size(); ++i) {
      by_name_.Insert(NameOf(i), i, [this](uint32_t k) { return NameOf(k); });
    }
  }

  Status ReadShard(uint32_t shard) {
    const std::string_view name = index_.shards[shard];
    const Part part{.name = name};
    auto source = reading_.folder->Open(name);
    if (!source && source.error().placeholder) {  // there is no such file
      is_there_.push_back(false);
      whole_.parts.push_back(part);
      AddFile(name);
      return {};
    }
    if (!source) return OfShard(std::move(source.error()), name);
    auto opened = OpenPart({**source, name, reading_.folder, reading_.options,
                            reading_.depth + 1});
    if (!opened) return OfShard(std::move(opened.error()), name);
    PTSCOPE_CHECK(CheckCount(opened->tensors.size()));
    is_there_.push_back(true);
    AddFile(name);
    whole_.file_size += opened->file_size;
    AgreeOnFormat(opened->format);
    const size_t first = whole_.tensors.size();
    whole_.Append(std::move(*opened), part, shard + 1, 0);
    LookUp(shard, first);
    return {};
  }

  Status CheckCount(uint64_t more) const {
    const uint64_t limit = reading_.options.limits.tensors;
    if (whole_.tensors.size() + more <= limit) return {};
    return Error{.code = ErrorCode::kLimit,
                 .message = "there are more tensors than the limit `tensors`",
                 .expected = fmt::format("at most {}", limit)};
  }

  void AgreeOnFormat(std::string_view format) {
    if (format_.empty()) format_ = format;
    if (format_ != format) mixed_ = true;
  }

  // Holds the tensors of a shard, from `first`, against the index.
  void LookUp(uint32_t shard, size_t first) {
    uint64_t unnamed = 0;
    uint64_t elsewhere = 0;
    const Tensor* first_unnamed = nullptr;
    const Tensor* first_elsewhere = nullptr;
    for (size_t i = first; i < whole_.tensors.size(); ++i) {
      const Tensor& t = whole_.tensors[i];
      const uint32_t known =
          by_name_.Find(t.name, [this](uint32_t k) { return NameOf(k); });
      if (known == NameIndex::kAbsent) {
        if (unnamed++ == 0) first_unnamed = &t;
        continue;
      }
      found_[known] = true;
      if (index_.names[known].shard == shard) continue;
      if (elsewhere++ == 0) first_elsewhere = &t;
    }
    const std::string_view name = index_.shards[shard];
    if (unnamed != 0) {
      Find(FindingId::kNotInIndex, shard,
           fmt::format("{} has {} that the index does not name{}", name,
                       Tensors(unnamed), Such(*first_unnamed, unnamed)));
    }
    if (elsewhere != 0) {
      Find(FindingId::kOtherShard, shard,
           fmt::format("{} has {} that the index puts in another shard{}", name,
                       Tensors(elsewhere), Such(*first_elsewhere, elsewhere)));
    }
  }

  static std::string Tensors(uint64_t count) {
    return fmt::format("{} tensor{}", count, count == 1 ? "" : "s");
  }
  static std::string Such(const Tensor& t, uint64_t count) {
    return fmt::format("{}{}", count == 1 ? ": " : ", such as ",
                       Quoted(t.name));
  }

  void Find(FindingId id, uint32_t shard, std::string message) {
    whole_.AddFinding({.id = id,
                       .severity = DefaultSeverity(id),
                       .file = shard + 1,
                       .message = std::move(message)});
  }

  // What no shard has, in the place of the shard that should have it.
  void ListMissing() {
    const size_t there = whole_.tensors.size();
    for (uint32_t i = 0; i < index_.names.size(); ++i) {
      if (!found_[i]) Add(index_.names[i]);
    }
    if (whole_.tensors.size() == there) return;
    std::stable_sort(
        whole_.tensors.begin(), whole_.tensors.end(),
        [](const Tensor& a, const Tensor& b) { return a.part < b.part; });
  }

  void Add(const ShardIndex::Name& name) {
    problems_.resize(index_.shards.size(), kNone);
    uint32_t& detail = problems_[name.shard];
    if (detail == kNone) {
      const std::string words = fmt::format(
          "its shard {} {}", index_.shards[name.shard],
          is_there_[name.shard] ? "does not have it" : "is not there");
      TensorDetail problem;
      problem.problem = whole_.arena().Copy(std::string_view(words));
      detail = static_cast<uint32_t>(whole_.details.size());
      whole_.details.push_back(problem);
    }
    Tensor tensor;
    tensor.name = name.name;
    tensor.detail = detail;
    tensor.part = name.shard;
    tensor.only_name = true;
    whole_.tensors.push_back(tensor);
  }

  // Writers differ in whether tied tensors count once.
  void CheckTotal() {
    if (!index_.total_size || !problems_.empty()) return;
    double all = 0;
    for (const Tensor& t : whole_.tensors) {
      all += static_cast<double>(t.nbytes);
    }
    if (all == *index_.total_size) return;
    std::vector<uint32_t> listed(whole_.tensors.size());
    for (uint32_t i = 0; i < listed.size(); ++i) listed[i] = i;
    const auto once = static_cast<double>(TakeInventory(whole_, listed).unique);
    if (once == *index_.total_size) return;
    whole_.AddFinding(
        {.id = FindingId::kTotalSize,
         .severity = DefaultSeverity(FindingId::kTotalSize),
         .message = fmt::format("the index tells of {} bytes in all, its "
                                "tensors have {}",
                                *index_.total_size, all)});
  }

  void Describe() {
    whole_.format = "sharded";
    if (!format_.empty() && !mixed_) {
      whole_.format = whole_.arena().Copy(
          std::string_view(fmt::format("sharded {}", format_)));
    }
    if (format_.empty()) {  // no shard is there
      whole_.root_kind = RootKind::kDict;
      whole_.root_type = "dict";
      if (reading_.options.metadata) {
        whole_.state_dicts.push_back(
            {.type = "dict", .kind = StateDict::Kind::kDict});
      }
    }
  }

  const Reading& reading_;
  Checkpoint whole_;
  ShardIndex index_;
  NameIndex by_name_;           // of index_.names
  std::vector<bool> found_;     // names that some shard has
  std::vector<bool> is_there_;  // shards
  // By shard, in whole_.details: why what it lacks is missing.
  std::vector<uint32_t> problems_;  // empty where nothing is
  std::string_view format_;         // of the first shard
  bool mixed_ = false;              // not of all
};

bool HasAll(const ShardIndex& index, std::span<const std::string> names) {
  return std::ranges::all_of(index.shards, [&](std::string_view shard) {
    return std::ranges::binary_search(names, shard);
  });
}

}  // namespace

Result<Checkpoint> ReadSharded(const Reading& reading) {
  return Reader(reading).Read();
}

Result<Checkpoint> ReadShardedFolder(const Folder& folder,
                                     std::span<const std::string> names,
                                     const OpenOptions& options) {
  std::vector<std::string_view> indices;
  for (const std::string& name : names) {
    if (IsShardIndexName(name)) indices.push_back(name);
  }
  std::vector<std::string_view> whole;
  if (indices.size() > 1) {
    for (const std::string_view name : indices) {
      Arena arena;
      PTSCOPE_TRY(const auto source, folder.Open(name));
      const auto index = ReadShardIndex(*source, options.limits, arena);
      if (index && HasAll(*index, names)) whole.push_back(name);
    }
  }
  const auto& left = whole.empty() ? indices : whole;
  if (left.size() != 1) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = "holds several sharded checkpoints",
                 .found = fmt::format("'{}' and '{}'", left[0], left[1]),
                 .hint = "name the index of one of them"};
  }
  PTSCOPE_TRY(const auto source, folder.Open(left[0]));
  auto checkpoint = ReadSharded({*source, left[0], &folder, options, 0});
  if (!checkpoint) {
    // Where the error is in the index, its name is that of the record.
    Error& error = checkpoint.error();
    if (error.record.empty()) error.record = left[0];
  }
  return checkpoint;
}

}  // namespace ptscope::format
