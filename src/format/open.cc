#include "ptscope/open.h"

#include <system_error>

#include "archive/zip_directory.h"
#include "format/torch_zip.h"
#include "format/wrong_folder.h"
#include "format/wrong_input.h"

namespace ptscope {

namespace {

// A format that can be read: what its first bytes say, and its reader.
struct Format {
  Result<bool> (*matches)(const Source& source);
  Result<Checkpoint> (*read)(const Source& source, const OpenOptions& options);
};

// In the order in which they are asked. The next format is one line here.
constexpr Format kFormats[] = {
    {&format::IsZip, &format::ReadTorchZip},
};

// No format claims the first bytes: a zip archive with bytes before it, or
// something else.
Result<Checkpoint> OpenUnclaimed(const Source& source, std::string_view name,
                                 const OpenOptions& options) {
  std::optional<Error> known = format::KnownWrongInput(source, name);
  // Loaders go by the first bytes: a checkpoint of another format stays one,
  // whatever is appended to it.
  if (known && known->code != ErrorCode::kNotCheckpoint) {
    return *std::move(known);
  }
  PTSCOPE_TRY(const bool zip_end, archive::HasZipEnd(source));
  if (zip_end) {
    auto checkpoint = format::ReadTorchZip(source, options);
    if (checkpoint || !known) return checkpoint;
  }
  if (known) return *std::move(known);
  return format::DescribeWrongInput(source, name);
}

}  // namespace

Result<Checkpoint> Open(const Source& source, std::string_view name,
                        const OpenOptions& options) {
  if (source.size() == 0) return format::DescribeWrongInput(source, name);
  for (const Format& f : kFormats) {
    PTSCOPE_TRY(const bool matches, f.matches(source));
    if (!matches) continue;
    auto checkpoint = f.read(source, options);
    if (!checkpoint) {
      // What a transfer as text did to a file explains more than what it broke.
      if (auto known = format::KnownWrongInput(source, name)) {
        return *std::move(known);
      }
    }
    const auto partial = format::PartialDownloadHint(name);
    if (!checkpoint && checkpoint.error().code == ErrorCode::kDamaged &&
        !partial.empty()) {
      checkpoint.error().hint = partial;
    }
    return checkpoint;
  }
  return OpenUnclaimed(source, name, options);
}

Result<Checkpoint> Open(const std::filesystem::path& path,
                        const OpenOptions& options) {
  std::error_code ec;
  if (std::filesystem::is_directory(path, ec)) {
    PTSCOPE_TRY(const auto folder, OpenFolder(path));
    PTSCOPE_TRY(const auto names, folder->List());
    return format::DescribeFolder(names);
  }
  PTSCOPE_TRY(const auto source, OpenFile(path));
  return Open(*source, path.filename().string(), options);
}

}  // namespace ptscope
