#include "format/zip.h"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/byte_reader.h"
#include "format/archive_layout.h"
#include "format/archive_members.h"
#include "format/torch_archive.h"
#include "format/torch_export.h"
#include "format/torch_package.h"
#include "format/torch_script.h"
#include "format/torch_script_json.h"
#include "format/torch_zip.h"
#include "format/wrong_zip.h"

namespace ptscope::format {

namespace {

// A format that is known by its records.
struct ZipFormat {
  // nullopt: the archive is of another. Errors: it is of this one, and it is
  // not clear which records are meant.
  Result<std::optional<ArchiveLayout>> (*find)(const Table<Record>& records);
  Result<Checkpoint> (*read)(TorchArchive archive, const ArchiveLayout& layout);
};

// In the order in which they are asked: a package may hold archives of other
// kinds. The next format is one line here.
constexpr ZipFormat kZipFormats[] = {
    {&FindTorchPackage, &ReadTorchPackage},
    {&FindTorchExport, &ReadTorchExport},
    {&FindTorchZip, &ReadTorchZip},
    {&FindTorchScript, &ReadTorchScript},
    {&FindTorchScriptJson, &ReadTorchScriptJson},
};

}  // namespace

Result<bool> IsZip(const Source& source) {
  std::byte head[4] = {};
  PTSCOPE_TRY(const size_t n, source.ReadAt(0, head));
  if (n < 4) return false;
  const auto magic = LoadLittle<uint32_t>(head);
  return magic == 0x04034b50 || magic == 0x06054b50;
}

Result<Checkpoint> ReadArchive(TorchArchive archive) {
  for (const ZipFormat& f : kZipFormats) {
    PTSCOPE_TRY(const auto layout, f.find(archive.records()));
    if (layout) return f.read(std::move(archive), *layout);
  }
  std::vector<std::string_view> names;
  names.reserve(archive.records().size());
  for (const Record& record : archive.records()) names.push_back(record.name);
  if (auto known = KnownZip(names)) return *std::move(known);
  PTSCOPE_TRY(auto members, ReadMembers(archive, "zip archive"));
  if (!members) return OrdinaryZip(names);
  return *std::move(members);
}

Result<Checkpoint> ReadZip(const Reading& reading) {
  PTSCOPE_TRY(
      TorchArchive archive,
      TorchArchive::Open(reading.source, reading.options, reading.depth));
  return ReadArchive(std::move(archive));
}

}  // namespace ptscope::format
