#include <algorithm>
#include <system_error>

#include "ptscope/source.h"

namespace ptscope {

namespace {

namespace fs = std::filesystem;

class DiskFolder final : public Folder {
 public:
  explicit DiskFolder(fs::path path) : path_(std::move(path)) {}

  Result<std::vector<std::string>> List() const override {
    std::error_code ec;
    fs::directory_iterator it(path_, ec);
    std::vector<std::string> names;
    for (; !ec && it != fs::directory_iterator(); it.increment(ec)) {
      names.push_back(it->path().filename().string());
    }
    if (ec) {
      return Error{.code = ErrorCode::kIo,
                   .message = "cannot list the directory: " + ec.message()};
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<std::vector<FolderEntry>> Entries() const override {
    std::error_code ec;
    fs::directory_iterator it(path_, ec);
    std::vector<FolderEntry> entries;
    for (; !ec && it != fs::directory_iterator(); it.increment(ec)) {
      // What goes away meanwhile, or cannot be looked at, is not there.
      std::error_code gone;
      FolderEntry entry{.name = it->path().filename().string()};
      if (it->is_regular_file(gone)) {
        entry.size = it->file_size(gone);
      } else if (it->is_directory(gone) && !it->is_symlink(gone)) {
        entry.is_folder = true;
      } else {
        continue;
      }
      if (!gone) entries.push_back(std::move(entry));
    }
    if (ec) {
      return Error{.code = ErrorCode::kIo,
                   .message = "cannot list the directory: " + ec.message()};
    }
    std::ranges::sort(entries, {}, &FolderEntry::name);
    return entries;
  }

  Result<std::unique_ptr<Source>> Open(std::string_view name) const override {
    PTSCOPE_CHECK(CheckName(name));
    return OpenFile(path_ / name);
  }

  Result<std::unique_ptr<Folder>> OpenFolder(
      std::string_view name) const override {
    PTSCOPE_CHECK(CheckName(name));
    return ptscope::OpenFolder(path_ / name);
  }

 private:
  static Status CheckName(std::string_view name) {
    if (name.empty() || name == "." || name == ".." ||
        name.find_first_of(std::string_view("/\\\0", 3)) != name.npos) {
      return Error{.code = ErrorCode::kDamaged,
                   .message = "a file name leaves its folder",
                   .found = "'" + std::string(name) + "'",
                   .expected = "a plain name"};
    }
    return {};
  }

  const fs::path path_;
};

}  // namespace

Folder::~Folder() = default;

// By opening each, for folders that know no better.
Result<std::vector<FolderEntry>> Folder::Entries() const {
  PTSCOPE_TRY(const auto names, List());
  std::vector<FolderEntry> entries;
  for (const std::string& name : names) {
    if (const auto file = Open(name)) {
      entries.push_back({.name = name, .size = (*file)->size()});
    } else if (OpenFolder(name)) {
      entries.push_back({.name = name, .is_folder = true});
    }
  }
  return entries;
}

Result<std::unique_ptr<Folder>> OpenFolder(const fs::path& path) {
  std::error_code ec;
  if (!fs::is_directory(path, ec)) {
    return Error{
        .code = ErrorCode::kIo,
        .message = ec ? "cannot open: " + ec.message() : "is not a directory"};
  }
  return std::unique_ptr<Folder>(std::make_unique<DiskFolder>(path));
}

}  // namespace ptscope
