#include "archive/zip_entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "archive/crc32.h"
#include "archive/libzip.h"
#include "base/byte_reader.h"
#include "base/pod_vector.h"
#include "io/batched_reads.h"

namespace ptscope::archive {

namespace {

constexpr uint32_t kLocalSignature = 0x04034b50;
constexpr uint64_t kLocalSize = 30;
constexpr size_t kMostFindings = 1000;  // as Checkpoint::AddFinding

Error InRecord(const Record& record, ErrorCode code, std::string message,
               std::string found = {}, std::string expected = {}) {
  return {.code = code,
          .message = std::move(message),
          .record = std::string(record.name),
          .found = std::move(found),
          .expected = std::move(expected)};
}

// Absolute offset of the data behind the local header whose first 30 bytes are
// given. Sizes and CRC there are zero in torch's archives, and the ZIP64 field
// is not the standard's: only its lengths are used.
uint64_t DataOffset(const Record& record, const std::byte* local) {
  return record.header + kLocalSize + LoadLittle<uint16_t>(local + 26) +
         LoadLittle<uint16_t>(local + 28);
}

// The local header must not name another record or another method: a reader
// that trusts it would see something else.
Status ReadLocalHeader(const Source& source, uint64_t directory_offset,
                       Record& record) {
  PodVector<std::byte> local;
  local.resize_uninitialized(kLocalSize + record.name.size());
  PTSCOPE_CHECK(
      ReadExactly(source, record.header, {local.data(), local.size()}));
  const std::byte* p = local.data();
  if (const auto sig = LoadLittle<uint32_t>(p); sig != kLocalSignature) {
    return InRecord(record, ErrorCode::kDamaged,
                    fmt::format("its local header at 0x{:x} has no signature",
                                record.header),
                    fmt::format("0x{:08x}", sig),
                    fmt::format("0x{:08x}", kLocalSignature));
  }
  if (const auto method = LoadLittle<uint16_t>(p + 8);
      method != record.method_code) {
    return InRecord(record, ErrorCode::kDamaged,
                    "its local header has another compression method",
                    fmt::format("{}", method),
                    fmt::format("{}", record.method_code));
  }
  const size_t name_size = LoadLittle<uint16_t>(p + 26);
  const std::string_view name =
      AsText(std::span<const std::byte>(local).subspan(
          kLocalSize, std::min(name_size, record.name.size())));
  if (name_size != record.name.size() || name != record.name) {
    return InRecord(record, ErrorCode::kDamaged,
                    "its local header has another name",
                    fmt::format("'{}'", name));
  }
  const uint64_t data = DataOffset(record, p);
  if (data > directory_offset || record.stored > directory_offset - data) {
    return InRecord(record, ErrorCode::kDamaged,
                    "its data reaches into the central directory",
                    fmt::format("{} bytes at 0x{:x}", record.stored, data));
  }
  record.data = data;
  return {};
}

// Behind a local header with its name. The directory walk has seen that this
// lies within the file.
uint64_t HeaderEnd(const Record& record) {
  return record.header + kLocalSize + record.name.size();
}

Status CheckReadable(const Record& record) {
  if (record.encrypted) {
    return InRecord(record, ErrorCode::kUnsupported,
                    "is encrypted, or says so: torch does not read it");
  }
  if (record.method == Record::Method::kOther) {
    return InRecord(
        record, ErrorCode::kUnsupported, "has an unknown compression method",
        fmt::format("{}", record.method_code), "0 (stored) or 8 (deflated)");
  }
  return {};
}

Status CheckSize(const Record& record, const Limits& limits) {
  if (record.size <= limits.pickle) return {};
  return InRecord(record, ErrorCode::kLimit,
                  "is larger than the limit `pickle`",
                  fmt::format("{} bytes", record.size),
                  fmt::format("at most {}", limits.pickle));
}

// A bomb claims more than any weights deflate to.
Status CheckRatio(const Record& record, const Limits& limits) {
  if (record.size > limits.inflate_from &&
      record.size / std::max<uint64_t>(limits.inflate_ratio, 1) >
          record.stored) {
    return InRecord(record, ErrorCode::kLimit,
                    "inflates to more than the limit `inflate_ratio`",
                    fmt::format("{} bytes from {}", record.size, record.stored),
                    fmt::format("{} times at most", limits.inflate_ratio));
  }
  return {};
}

Result<RecordBytes> ReadStored(const Source& source, const Record& record) {
  // The directory walk has seen that these bytes lie within the file.
  RecordBytes to;
  to.resize_uninitialized(static_cast<size_t>(record.size));
  PTSCOPE_CHECK(ReadExactly(source, record.data, to));
  return to;
}

// A CRC field of 0 says "not computed".
Status CheckCrc(const Record& record, const RecordBytes& content) {
  if (record.crc == 0) return {};
  const uint32_t crc = Crc32(0, content);
  if (crc == record.crc) return {};
  return InRecord(
      record, ErrorCode::kDamaged, "its CRC-32 differs from the directory's",
      fmt::format("0x{:08x}", crc), fmt::format("0x{:08x}", record.crc));
}

}  // namespace

RecordReader::RecordReader(const Source& source, ZipDirectory& directory,
                           const Limits& limits)
    : source_(source), directory_(directory), limits_(limits) {}

RecordReader::~RecordReader() = default;

Result<RecordBytes> RecordReader::Read(uint32_t index) {
  Record& record = directory_.records[index];
  PTSCOPE_CHECK(CheckReadable(record));
  PTSCOPE_CHECK(CheckSize(record, limits_));
  PTSCOPE_CHECK(CheckRatio(record, limits_));
  PTSCOPE_CHECK(ReadLocalHeader(source_, directory_.offset, record));
  PTSCOPE_TRY(RecordBytes content, record.method == Record::Method::kStored
                                       ? ReadStored(source_, record)
                                       : Inflate(record, index));
  PTSCOPE_CHECK(CheckCrc(record, content));
  return content;
}

Result<std::unique_ptr<Source>> RecordReader::Open(uint32_t index) {
  Record& record = directory_.records[index];
  PTSCOPE_CHECK(CheckReadable(record));
  PTSCOPE_CHECK(CheckRatio(record, limits_));
  PTSCOPE_CHECK(ReadLocalHeader(source_, directory_.offset, record));
  if (record.method == Record::Method::kStored) {
    return OpenWindow(source_, record.data, record.size);
  }
  PTSCOPE_CHECK(LoadLibzip(record));
  return libzip_->OpenSource(record, index);
}

Result<RecordBytes> RecordReader::Inflate(const Record& record,
                                          uint32_t index) {
  PTSCOPE_CHECK(LoadLibzip(record));
  return libzip_->Inflate(record, index);
}

Status RecordReader::LoadLibzip(const Record& record) {
  if (libzip_ != nullptr) return {};
  PTSCOPE_TRY(libzip_, LibzipArchive::Open(source_, directory_, record));
  return {};
}

Result<RecordBytes> ReadRecord(const Source& source, ZipDirectory& directory,
                               uint32_t index, const Limits& limits) {
  return RecordReader(source, directory, limits).Read(index);
}

Status LocateRecords(const Source& source, ZipDirectory& directory,
                     std::vector<Finding>& findings) {
  auto& records = directory.records;

  std::vector<uint32_t> order(records.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto header_of = [&](uint32_t i) { return records[i].header; };
  if (!std::ranges::is_sorted(order, {}, header_of)) {
    std::ranges::sort(order, {}, header_of);
  }

  const auto range_of = [&](size_t i) {
    const Record& r = records[order[i]];
    return ByteRange{r.header, HeaderEnd(r)};
  };
  const auto locate = [&](size_t i, std::span<const std::byte> local) {
    Record& r = records[order[i]];
    const uint64_t data = DataOffset(r, local.data());
    if (LoadLittle<uint32_t>(local.data()) == kLocalSignature &&
        LoadLittle<uint16_t>(local.data() + 26) == r.name.size() &&
        AsText(local.subspan(kLocalSize)) == r.name &&
        data <= directory.offset && r.stored <= directory.offset - data) {
      r.data = data;
    } else if (findings.size() < kMostFindings) {
      findings.push_back(
          {.id = FindingId::kLocalHeader,
           .severity = DefaultSeverity(FindingId::kLocalHeader),
           .record = order[i],
           .offset = r.header,
           .length = kLocalSize,
           .message = fmt::format("the local header of '{}' is not what the "
                                  "directory says",
                                  r.name)});
    }
    return Status();
  };
  return ReadBatched(source, order.size(), range_of, locate);
}

}  // namespace ptscope::archive
