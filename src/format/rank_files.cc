#include "format/rank_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/key_table.h"
#include "format/rank_names.h"
#include "format/reading.h"

namespace ptscope::format {

namespace {

using Names = std::span<const std::string>;

// "bf16_zero_pp_rank_3_mp_rank_00_optim_states.pt": the numbers behind the
// words `rank`, and the text around them.
struct RankName {
  std::vector<std::string_view> texts;  // one more than there are numbers
  std::vector<uint32_t> ranks;
  std::vector<size_t> widths;     // digits of each that has leading zeros
  std::optional<uint32_t> world;  // ranks there are in all, if it says so
};

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The number of ranks in "world_size_8" or "_of_8".
std::optional<uint32_t> WorldOf(std::string_view name) {
  for (const std::string_view word : {"world_size_", "_of_"}) {
    const size_t at = name.find(word);
    if (at == std::string_view::npos) continue;
    std::string_view rest = name.substr(at + word.size());
    if (const auto world = TakeNumber(rest)) return world;
  }
  return std::nullopt;
}

// nullopt: it names no rank, or no checkpoint.
std::optional<RankName> ParseRankName(std::string_view name) {
  constexpr std::string_view kRank = "rank";
  constexpr uint32_t kMostRanks = 10'000'000;  // a date is none
  if (!IsNamedAsCheckpoint(name)) return std::nullopt;
  RankName parsed;
  size_t begin = 0;  // of the text that is not taken yet
  for (size_t at = name.find(kRank); at != std::string_view::npos;
       at = name.find(kRank, at + 1)) {
    if (at > 0 && IsLetter(name[at - 1])) continue;  // "frank"
    size_t digits = at + kRank.size();
    if (digits < name.size() && (name[digits] == '_' || name[digits] == '-')) {
      ++digits;
    }
    std::string_view rest = name.substr(digits);
    const auto rank = TakeNumber(rest);
    if (!rank || *rank > kMostRanks) continue;
    const size_t end = name.size() - rest.size();
    parsed.texts.push_back(name.substr(begin, digits - begin));
    parsed.ranks.push_back(*rank);
    parsed.widths.push_back(name[digits] == '0' ? end - digits : 0);
    begin = end;
  }
  if (parsed.ranks.empty()) return std::nullopt;
  parsed.texts.push_back(name.substr(begin));
  parsed.world = WorldOf(name);
  return parsed;
}

std::string NameOf(const RankName& like, const std::vector<uint32_t>& ranks) {
  std::string name(like.texts[0]);
  for (size_t i = 0; i < ranks.size(); ++i) {
    name += fmt::format("{:0{}}", ranks[i], like.widths[i]);
    name += like.texts[i + 1];
  }
  return name;
}

// Files that differ in their ranks alone.
struct Group {
  struct File {
    RankName name;
    const std::string* text;
  };
  std::vector<File> files;

  // Where there is a file for each rank of each dimension: those dimensions.
  std::vector<uint32_t> Sizes() const {
    std::vector<uint32_t> sizes(files[0].name.ranks.size(), 0);
    for (const File& file : files) {
      for (size_t i = 0; i < sizes.size(); ++i) {
        sizes[i] = std::max(sizes[i], file.name.ranks[i] + 1);
      }
    }
    if (sizes.size() == 1 && files[0].name.world) {
      sizes[0] = std::max(sizes[0], *files[0].name.world);
    }
    return sizes;
  }
};

bool IsOptimizer(std::string_view name) {
  return name.find("optim") != std::string_view::npos;
}

// Weights first; files of a group in the order of their ranks.
std::vector<Group> GroupsOf(Names names) {
  std::map<std::pair<bool, std::string>, Group> groups;
  for (const std::string& name : names) {
    auto parsed = ParseRankName(name);
    if (!parsed) continue;
    std::string like;
    for (const std::string_view text : parsed->texts) {
      like.append(text).push_back('#');
    }
    groups[{IsOptimizer(name), like}].files.push_back(
        {*std::move(parsed), &name});
  }
  std::vector<Group> ordered;
  for (auto& [like, group] : groups) {
    std::ranges::sort(group.files, {}, [](const Group::File& file) {
      return std::pair(file.name.ranks, *file.text);
    });
    ordered.push_back(std::move(group));
  }
  return ordered;
}

Error MissingRank(const RankName& like, const std::vector<uint32_t>& ranks) {
  return {.code = ErrorCode::kDamaged,
          .message = fmt::format("rank {} is missing: there is no '{}'",
                                 fmt::join(ranks, ", "), NameOf(like, ranks)),
          .hint = "copy all of its directory, or name the files one by one"};
}

// The files, which are in order, are those of all ranks below `sizes`, each
// once.
Status CheckRanks(const Group& group, const std::vector<uint32_t>& sizes) {
  std::vector<uint32_t> expected(sizes.size(), 0);
  for (const Group::File& file : group.files) {
    if (file.name.ranks == expected) {
      for (size_t i = sizes.size(); i-- > 0;) {
        if (++expected[i] < sizes[i]) break;
        if (i != 0) expected[i] = 0;
      }
      continue;
    }
    if (file.name.ranks > expected) {
      return MissingRank(group.files[0].name, expected);
    }
    return Error{.code = ErrorCode::kUnsupported,
                 .message = fmt::format("'{}' is of a rank that another file "
                                        "is of",
                                        *file.text)};
  }
  if (expected[0] < sizes[0]) {
    return MissingRank(group.files[0].name, expected);
  }
  return {};
}

class Reader {
 public:
  Reader(const Folder& folder, Names names, const OpenOptions& options)
      : folder_(folder), groups_(GroupsOf(names)), options_(options) {}

  Result<Checkpoint> Read() {
    for (const Group& group : groups_) {
      PTSCOPE_CHECK(CheckRanks(group, group.Sizes()));
    }
    for (const Group& group : groups_) {
      for (const Group::File& file : group.files) {
        PTSCOPE_CHECK(ReadFile(*file.text));
      }
    }
    PTSCOPE_CHECK(CheckDeepSpeed());
    whole_.format = "rank files";
    if (!mixed_) {
      whole_.format = whole_.arena().Copy(
          std::string_view(fmt::format("rank files ({})", format_)));
    }
    return std::move(whole_);
  }

 private:
  Status ReadFile(const std::string& name);
  Status CheckNames(size_t first);
  Status CheckDeepSpeed() const;
  std::optional<uint32_t> EntryOf(std::string_view name) const;

  const Folder& folder_;
  const std::vector<Group> groups_;
  const OpenOptions& options_;
  Checkpoint whole_;
  KeyTable by_name_;  // index of a tensor
  std::string_view format_;
  bool mixed_ = false;
};

Error OfFile(Error error, const std::string& name) {
  error.record = name + (error.record.empty() ? "" : ": " + error.record);
  return error;
}

Status Reader::ReadFile(const std::string& name) {
  auto source = folder_.Open(name);
  if (!source) return OfFile(std::move(source.error()), name);
  auto opened = OpenPart({**source, name, &folder_, options_, 1});
  if (!opened) return OfFile(std::move(opened.error()), name);
  const auto index = static_cast<uint32_t>(whole_.files.size());
  const std::string_view kept = whole_.arena().Copy(std::string_view(name));
  whole_.files.push_back(kept);
  whole_.file_size += opened->file_size;
  if (index == 0) format_ = opened->format;
  mixed_ = mixed_ || format_ != opened->format;
  const size_t first = whole_.tensors.size();
  whole_.Append(std::move(*opened), {.name = kept}, index, 0);
  if (whole_.tensors.size() > options_.limits.tensors) {
    return Error{
        .code = ErrorCode::kLimit,
        .message = "there are more tensors than the limit `tensors`",
        .expected = fmt::format("at most {}", options_.limits.tensors)};
  }
  return CheckNames(first);
}

// Of one name the ranks have pieces of a tensor, or copies: only the program
// that wrote them knows which.
Status Reader::CheckNames(size_t first) {
  const auto& tensors = whole_.tensors;
  for (size_t i = first; i < tensors.size(); ++i) {
    const uint32_t other =
        by_name_.Insert(tensors[i].name, static_cast<uint32_t>(i));
    if (other == KeyTable::kAbsent || tensors[other].part == tensors[i].part) {
      continue;
    }
    return Error{
        .code = ErrorCode::kUnsupported,
        .message = fmt::format(
            "the ranks have tensors of one name, '{}' in '{}' and '{}'",
            tensors[i].name.substr(0, 300),
            whole_.parts[tensors[other].part].name,
            whole_.parts[tensors[i].part].name),
        .hint = "name the files one by one"};
  }
  return {};
}

// A number among what hangs on the root.
std::optional<uint32_t> Reader::EntryOf(std::string_view name) const {
  for (const Entry& entry : whole_.entries) {
    if (entry.name != name) continue;
    std::string_view value = entry.value;
    const auto number = TakeNumber(value);
    return value.empty() ? number : std::nullopt;
  }
  return std::nullopt;
}

// The files say how many ranks wrote them. Source: deepspeed/runtime/engine.py,
// _save_checkpoint.
Status Reader::CheckDeepSpeed() const {
  const auto dp = EntryOf("dp_world_size");
  const auto mp = EntryOf("mp_world_size");
  for (const Group& group : groups_) {
    const RankName& name = group.files[0].name;
    std::vector<uint32_t> sizes = group.Sizes();
    for (size_t i = 0; i < sizes.size(); ++i) {
      const auto world = name.texts[i].ends_with("zero_pp_rank_") ? dp
                         : name.texts[i].ends_with("mp_rank_")    ? mp
                                                               : std::nullopt;
      sizes[i] = std::max(sizes[i], world.value_or(0));
    }
    PTSCOPE_CHECK(CheckRanks(group, sizes));
  }
  return {};
}

}  // namespace

bool IsRanked(std::span<const std::string> names) {
  bool ranked = false;
  for (const std::string& name : names) {
    if (!IsNamedAsCheckpoint(name)) continue;
    if (!ParseRankName(name)) return false;
    ranked = true;
  }
  return ranked;
}

Result<Checkpoint> ReadRanked(const Folder& folder,
                              std::span<const std::string> names,
                              const OpenOptions& options) {
  return Reader(folder, names, options).Read();
}

}  // namespace ptscope::format
