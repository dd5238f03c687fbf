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
