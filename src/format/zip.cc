#include "format/zip.h"

#include <optional>
#include <utility>
#include <vector>

#include "base/byte_reader.h"
#include "format/archive_layout.h"
#include "format/torch_archive.h"
#include "format/torch_script.h"
#include "format/torch_script_json.h"
#include "format/torch_zip.h"
#include "format/wrong_zip.h"

namespace ptscope::format {

namespace {

// An archive that no format here claims.
Error Describe(const Table<Record>& records) {
  std::vector<std::string_view> names;
  names.reserve(records.size());
  for (const Record& record : records) names.push_back(record.name);
  return DescribeZip(names);
}

}  // namespace

Result<bool> IsZip(const Source& source) {
  std::byte head[4] = {};
  PTSCOPE_TRY(const size_t n, source.ReadAt(0, head));
  if (n < 4) return false;
  const auto magic = LoadLittle<uint32_t>(head);
  return magic == 0x04034b50 || magic == 0x06054b50;
}

Result<Checkpoint> ReadZip(const Reading& reading) {
  PTSCOPE_TRY(TorchArchive archive,
              TorchArchive::Open(reading.source, reading.options));
  PTSCOPE_TRY(const std::optional<ArchiveLayout> saved,
              FindLayout(archive.records(), "data.pkl"));
  if (saved) {
    return saved->constants == kNone
               ? ReadTorchZip(std::move(archive), *saved)
               : ReadTorchScript(std::move(archive), *saved);
  }
  // Records of that name are nothing rare: the layout must fit, too.
  const auto model = FindLayout(archive.records(), "model.json");
  if (model && *model && IsTorchScriptJson(archive.records(), **model)) {
    return ReadTorchScriptJson(std::move(archive), **model);
  }
  return Describe(archive.records());
}

}  // namespace ptscope::format
