#include "archive/zip_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "base/byte_reader.h"
#include "base/checked_math.h"
#include "base/pod_vector.h"

namespace ptscope::archive {

namespace {

constexpr uint32_t kLocalSignature = 0x04034b50;
constexpr uint32_t kCentralSignature = 0x02014b50;
constexpr uint32_t kEndSignature = 0x06054b50;
constexpr uint32_t kEnd64Signature = 0x06064b50;
constexpr uint32_t kLocator64Signature = 0x07064b50;

constexpr uint64_t kLocalSize = 30;
constexpr uint64_t kCentralSize = 46;
constexpr uint64_t kEndSize = 22;
constexpr uint64_t kEnd64Size = 56;
constexpr uint64_t kLocator64Size = 20;
constexpr uint64_t kMaxComment = 0xFFFF;

// The value that sends a reader to the ZIP64 field.
constexpr uint16_t kSee64In16 = 0xFFFF;
constexpr uint32_t kSee64In32 = 0xFFFFFFFF;

// Bit 0, bit 6 (strong encryption) and bit 13 (masked headers).
constexpr uint16_t kEncryptionFlags = 1u << 0 | 1u << 6 | 1u << 13;

Error Damaged(uint64_t offset, std::string message, std::string found = {},
              std::string expected = {}) {
  return {.code = ErrorCode::kDamaged,
          .message = std::move(message),
          .offset = offset,
          .found = std::move(found),
          .expected = std::move(expected)};
}

// What the end records say, and where they are (absolute).
struct End {
  uint64_t at = 0;         // of the end record
  uint64_t finish = 0;     // behind its comment
  uint64_t directory = 0;  // absolute offset of the central directory
  uint64_t size = 0;       // of the central directory
  uint64_t count = 0;
  uint64_t begin = 0;  // of the archive
};

// The last bytes of the file.
struct Tail {
  PodVector<std::byte> bytes;
  uint64_t base = 0;  // absolute offset of bytes[0]

  std::optional<uint32_t> U32At(uint64_t at) const {
    if (at < base || at - base + 4 > bytes.size()) return std::nullopt;
    return LoadLittle<uint32_t>(bytes.data() + (at - base));
  }
};

Result<Tail> ReadTail(const Source& source, uint64_t wanted) {
  Tail tail;
  const uint64_t n = std::min(wanted, source.size());
  tail.base = source.size() - n;
  tail.bytes.resize_uninitialized(n);
  PTSCOPE_CHECK(
      ReadExactly(source, tail.base, {tail.bytes.data(), tail.bytes.size()}));
  return tail;
}

// Bytes at any place, from the tail where it has them.
Result<PodVector<std::byte>> ReadAnywhere(const Source& source,
                                          const Tail& tail, uint64_t at,
                                          uint64_t n) {
  PodVector<std::byte> bytes;
  if (at >= tail.base) {
    bytes.append(tail.bytes.data() + (at - tail.base), n);
    return bytes;
  }
  bytes.resize_uninitialized(n);
  PTSCOPE_CHECK(ReadExactly(source, at, {bytes.data(), bytes.size()}));
  return bytes;
}

// Where a ZIP64 end record belongs to the end record at `end_at`: absolute
// offset, and how many bytes lie before the archive. nullopt: no locator.
struct End64Place {
  uint64_t at;
  uint64_t begin;
};
Result<std::optional<End64Place>> FindEnd64(const Source& source,
                                            const Tail& tail, uint64_t end_at) {
  if (end_at < kLocator64Size) return std::optional<End64Place>();
  const uint64_t locator = end_at - kLocator64Size;
  PTSCOPE_TRY(auto bytes, ReadAnywhere(source, tail, locator, kLocator64Size));
  ByteReader in(bytes, "", locator);
  if (in.U32("ZIP64 locator") != kLocator64Signature) {
    return std::optional<End64Place>();
  }
  in.U32("disk");
  const uint64_t recorded = in.U64("offset of the ZIP64 end record");

  // torch writes it right before its locator; then the difference to the
  // recorded offset is what lies before the archive.
  const auto is_end64 = [&](uint64_t at) -> Result<bool> {
    PTSCOPE_TRY(auto head, ReadAnywhere(source, tail, at, 4));
    return LoadLittle<uint32_t>(head.data()) == kEnd64Signature;
  };
  if (locator >= kEnd64Size && recorded <= locator - kEnd64Size) {
    const uint64_t before = locator - kEnd64Size;
    PTSCOPE_TRY(const bool adjacent, is_end64(before));
    if (adjacent) {
      return std::optional(End64Place{before, before - recorded});
    }
    PTSCOPE_TRY(const bool elsewhere, is_end64(recorded));
    if (elsewhere) return std::optional(End64Place{recorded, 0});
  }
  return Damaged(locator + 8, "the ZIP64 locator points to no ZIP64 end record",
                 fmt::format("0x{:x}", recorded));
}

// Holds the 16- and 32-bit fields against the ZIP64 ones. Two end records that
// say different things are read differently by different readers.
Status CheckAgreement(uint64_t at, const char* noun, uint64_t small,
                      uint64_t see64, uint64_t large) {
  if (small == see64 || small == large) return {};
  return Damaged(at, fmt::format("the end records differ in the {}", noun),
                 fmt::format("{}", small),
                 fmt::format("{} as in the ZIP64 end record", large));
}

Result<End> ReadEnd(const Source& source, const Tail& tail, uint64_t at) {
  ByteReader in(std::span<const std::byte>(tail.bytes).subspan(at - tail.base),
                "", at);
  in.U32("end record");
  uint32_t disk = in.U16("disk");
  uint32_t directory_disk = in.U16("disk of the directory");
  uint64_t here = in.U16("entries on this disk");
  End end{.at = at};
  end.count = in.U16("number of entries");
  end.size = in.U32("size of the directory");
  uint64_t recorded = in.U32("offset of the directory");
  const uint64_t comment = in.U16("length of the comment");
  if (!in.ok()) return in.error();
  end.finish = at + kEndSize + comment;
  if (end.finish > source.size()) {
    return Damaged(at + 20, "the comment of the end record ends early",
                   fmt::format("{} bytes", source.size() - at - kEndSize),
                   fmt::format("{}", comment));
  }

  uint64_t directory_end = at;
  PTSCOPE_TRY(auto place, FindEnd64(source, tail, at));
  if (place) {
    PTSCOPE_TRY(auto bytes, ReadAnywhere(source, tail, place->at, kEnd64Size));
    ByteReader in64(bytes, "", place->at);
    in64.Bytes(16, "ZIP64 end record");
    const uint32_t disk64 = in64.U32("disk");
    const uint32_t directory_disk64 = in64.U32("disk of the directory");
    const uint64_t here64 = in64.U64("entries on this disk");
    const uint64_t count64 = in64.U64("number of entries");
    const uint64_t size64 = in64.U64("size of the directory");
    const uint64_t offset64 = in64.U64("offset of the directory");
    if (!in64.ok()) return in64.error();
    PTSCOPE_CHECK(CheckAgreement(at + 10, "number of entries", end.count,
                                 kSee64In16, count64));
    PTSCOPE_CHECK(CheckAgreement(at + 12, "size of the directory", end.size,
                                 kSee64In32, size64));
    PTSCOPE_CHECK(CheckAgreement(at + 16, "offset of the directory", recorded,
                                 kSee64In32, offset64));
    disk = disk64;
    directory_disk = directory_disk64;
    here = here64;
    end.count = count64;
    end.size = size64;
    recorded = offset64;
    directory_end = place->at;
  } else if (end.count == kSee64In16 || end.size == kSee64In32 ||
             recorded == kSee64In32) {
    return Damaged(at,
                   "the end record refers to a ZIP64 end record, and there "
                   "is none");
  }

  if (disk != 0 || directory_disk != 0 || here != end.count) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = "is one part of a zip archive of several files",
                 .offset = at + 4,
                 .hint = "join the parts first: zip -s 0 FILE --out WHOLE"};
  }
  if (end.size > directory_end) {
    return Damaged(at + 12, "the central directory is larger than the file",
                   fmt::format("{} bytes", end.size),
                   fmt::format("at most {}", directory_end));
  }
  end.directory = directory_end - end.size;
  if (recorded > end.directory) {
    return Damaged(at + 16,
                   "the central directory is not where the end record "
                   "says",
                   fmt::format("0x{:x}", recorded),
                   fmt::format("0x{:x}", end.directory));
  }
  end.begin = end.directory - recorded;
  if (place && end.begin != place->begin) {
    return Damaged(at + 16,
                   "the end records do not agree on where the archive "
                   "begins",
                   fmt::format("0x{:x}", end.begin),
                   fmt::format("0x{:x}", place->begin));
  }
  return end;
}

bool IsEndAt(const Tail& tail, uint64_t at) {
  return tail.U32At(at) == kEndSignature;
}

// The end record whose comment ends with the file, else the last one.
Result<End> FindEnd(const Source& source, const Tail& tail) {
  std::optional<uint64_t> last;
  std::optional<Error> why;
  for (uint64_t i = tail.bytes.size(); i >= kEndSize; --i) {
    const uint64_t at = tail.base + i - kEndSize;
    if (!IsEndAt(tail, at)) continue;
    if (!last) last = at;
    const auto comment =
        LoadLittle<uint16_t>(tail.bytes.data() + (at - tail.base) + 20);
    if (at + kEndSize + comment != source.size()) continue;
    auto end = ReadEnd(source, tail, at);
    if (end) return end;
    if (!why) why = std::move(end.error());
  }
  if (why) return *std::move(why);
  if (last) return ReadEnd(source, tail, *last);
  return Error{.code = ErrorCode::kDamaged,
               .message =
                   "the zip archive has no end record: the file is cut "
                   "short",
               .found = fmt::format("{} bytes", source.size()),
               .hint = "copy or download it again"};
}

// torch's end record is the last 98 bytes; only a comment or bytes behind the
// archive make the longer search necessary.
Result<Tail> ReadTailWithEnd(const Source& source) {
  constexpr uint64_t kShort = 4096;
  PTSCOPE_TRY(Tail tail, ReadTail(source, kShort));
  if (tail.bytes.size() >= kEndSize &&
      IsEndAt(tail, source.size() - kEndSize)) {
    return tail;
  }
  return ReadTail(source, kEndSize + kMaxComment + kEnd64Size + kLocator64Size);
}

// Sizes and offset from the ZIP64 extra field, for those of the three that are
// all ones. Source: APPNOTE 4.5.3.
Status ReadExtra64(std::span<const std::byte> extra, uint64_t at,
                   Record& record) {
  ByteReader in(extra, "", at);
  while (in.left() >= 4) {
    const uint16_t id = in.U16("extra field");
    const uint16_t n = in.U16("length of an extra field");
    ByteReader field = in.Sub(n, "extra field");
    if (!in.ok()) return in.error();
    if (id != 1) continue;
    if (record.size == kSee64In32) record.size = field.U64("size");
    if (record.stored == kSee64In32) record.stored = field.U64("stored size");
    if (record.header == kSee64In32) record.header = field.U64("offset");
    if (!field.ok()) return field.error();
    return {};
  }
  return Damaged(at, "an entry refers to a ZIP64 field, and there is none");
}

class DirectoryWalk {
 public:
  DirectoryWalk(const End& end, ZipDirectory& to) : end_(end), to_(to) {}

  Status Run(std::span<const std::byte> bytes) {
    ByteReader in(bytes, "", end_.directory);
    for (uint64_t i = 0; i < end_.count; ++i) {
      PTSCOPE_CHECK(ReadEntry(in));
    }
    if (in.left() != 0) {
      return Damaged(in.offset(),
                     "the central directory has more bytes than "
                     "its entries",
                     fmt::format("{} bytes", in.left()));
    }
    return sorted_ ? Status() : CheckOverlaps();
  }

 private:
  Status ReadEntry(ByteReader& in) {
    const uint64_t at = in.offset();
    const auto fixed = in.Bytes(kCentralSize, "central directory");
    if (!in.ok()) return in.error();
    const std::byte* p = fixed.data();
    if (const auto sig = LoadLittle<uint32_t>(p); sig != kCentralSignature) {
      return Damaged(at,
                     fmt::format("entry {} of the central directory has no "
                                 "signature",
                                 to_.records.size()),
                     fmt::format("0x{:08x}", sig),
                     fmt::format("0x{:08x}", kCentralSignature));
    }
    Record r;
    const auto flags = LoadLittle<uint16_t>(p + 8);
    r.method_code = LoadLittle<uint16_t>(p + 10);
    r.crc = LoadLittle<uint32_t>(p + 16);
    r.stored = LoadLittle<uint32_t>(p + 20);
    r.size = LoadLittle<uint32_t>(p + 24);
    const auto name_size = LoadLittle<uint16_t>(p + 28);
    const auto extra_size = LoadLittle<uint16_t>(p + 30);
    const auto comment_size = LoadLittle<uint16_t>(p + 32);
    r.header = LoadLittle<uint32_t>(p + 42);
    r.name = in.Text(name_size, "name of an entry");
    const uint64_t extra_at = in.offset();
    const auto extra = in.Bytes(extra_size, "extra field of an entry");
    in.Bytes(comment_size, "comment of an entry");
    if (!in.ok()) return in.error();
    if (r.size == kSee64In32 || r.stored == kSee64In32 ||
        r.header == kSee64In32) {
      PTSCOPE_CHECK(ReadExtra64(extra, extra_at, r));
    }
    r.encrypted = (flags & kEncryptionFlags) != 0;
    r.method = r.method_code == 0   ? Record::Method::kStored
               : r.method_code == 8 ? Record::Method::kDeflated
                                    : Record::Method::kOther;
    PTSCOPE_CHECK(Place(at, r));
    to_.records.push_back(r);
    return {};
  }

  // Turns the offset into an absolute one and sees that header, name and data
  // lie before the directory. The local header's name and extra field may be
  // longer than ours: ZipEntry looks at that.
  Status Place(uint64_t at, Record& r) {
    const auto header = CheckedAdd(r.header, to_.begin);
    const auto body = CheckedAdd(kLocalSize + r.name.size(), r.stored);
    const auto end = header && body ? CheckedAdd(*header, *body) : std::nullopt;
    if (!end || *end > end_.directory) {
      Error error = Damaged(
          at, "a record reaches into the central directory",
          fmt::format("{} bytes at 0x{:x}", r.stored, r.header),
          fmt::format("an end before 0x{:x}", end_.directory - to_.begin));
      error.record = std::string(r.name);
      error.offset = std::nullopt;
      return error;
    }
    if (r.method == Record::Method::kStored && r.stored != r.size) {
      Error error =
          Damaged(at, "a stored record has two sizes",
                  fmt::format("{}", r.size), fmt::format("{}", r.stored));
      error.record = std::string(r.name);
      error.offset = std::nullopt;
      return error;
    }
    r.header = *header;
    if (*header < last_end_) sorted_ = false;
    last_end_ = *end;
    return {};
  }

  // Entries that share bytes make a small file look large (a zip bomb), or a
  // record look like another.
  Status CheckOverlaps() const {
    std::vector<uint32_t> order(to_.records.size());
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::sort(order, {},
                      [this](uint32_t i) { return to_.records[i].header; });
    uint64_t end = 0;
    uint32_t before = kNone;
    for (const uint32_t i : order) {
      const Record& r = to_.records[i];
      if (before != kNone && r.header < end) {
        return Error{.code = ErrorCode::kDamaged,
                     .message = fmt::format("two records share bytes: this one "
                                            "begins within '{}'",
                                            to_.records[before].name),
                     .record = std::string(r.name),
                     .found = fmt::format("0x{:x}", r.header),
                     .expected = fmt::format("0x{:x} or more", end)};
      }
      end = r.header + kLocalSize + r.name.size() + r.stored;
      before = i;
    }
    return {};
  }

  const End& end_;
  ZipDirectory& to_;
  uint64_t last_end_ = 0;
  bool sorted_ = true;
};

Status CheckPrepended(const Source& source, const ZipDirectory& directory,
                      std::vector<Finding>& findings) {
  if (directory.begin == 0) return {};
  std::byte head[4] = {};
  PTSCOPE_CHECK(ReadExactly(source, 0, head));
  if (LoadLittle<uint32_t>(head) == kLocalSignature &&
      !directory.records.empty()) {
    PTSCOPE_CHECK(ReadExactly(source, directory.records[0].header, head));
    if (LoadLittle<uint32_t>(head) != kLocalSignature) {
      return Error{.code = ErrorCode::kDamaged,
                   .message =
                       "bytes were added between the records: the "
                       "directory lies further on than it says, and no "
                       "record is where it says",
                   .offset = directory.offset,
                   .found = fmt::format("{} bytes more", directory.begin),
                   .hint =
                       "a transfer in text mode does that to line ends: "
                       "copy it again in binary mode"};
    }
    return Error{
        .code = ErrorCode::kUnsupported,
        .message =
            "holds several zip archives end to end; only the last "
            "would be seen",
        .offset = directory.begin,
        .hint = "a .distcp file is read with its directory: name that"};
  }
  findings.push_back(
      {.id = FindingId::kPrependedBytes,
       .severity = DefaultSeverity(FindingId::kPrependedBytes),
       .length = directory.begin,
       .message = fmt::format("{} bytes lie before the archive: torch does not "
                              "accept such a file",
                              directory.begin)});
  return {};
}

}  // namespace

Result<bool> HasZipEnd(const Source& source) {
  PTSCOPE_TRY(Tail tail, ReadTailWithEnd(source));
  for (uint64_t i = tail.bytes.size(); i >= kEndSize; --i) {
    if (IsEndAt(tail, tail.base + i - kEndSize)) return true;
  }
  return false;
}

Result<ZipDirectory> ReadZipDirectory(const Source& source,
                                      const Limits& limits,
                                      std::vector<Finding>& findings) {
  PTSCOPE_TRY(const Tail tail, ReadTailWithEnd(source));
  PTSCOPE_TRY(const End end, FindEnd(source, tail));
  if (end.size > limits.directory) {
    return Error{.code = ErrorCode::kLimit,
                 .message =
                     "the central directory is larger than the limit "
                     "`directory`",
                 .found = fmt::format("{} bytes", end.size),
                 .expected = fmt::format("at most {}", limits.directory)};
  }
  // An entry takes 46 bytes at least, so the count cannot ask for more than
  // what is there.
  if (end.count > end.size / kCentralSize) {
    return Damaged(end.at, "the central directory is too small for its entries",
                   fmt::format("{} bytes", end.size),
                   fmt::format("{} entries of 46 bytes or more", end.count));
  }
  if (end.count > limits.records) {
    return Error{.code = ErrorCode::kLimit,
                 .message = "there are more records than the limit `records`",
                 .found = fmt::format("{}", end.count),
                 .expected = fmt::format("at most {}", limits.records)};
  }

  ZipDirectory directory;
  directory.begin = end.begin;
  directory.offset = end.directory;
  directory.end = end.finish;
  directory.bytes.resize_uninitialized(end.size);
  directory.records.reserve(end.count);
  const std::span<std::byte> bytes(directory.bytes.data(), end.size);
  PTSCOPE_CHECK(ReadExactly(source, end.directory, bytes));
  PTSCOPE_CHECK(DirectoryWalk(end, directory).Run(bytes));

  PTSCOPE_CHECK(CheckPrepended(source, directory, findings));
  if (end.finish < source.size()) {
    findings.push_back({.id = FindingId::kTrailingBytes,
                        .severity = DefaultSeverity(FindingId::kTrailingBytes),
                        .offset = end.finish,
                        .length = source.size() - end.finish,
                        .message = fmt::format("{} bytes follow the archive",
                                               source.size() - end.finish)});
  }
  return directory;
}

}  // namespace ptscope::archive
