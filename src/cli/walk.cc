#include "cli/walk.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "ptscope/open.h"

namespace ptscope::cli {

namespace {

namespace fs = std::filesystem;

std::vector<Glob> Globs(std::span<const std::string> patterns) {
  return {patterns.begin(), patterns.end()};
}

bool Fits(const std::vector<Glob>& globs, std::string_view path) {
  const std::string_view base = path.substr(path.rfind('/') + 1);
  return std::ranges::any_of(globs, [&](const Glob& glob) {
    const bool whole = glob.pattern().find('/') != std::string::npos;
    return glob.Matches(whole ? path : base);
  });
}

enum class Kind { kFile, kFolder, kLinkToFolder, kOther };

// What cannot be told, such as a link that leads nowhere, is a file: opening it
// says why.
Kind KindOf(const fs::directory_entry& entry) {
  std::error_code ec;
  const fs::file_type own = entry.symlink_status(ec).type();
  if (own == fs::file_type::directory) return Kind::kFolder;
  if (ec || own == fs::file_type::regular) return Kind::kFile;
  if (own != fs::file_type::symlink) return Kind::kOther;
  const fs::file_type target = entry.status(ec).type();
  if (target == fs::file_type::directory) return Kind::kLinkToFolder;
  return ec || target == fs::file_type::regular ||
                 target == fs::file_type::not_found
             ? Kind::kFile
             : Kind::kOther;
}

// One directory. Its names come in the system's order.
struct Folder {
  std::vector<std::string> names;
  std::vector<Kind> kinds;  // of the names
  std::error_code error;    // the names are not all
};

Folder List(const std::string& path) {
  Folder folder;
  fs::directory_iterator it(path, folder.error);
  while (!folder.error && it != fs::directory_iterator()) {
    folder.names.push_back(it->path().filename().string());
    folder.kinds.push_back(KindOf(*it));
    it.increment(folder.error);
  }
  return folder;
}

std::string Join(const std::string& folder, const std::string& name) {
  return folder.ends_with('/') ? folder + name : folder + '/' + name;
}

}  // namespace

FileFilter::FileFilter(std::span<const std::string> include,
                       std::span<const std::string> exclude)
    : include_(Globs(include)), exclude_(Globs(exclude)) {}

bool FileFilter::Keeps(std::string_view path) const {
  return (include_.empty() || Fits(include_, path)) && !Fits(exclude_, path);
}

void Walk(const std::string& root, const FileFilter& filter, InputFiles& to) {
  const size_t first = to.files.size();
  std::vector<std::string> pending = {root};
  while (!pending.empty()) {
    const std::string path = std::move(pending.back());
    pending.pop_back();
    const Folder folder = List(path);
    if (folder.error) {
      const Error error{
          .code = ErrorCode::kIo,
          .message = "cannot list the directory: " + folder.error.message()};
      to.files.push_back({path, true, std::make_unique<Error>(error)});
    }
    const FolderKind kind = KindOfFolder(folder.names);
    const bool plain = kind == FolderKind::kPlain;
    if (!plain && filter.Keeps(path)) to.files.push_back({path, path != root});
    if (kind == FolderKind::kArchive) continue;
    for (size_t i = 0; i < folder.names.size(); ++i) {
      std::string name = Join(path, folder.names[i]);
      if (folder.kinds[i] == Kind::kFolder) {
        pending.push_back(std::move(name));
      } else if (folder.kinds[i] != Kind::kLinkToFolder && plain &&
                 filter.Keeps(name)) {
        if (folder.kinds[i] == Kind::kOther) {
          ++to.others;
        } else {
          to.files.push_back({std::move(name), true});
        }
      }
    }
  }
  std::sort(
      to.files.begin() + static_cast<ptrdiff_t>(first), to.files.end(),
      [](const InputFile& a, const InputFile& b) { return a.name < b.name; });
}

}  // namespace ptscope::cli
