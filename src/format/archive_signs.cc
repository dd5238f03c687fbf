#include "format/archive_signs.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "archive/zip_origin.h"

namespace ptscope::format {

namespace {

using torch::Sign;

class Finder {
 public:
  Finder(const archive::ZipDirectory& directory, std::string_view folder,
         torch::WriterEvidence& evidence)
      : evidence_(evidence) {
    names_.reserve(directory.records.size());
    for (const Record& record : directory.records) {
      // A name outside of the folder is none that torch gives.
      const bool inside = record.name.starts_with(folder);
      names_.push_back(inside ? record.name.substr(folder.size()) : "");
      if (names_.back().starts_with(kData)) {
        keys_.push_back(names_.back().substr(kData.size()));
      }
    }
  }

  void FindRecords() {
    for (const std::string_view name : names_) {
      // The storages' are many, and their names tell nothing.
      if (name.starts_with(kData)) continue;
      const bool of_14 = name.starts_with(kOf14);
      evidence_.Saw(Sign::kRecord, of_14 ? kOf14 : name);
      if (of_14) return;
    }
  }

  // True if they are addresses.
  bool FindKeys() {
    if (keys_.empty()) return false;
    if (KeysAreNumbers()) evidence_.Saw(Sign::kKeys, "numbers");
    if (!KeysAreAddresses()) return false;
    evidence_.Saw(Sign::kKeys, "addresses");
    return true;
  }

  // True if the records are what torch.save of some release writes, in its
  // order.
  bool FindOrder() {
    size_t at = 0;
    const auto take = [&](std::string_view name) {
      const bool there = at < names_.size() && names_[at] == name;
      if (there) ++at;
      return there;
    };
    if (!take("data.pkl")) return false;
    const bool aligned = take(".format_version") && take(".storage_alignment");
    const bool byte_order = take("byteorder");
    while (at < names_.size() && IsStorage(names_[at])) ++at;
    if (!take("version")) return false;
    const bool id = take(".data/serialization_id");
    if (at != names_.size() || byte_order != id) return false;
    if (aligned) return byte_order;
    const auto not_sorted = std::ranges::adjacent_find(
        keys_, [](auto a, auto b) { return a >= b; });
    if (not_sorted != keys_.end()) return false;
    evidence_.Saw(Sign::kAbsent, byte_order ? ".format_version" : "byteorder");
    return true;
  }

 private:
  static constexpr std::string_view kData = "data/";
  static constexpr std::string_view kOf14 = "tensors/";

  static bool IsStorage(std::string_view name) {
    return name.starts_with(kData) || name.starts_with(kOf14);
  }

  // 0 to n - 1, in any order.
  bool KeysAreNumbers() const {
    std::vector<bool> seen(keys_.size());
    for (const std::string_view key : keys_) {
      const char* const key_end = key.data() + key.size();
      size_t number = 0;
      const auto [end, error] = std::from_chars(key.data(), key_end, number);
      if (error != std::errc() || end != key_end || number >= seen.size() ||
          seen[number]) {
        return false;
      }
      seen[number] = true;
    }
    return true;
  }

  // Decimal, and larger than a number of storages can be.
  bool KeysAreAddresses() const {
    return std::ranges::all_of(keys_, [](std::string_view key) {
      return key.size() >= 9 && std::ranges::all_of(key, [](char c) {
               return c >= '0' && c <= '9';
             });
    });
  }

  torch::WriterEvidence& evidence_;
  std::vector<std::string_view> names_;  // of the records, within the folder
  std::vector<std::string_view> keys_;   // of the storages among them
};

}  // namespace

void FindArchiveSigns(const archive::ZipDirectory& directory,
                      std::string_view folder, std::string_view version,
                      torch::WriterEvidence& evidence) {
  evidence.Saw(Sign::kContainer, "zip");
  evidence.Saw(Sign::kFormatVersion, version);
  Finder finder(directory, folder, evidence);
  finder.FindRecords();
  const bool addresses = finder.FindKeys();
  const bool stored = std::ranges::all_of(
      directory.records,
      [](const Record& r) { return r.method == Record::Method::kStored; });
  if (!stored || !archive::HasHeadersOfTorch(directory)) {
    return evidence.SawOtherProgram();
  }
  if (!finder.FindOrder()) return evidence.LeaveOpen();
  // Before 1.13 a release that names storages by numbers calls it `archive`.
  if (addresses || version != "3" || folder == "archive/") return;
  const size_t slash = folder.find('/');
  if (slash != folder.npos && slash + 1 == folder.size()) {
    evidence.Saw(Sign::kFolder, "named");
  }
}

void FindScriptSigns(const archive::ZipDirectory& directory,
                     std::string_view folder, std::string_view version,
                     torch::WriterEvidence& evidence) {
  evidence.Saw(Sign::kContainer, "TorchScript");
  evidence.Saw(Sign::kFormatVersion, version);
  Finder(directory, folder, evidence).FindRecords();
  if (archive::HasHeadersOfTorch(directory)) {
    evidence.LeaveOpen();
  } else {
    evidence.SawOtherProgram();
  }
}

Writer WriterOfRecords(const Table<Record>& records, std::string_view folder,
                       std::string_view container) {
  torch::WriterEvidence evidence;
  evidence.LeaveOpen();
  evidence.Saw(Sign::kContainer, container);
  for (const Record& record : records) {
    if (!record.name.starts_with(folder)) continue;
    evidence.Saw(Sign::kRecord, record.name.substr(folder.size()));
  }
  return evidence.Conclude();
}

}  // namespace ptscope::format
