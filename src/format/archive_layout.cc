#include "format/archive_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace ptscope::format {

namespace {

// What archivers of macOS add.
bool IsLitter(std::string_view name) {
  return name.starts_with("__MACOSX/") ||
         name.find("/__MACOSX/") != name.npos ||
         BaseName(name).starts_with("._") || BaseName(name) == ".DS_Store";
}

class LayoutFinder {
 public:
  LayoutFinder(const Table<Record>& records, std::string_view main)
      : records_(records), main_(main) {}

  Result<std::optional<ArchiveLayout>> Find() {
    for (uint32_t i = 0;
         i < records_.size() && candidates_.size() < kMaxCandidates; ++i) {
      const std::string_view name = records_[i].name;
      if (!EndsLikeMain(name)) continue;
      const std::string_view base = BaseName(name);
      if (!EqualNoCase(base, main_) || IsLitter(name)) continue;
      candidates_.push_back(
          {.main = i, .folder = name.substr(0, name.size() - base.size())});
    }
    if (candidates_.empty()) return std::optional<ArchiveLayout>();
    FindCompanions();
    return Choose();
  }

 private:
  // Most names of a large archive do not: one comparison each.
  bool EndsLikeMain(std::string_view name) const {
    return !name.empty() && EqualNoCase(name.substr(name.size() - 1),
                                        main_.substr(main_.size() - 1));
  }

  // Other records that lie beside a candidate.
  void FindCompanions() {
    for (uint32_t i = 0; i < records_.size(); ++i) {
      const std::string_view name = records_[i].name;
      for (ArchiveLayout& c : candidates_) {
        if (!name.starts_with(c.folder)) {
          ++c.outside;
          continue;
        }
        const std::string_view rest = name.substr(c.folder.size());
        if (rest.size() > 13) continue;
        if (EqualNoCase(rest, "version") ||
            EqualNoCase(rest, ".data/version")) {
          c.version = i;
        } else if (EqualNoCase(rest, "byteorder")) {
          c.byte_order = i;
        } else if (EqualNoCase(rest, "constants.pkl")) {
          c.constants = i;
        }
      }
    }
  }

  Result<std::optional<ArchiveLayout>> Choose() {
    for (size_t i = 1; i < candidates_.size(); ++i) {
      const Record& b = records_[candidates_[i].main];
      for (size_t j = 0; j < i; ++j) {
        const Record& a = records_[candidates_[j].main];
        if (!EqualNoCase(a.name, b.name)) continue;
        return Error{.code = ErrorCode::kDamaged,
                     .message =
                         "two records have this name; which one torch "
                         "reads is not laid down",
                     .record = std::string(b.name)};
      }
    }
    if (candidates_.size() == 1) return std::optional(candidates_[0]);
    // torch takes the folder of the first record of the directory.
    const std::string_view first = records_[0].name;
    for (const ArchiveLayout& c : candidates_) {
      if (!c.folder.empty() && first.starts_with(c.folder)) {
        return std::optional(c);
      }
    }
    const ArchiveLayout* whole = nullptr;
    for (const ArchiveLayout& c : candidates_) {
      if (c.version == kNone) continue;
      if (whole != nullptr) {
        whole = nullptr;
        break;
      }
      whole = &c;
    }
    if (whole != nullptr) return std::optional(*whole);
    return Error{.code = ErrorCode::kUnsupported,
                 .message = "holds several checkpoints",
                 .found = fmt::format("'{}' and '{}'",
                                      records_[candidates_[0].main].name,
                                      records_[candidates_[1].main].name),
                 .hint = "unzip it and name one of them"};
  }

  // Of more than a few torch's choice is not ours to guess.
  static constexpr size_t kMaxCandidates = 8;
  const Table<Record>& records_;
  const std::string_view main_;
  std::vector<ArchiveLayout> candidates_;
};

}  // namespace

std::string_view BaseName(std::string_view name) {
  const size_t at = name.find_last_of("/\\");
  return at == name.npos ? name : name.substr(at + 1);
}

bool EqualNoCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  };
  return std::ranges::equal(a, b, {}, lower, lower);
}

Result<std::optional<ArchiveLayout>> FindLayout(const Table<Record>& records,
                                                std::string_view main) {
  return LayoutFinder(records, main).Find();
}

}  // namespace ptscope::format
