#include "format/torch_archive.h"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <utility>

#include "base/arena.h"
#include "base/byte_reader.h"
#include "base/checked_math.h"
#include "model/on_disk.h"

namespace ptscope::format {

namespace {

// File format versions that torch has written: caffe2/serialize/versions.h.
constexpr int kNewestVersion = 10;

}  // namespace

Result<TorchArchive> TorchArchive::Open(const Source& source,
                                        const OpenOptions& options, int depth) {
  TorchArchive archive(options, depth);
  Checkpoint& checkpoint = archive.checkpoint_;
  checkpoint.file_size = source.size();
  PTSCOPE_TRY(archive.container_,
              OpenZip(source, options.limits, checkpoint.findings));
  return archive;
}

Result<TorchArchive> TorchArchive::OpenTarred(const Source& source,
                                              const OpenOptions& options,
                                              int depth) {
  TorchArchive archive(options, depth);
  archive.checkpoint_.file_size = source.size();
  PTSCOPE_TRY(archive.container_, OpenTar(source, options.limits));
  return archive;
}

Result<TorchArchive> TorchArchive::OpenUnzipped(const Folder& folder,
                                                const OpenOptions& options) {
  TorchArchive archive(options, 0);
  PTSCOPE_TRY(archive.container_, OpenUnzippedFolder(folder, options.limits));
  uint64_t& size = archive.checkpoint_.file_size;
  for (const Record& record : archive.records()) {
    size = CheckedAdd(size, record.size).value_or(UINT64_MAX);
  }
  return archive;
}

void TorchArchive::AddFinding(FindingId id, uint32_t record,
                              std::string message) {
  checkpoint_.AddFinding({.id = id,
                          .severity = DefaultSeverity(id),
                          .record = record,
                          .message = std::move(message)});
}

Status TorchArchive::ReadLayout(const ArchiveLayout& layout) {
  checkpoint_.folder = checkpoint_.arena().Copy(layout.folder);
  LookAtFolder(layout);
  PTSCOPE_CHECK(ReadVersion(layout.version));
  return ReadByteOrder(layout.byte_order);
}

// torch takes the first part of the first record's name for the folder, and
// wants every record in it.
void TorchArchive::LookAtFolder(const ArchiveLayout& layout) {
  const size_t separator = layout.folder.find('/');
  if (separator + 1 == layout.folder.size() && layout.outside == 0) return;
  AddFinding(
      FindingId::kUnusualFolder, layout.main,
      layout.outside != 0
          ? fmt::format("{} records are outside of the folder '{}': torch "
                        "may not accept that",
                        layout.outside, layout.folder)
          : fmt::format("the records lie in '{}', not in one folder: torch "
                        "does not accept that",
                        layout.folder));
}

Status TorchArchive::ReadVersion(uint32_t record) {
  if (record == kNone) {
    AddFinding(FindingId::kNoVersion, kNone,
               "the record `version` is missing: torch does not accept it");
    return {};
  }
  PTSCOPE_TRY(const std::string_view text, ReadSmall(record));
  checkpoint_.version = text.substr(0, text.find_first_of("\r\n"));
  int version = 0;
  std::from_chars(text.data(), text.data() + text.size(), version);
  if (version >= 1 && version <= kNewestVersion) return {};
  return Error{.code = version > kNewestVersion ? ErrorCode::kUnsupported
                                                : ErrorCode::kDamaged,
               .message = "the version of the file format is not known",
               .record = std::string(records()[record].name),
               .found = fmt::format("'{}'", checkpoint_.version),
               .expected = fmt::format("1 to {}", kNewestVersion)};
}

Status TorchArchive::ReadByteOrder(uint32_t record) {
  if (record == kNone) return {};
  PTSCOPE_TRY(checkpoint_.byte_order, ReadSmall(record));
  if (checkpoint_.byte_order == "little") return {};
  if (checkpoint_.byte_order == "big") {
    AddFinding(FindingId::kBigEndian, record,
               "values are stored most significant byte first");
    return {};
  }
  return Error{.code = ErrorCode::kDamaged,
               .message = "the byte order is not known",
               .record = std::string(records()[record].name),
               .found = fmt::format("'{}'", checkpoint_.byte_order),
               .expected = "'little' or 'big'"};
}

Result<archive::RecordBytes> TorchArchive::Read(uint32_t record) {
  return container_->Read(record);
}

Result<RecordContainer::Content> TorchArchive::Open(uint32_t record) {
  return container_->Open(record);
}

Result<std::string_view> TorchArchive::ReadSmall(uint32_t record) {
  constexpr uint64_t kSmall = 64;
  const Record& small = records()[record];
  if (small.size > kSmall) {
    return Error{.code = ErrorCode::kDamaged,
                 .message = "is too long",
                 .record = std::string(small.name),
                 .found = fmt::format("{} bytes", small.size),
                 .expected = fmt::format("at most {}", kSmall)};
  }
  PTSCOPE_TRY(const archive::RecordBytes content, Read(record));
  return checkpoint_.arena().Copy(AsText(content));
}

bool TorchArchive::IndexBelow(std::string_view prefix, KeyTable& to,
                              std::string_view suffix) {
  bool found = false;
  const auto& all = records();
  for (uint32_t i = 0; i < all.size(); ++i) {
    std::string_view name = all[i].name;
    if (name.size() <= prefix.size() + suffix.size() ||
        !name.starts_with(prefix) || !name.ends_with(suffix)) {
      continue;
    }
    found = true;
    const std::string_view key =
        name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
    if (to.Insert(key, i) != KeyTable::kAbsent) {
      AddFinding(FindingId::kDuplicateRecord, i,
                 fmt::format("two records have the name '{}'", name));
    }
  }
  return found;
}

Status TorchArchive::MoveRecords() {
  if (options_->locate) {
    PTSCOPE_CHECK(container_->Locate(checkpoint_.findings));
  }
  checkpoint_.Keep(container_->MoveRecords(checkpoint_.records));
  moved_ = true;
  return {};
}

Result<pickle::Ref> TorchArchive::Run(std::span<const std::byte> bytes,
                                      uint32_t record, pickle::Values& values) {
  const std::string_view stream = BaseName(records()[record].name);
  PTSCOPE_TRY(const pickle::Program program,
              pickle::Run(bytes, stream, limits(), values));
  if (program.end < bytes.size()) {
    AddFinding(FindingId::kBytesAfterStop, record,
               fmt::format("{} bytes follow the pickle's STOP: no loader "
                           "reads them",
                           bytes.size() - program.end));
  }
  return program.root;
}

Checkpoint TorchArchive::Take() {
  checkpoint_.on_disk = BytesOnDisk(checkpoint_);
  return std::move(checkpoint_);
}

}  // namespace ptscope::format
