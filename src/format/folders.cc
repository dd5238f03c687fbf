#include "format/folders.h"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "format/distributed.h"
#include "format/rank_files.h"
#include "format/shard_index.h"
#include "format/sharded.h"
#include "format/unzipped.h"
#include "format/wrong_zip.h"

namespace ptscope {

namespace {

using Names = std::span<const std::string>;

bool Has(Names names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

template <typename Test>
const std::string* First(Names names, Test test) {
  const auto found = std::ranges::find_if(names, test);
  return found == names.end() ? nullptr : &*found;
}

// --- Sharded checkpoints ---

bool IsSharded(Names names) {
  return std::ranges::any_of(names, format::IsShardIndexName);
}

// --- Archives that were unzipped ---

bool IsUnzipped(Names names) {
  return Has(names, "data") &&
         (Has(names, "data.pkl") || Has(names, "archive_format"));
}

Result<Checkpoint> ReadUnzipped(const Folder& folder, Names,
                                const OpenOptions& options) {
  return format::ReadUnzipped(folder, options);
}

// --- The table ---

struct FolderFormat {
  FolderKind kind;
  bool (*matches)(Names names);  // of the files in it
  Result<Checkpoint> (*read)(const Folder& folder, Names names,
                             const OpenOptions& options);
};

// In the order in which they are asked. The next format is one line here.
constexpr FolderFormat kFolderFormats[] = {
    {FolderKind::kCheckpoint, &format::IsDistributed, &format::ReadDistributed},
    {FolderKind::kCheckpoint, &IsSharded, &format::ReadShardedFolder},
    {FolderKind::kArchive, &IsUnzipped, &ReadUnzipped},
    {FolderKind::kCheckpoint, &format::IsRanked, &format::ReadRanked},
};

const FolderFormat* FormatOf(Names names) {
  const auto* found = std::ranges::find_if(
      kFolderFormats, [&](const FolderFormat& f) { return f.matches(names); });
  return found == std::end(kFolderFormats) ? nullptr : found;
}

Error PlainFolder(Names names) {
  const auto* checkpoint = First(names, [](const std::string& name) {
    return format::IsCheckpointName(name);
  });
  return {.code = ErrorCode::kIo,
          .message = "is a directory",
          .hint = checkpoint == nullptr
                      ? "name the files in it"
                      : "name the files in it, such as '" + *checkpoint + "'"};
}

}  // namespace

FolderKind KindOfFolder(std::span<const std::string> names) {
  const FolderFormat* const known = FormatOf(names);
  return known == nullptr ? FolderKind::kPlain : known->kind;
}

namespace format {

Result<Checkpoint> ReadFolder(const Folder& folder,
                              const OpenOptions& options) {
  PTSCOPE_TRY(const auto names, folder.List());
  const FolderFormat* const known = FormatOf(names);
  if (known == nullptr) return PlainFolder(names);
  return known->read(folder, names, options);
}

}  // namespace format

}  // namespace ptscope
