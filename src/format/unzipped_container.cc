// The folder that an archive was unzipped into, as the container of its
// records.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/arena.h"
#include "format/record_container.h"

namespace ptscope::format {

namespace {

// TorchScript has one folder for each part of a class's name.
constexpr int kDeepest = 32;

class Unzipped final : public RecordContainer {
 public:
  Unzipped(const Folder& folder, const Limits& limits)
      : folder_(folder), limits_(limits) {}

  Status List() {
    std::vector<std::string> open = {""};  // ways to folders, a slash behind
    while (!open.empty()) {
      const std::string way = std::move(open.back());
      open.pop_back();
      PTSCOPE_CHECK(ListOne(way, open));
    }
    return {};
  }

  const Table<Record>& records() const override { return records_; }

  Result<archive::RecordBytes> Read(uint32_t record) override {
    PTSCOPE_TRY(const Content content, Open(record));
    return ReadWhole(*content.source, records_[record], limits_);
  }

  Result<Content> Open(uint32_t record) override {
    const std::string_view name = records_[record].name;
    const size_t base = name.rfind('/') + 1;
    auto folder = OpenWay(name.substr(0, base));
    if (!folder) return Named(std::move(folder.error()), name);
    auto source = FolderAt(*folder).Open(name.substr(base));
    if (!source) return Named(std::move(source.error()), name);
    return Content{*std::move(source), kUnknown};
  }

  Status Locate(std::vector<Finding>&) override { return {}; }

  std::shared_ptr<const void> MoveRecords(Table<Record>& to) override {
    to = std::move(records_);
    return std::move(names_);
  }

 private:
  static Error Named(Error error, std::string_view name) {
    error.record = name;
    return error;
  }

  const Folder& FolderAt(const std::unique_ptr<Folder>& opened) const {
    return opened == nullptr ? folder_ : *opened;
  }

  // Null: the archive's own folder.
  Result<std::unique_ptr<Folder>> OpenWay(std::string_view way) const {
    std::unique_ptr<Folder> at;
    while (!way.empty()) {
      const size_t slash = way.find('/');
      PTSCOPE_TRY(auto next, FolderAt(at).OpenFolder(way.substr(0, slash)));
      at = std::move(next);
      way.remove_prefix(slash + 1);
    }
    return at;
  }

  Status ListOne(const std::string& way, std::vector<std::string>& open) {
    if (std::ranges::count(way, '/') > kDeepest) {
      return Error{.code = ErrorCode::kDamaged,
                   .message = "the folders of the archive are nested too deep",
                   .record = way};
    }
    PTSCOPE_TRY(const auto folder, OpenWay(way));
    PTSCOPE_TRY(const auto entries, FolderAt(folder).Entries());
    for (const FolderEntry& entry : entries) {
      if (entry.is_folder) {
        open.push_back(way + entry.name + '/');
      } else {
        PTSCOPE_CHECK(Add(way + entry.name, entry.size));
      }
    }
    return {};
  }

  Status Add(const std::string& name, uint64_t size) {
    if (records_.size() >= limits_.records) {
      return Error{.code = ErrorCode::kLimit,
                   .message = "there are more files than the limit `records`",
                   .expected = fmt::format("at most {}", limits_.records)};
    }
    records_.push_back({.name = names_->Copy(std::string_view(name)),
                        .stored = size,
                        .size = size});
    return {};
  }

  const Folder& folder_;
  const Limits& limits_;
  Table<Record> records_;
  std::shared_ptr<Arena> names_ = std::make_shared<Arena>();
};

}  // namespace

Result<std::unique_ptr<RecordContainer>> OpenUnzippedFolder(
    const Folder& folder, const Limits& limits) {
  auto unzipped = std::make_unique<Unzipped>(folder, limits);
  PTSCOPE_CHECK(unzipped->List());
  return std::unique_ptr<RecordContainer>(std::move(unzipped));
}

}  // namespace ptscope::format
