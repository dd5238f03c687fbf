#include "ptscope/open.h"

#include <system_error>

#include "archive/zip_directory.h"
#include "format/bare_pickle.h"
#include "format/folders.h"
#include "format/legacy.h"
#include "format/reading.h"
#include "format/safetensors.h"
#include "format/shard_index.h"
#include "format/sharded.h"
#include "format/tar_members.h"
#include "format/torch_tar.h"
#include "format/wrong_input.h"
#include "format/zip.h"

namespace ptscope {

namespace {

using format::Reading;

// A format that can be read: what its first bytes say, and its reader.
struct Format {
  Result<bool> (*matches)(const Source& source);
  Result<Checkpoint> (*read)(const Reading& reading);
};

// The reader of a format that is one file and looks at nothing else.
template <Result<Checkpoint> (*read)(const Source&, const OpenOptions&)>
Result<Checkpoint> Alone(const Reading& reading) {
  return read(reading.source, reading.options);
}

// In the order in which they are asked. The next format is one line here.
constexpr Format kFormats[] = {
    {&format::IsZip, &format::ReadZip},
    {&format::IsSafetensors, &Alone<&format::ReadSafetensors>},
    {&format::IsShardIndex, &format::ReadSharded},
    {&format::IsLegacy, &Alone<&format::ReadLegacy>},
    {&format::IsTorchTar, &Alone<&format::ReadTorchTar>},
    {&format::IsTar, &format::ReadTarMembers},
    // Nearly any byte may begin a pickle: the last to be asked.
    {&format::IsBarePickle, &Alone<&format::ReadBarePickle>},
};

// No format claims the first bytes: a zip archive with bytes before it, or
// something else.
Result<Checkpoint> OpenUnclaimed(const Reading& reading) {
  const Source& source = reading.source;
  const std::string_view name = reading.name;
  std::optional<Error> known = format::KnownWrongInput(source, name);
  // Loaders go by the first bytes: a checkpoint of another format stays one,
  // whatever is appended to it.
  if (known && known->code != ErrorCode::kNotCheckpoint) {
    return *std::move(known);
  }
  PTSCOPE_TRY(const bool zip_end, archive::HasZipEnd(source));
  if (zip_end) {
    auto checkpoint = format::ReadZip(reading);
    if (checkpoint || !known) return checkpoint;
  }
  if (known) return *std::move(known);
  return format::DescribeWrongInput(source, name);
}

}  // namespace

namespace format {

Result<bool> IsClaimed(const Source& source) {
  for (const Format& f : kFormats) {
    PTSCOPE_TRY(const bool matches, f.matches(source));
    if (matches) return true;
  }
  return false;
}

Result<Checkpoint> OpenPart(const Reading& reading) {
  const Source& source = reading.source;
  const std::string_view name = reading.name;
  if (source.size() == 0) return DescribeWrongInput(source, name);
  for (const Format& f : kFormats) {
    PTSCOPE_TRY(const bool matches, f.matches(source));
    if (!matches) continue;
    auto checkpoint = f.read(reading);
    if (!checkpoint) {
      // What a transfer as text did to a file explains more than what it broke.
      if (auto known = KnownWrongInput(source, name)) return *std::move(known);
    }
    const auto partial = PartialDownloadHint(name);
    if (!checkpoint && checkpoint.error().code == ErrorCode::kDamaged &&
        !partial.empty()) {
      checkpoint.error().hint = partial;
    }
    return checkpoint;
  }
  return OpenUnclaimed(reading);
}

}  // namespace format

Result<Checkpoint> Open(const Source& source, std::string_view name,
                        const OpenOptions& options) {
  return format::OpenPart({source, name, nullptr, options, 0});
}

Result<Checkpoint> Open(const std::filesystem::path& path,
                        const OpenOptions& options) {
  std::error_code ec;
  if (std::filesystem::is_directory(path, ec)) {
    PTSCOPE_TRY(const auto folder, OpenFolder(path));
    return format::ReadFolder(*folder, options);
  }
  PTSCOPE_TRY(const auto source, OpenFile(path));
  const std::string name = path.filename().string();
  const auto beside = path.parent_path();
  const auto folder = OpenFolder(beside.empty() ? "." : beside);
  return format::OpenPart(
      {*source, name, folder ? folder->get() : nullptr, options, 0});
}

}  // namespace ptscope
