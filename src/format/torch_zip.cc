#include "format/torch_zip.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "archive/zip_directory.h"
#include "archive/zip_entry.h"
#include "base/arena.h"
#include "base/byte_reader.h"
#include "base/key_table.h"
#include "format/wrong_zip.h"
#include "pickle/machine.h"
#include "torch/walk.h"

namespace ptscope::format {

namespace {

using archive::ReadRecord;
using archive::RecordBytes;
using archive::ZipDirectory;

// File format versions that torch has written: caffe2/serialize/versions.h.
constexpr int kNewestVersion = 10;

bool EqualNoCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// The part behind the last separator; some re-zip tools write backslashes.
std::string_view BaseName(std::string_view name) {
  const size_t at = name.find_last_of("/\\");
  return at == name.npos ? name : name.substr(at + 1);
}

// What archivers of macOS add.
bool IsLitter(std::string_view name) {
  return name.starts_with("__MACOSX/") ||
         name.find("/__MACOSX/") != name.npos ||
         BaseName(name).starts_with("._") || BaseName(name) == ".DS_Store";
}

// The pickle of the archive, and the folder that it and its storages lie in.
struct Layout {
  uint32_t pickle = kNone;
  std::string_view folder;   // with its separator; may be empty
  uint32_t version = kNone;  // `version` or `.data/version`
  uint32_t byte_order = kNone;
  bool torch_script = false;  // it has constants.pkl
  uint64_t outside = 0;       // records that are not in the folder
};

class LayoutFinder {
 public:
  explicit LayoutFinder(const ZipDirectory& directory)
      : records_(directory.records) {}

  // nullopt: there is no data.pkl. Errors: kDamaged where torch's choice among
  // several is not laid down.
  Result<std::optional<Layout>> Find() {
    for (uint32_t i = 0;
         i < records_.size() && candidates_.size() < kMaxCandidates; ++i) {
      const std::string_view name = records_[i].name;
      if (!name.ends_with('l') && !name.ends_with('L')) continue;
      const std::string_view base = BaseName(name);
      if (!EqualNoCase(base, "data.pkl") || IsLitter(name)) continue;
      candidates_.push_back(
          {.pickle = i, .folder = name.substr(0, name.size() - base.size())});
    }
    if (candidates_.empty()) return std::optional<Layout>();
    FindCompanions();
    return Choose();
  }

 private:
  // Other records that lie beside a pickle. torch looks names up without
  // regard to case.
  void FindCompanions() {
    for (uint32_t i = 0; i < records_.size(); ++i) {
      const std::string_view name = records_[i].name;
      for (Layout& c : candidates_) {
        if (!name.starts_with(c.folder)) {
          ++c.outside;
          continue;
        }
        const std::string_view rest = name.substr(c.folder.size());
        if (rest.size() > 13) continue;
        if (EqualNoCase(rest, "version") ||
            EqualNoCase(rest, ".data/version")) {
          c.version = i;
        } else if (EqualNoCase(rest, "byteorder")) {
          c.byte_order = i;
        } else if (EqualNoCase(rest, "constants.pkl")) {
          c.torch_script = true;
        }
      }
    }
  }

  Result<std::optional<Layout>> Choose() {
    for (size_t i = 1; i < candidates_.size(); ++i) {
      const Record& b = records_[candidates_[i].pickle];
      for (size_t j = 0; j < i; ++j) {
        const Record& a = records_[candidates_[j].pickle];
        if (!EqualNoCase(a.name, b.name)) continue;
        return Error{.code = ErrorCode::kDamaged,
                     .message =
                         "two records have this name; which one torch "
                         "reads is not laid down",
                     .record = std::string(b.name)};
      }
    }
    if (candidates_.size() == 1) return std::optional(candidates_[0]);
    // torch takes the folder of the first record of the directory.
    const std::string_view first = records_[0].name;
    for (const Layout& c : candidates_) {
      if (!c.folder.empty() && first.starts_with(c.folder)) {
        return std::optional(c);
      }
    }
    const Layout* whole = nullptr;
    for (const Layout& c : candidates_) {
      if (c.version == kNone) continue;
      if (whole != nullptr) {
        whole = nullptr;
        break;
      }
      whole = &c;
    }
    if (whole != nullptr) return std::optional(*whole);
    return Error{.code = ErrorCode::kUnsupported,
                 .message = "holds several checkpoints",
                 .found = fmt::format("'{}' and '{}'",
                                      records_[candidates_[0].pickle].name,
                                      records_[candidates_[1].pickle].name),
                 .hint = "unzip it and name one of them"};
  }

  // Of more than a few torch's choice is not ours to guess.
  static constexpr size_t kMaxCandidates = 8;
  const Table<Record>& records_;
  std::vector<Layout> candidates_;
};

class Reader {
 public:
  Reader(const Source& source, const OpenOptions& options)
      : source_(source), options_(options) {}

  Result<Checkpoint> Read() {
    checkpoint_.format = "torch zip";
    checkpoint_.file_size = source_.size();
    PTSCOPE_TRY(directory_, archive::ReadZipDirectory(source_, options_.limits,
                                                      checkpoint_.findings));
    PTSCOPE_TRY(auto layout, LayoutFinder(directory_).Find());
    if (!layout || layout->torch_script) return Describe();
    layout_ = *layout;
    checkpoint_.folder = checkpoint_.arena().Copy(layout_.folder);
    LookAtFolder();
    PTSCOPE_CHECK(ReadVersion());
    PTSCOPE_CHECK(ReadByteOrder());
    PTSCOPE_TRY(
        const RecordBytes pickle,
        ReadRecord(source_, directory_, layout_.pickle, options_.limits));
    if (options_.locate) {
      PTSCOPE_CHECK(
          archive::LocateRecords(source_, directory_, checkpoint_.findings));
    }
    IndexStorages();
    // From here on the records belong to the checkpoint.
    checkpoint_.records = std::move(directory_.records);
    checkpoint_.Keep(std::make_shared<const PodVector<std::byte>>(
        std::move(directory_.bytes)));
    PTSCOPE_CHECK(Execute(pickle));
    CountOnDisk();
    return std::move(checkpoint_);
  }

 private:
  // A zip archive that is no torch.save archive.
  Error Describe() const {
    std::vector<std::string_view> names;
    names.reserve(directory_.records.size());
    for (const Record& record : directory_.records) {
      names.push_back(record.name);
    }
    return DescribeZip(names);
  }

  void Find(FindingId id, uint32_t record, std::string message) {
    checkpoint_.AddFinding({.id = id,
                            .severity = DefaultSeverity(id),
                            .record = record,
                            .message = std::move(message)});
  }

  // torch takes the first part of the first record's name for the folder, and
  // wants every record in it.
  void LookAtFolder() {
    const size_t separator = layout_.folder.find('/');
    if (separator + 1 == layout_.folder.size() && layout_.outside == 0) return;
    Find(FindingId::kUnusualFolder, layout_.pickle,
         layout_.outside != 0
             ? fmt::format("{} records are outside of the folder '{}': torch "
                           "may not accept that",
                           layout_.outside, layout_.folder)
             : fmt::format("the records lie in '{}', not in one folder: torch "
                           "does not accept that",
                           layout_.folder));
  }

  Status ReadVersion() {
    if (layout_.version == kNone) {
      Find(FindingId::kNoVersion, kNone,
           "the record `version` is missing: torch does not accept it");
      return {};
    }
    const Record& record = directory_.records[layout_.version];
    PTSCOPE_TRY(const std::string_view text, ReadSmall(layout_.version));
    checkpoint_.version = text.substr(0, text.find_first_of("\r\n"));
    int version = 0;
    std::from_chars(text.data(), text.data() + text.size(), version);
    if (version >= 1 && version <= kNewestVersion) return {};
    return Error{.code = version > kNewestVersion ? ErrorCode::kUnsupported
                                                  : ErrorCode::kDamaged,
                 .message = "the version of the file format is not known",
                 .record = std::string(record.name),
                 .found = fmt::format("'{}'", checkpoint_.version),
                 .expected = fmt::format("1 to {}", kNewestVersion)};
  }

  Status ReadByteOrder() {
    if (layout_.byte_order == kNone) return {};
    PTSCOPE_TRY(checkpoint_.byte_order, ReadSmall(layout_.byte_order));
    if (checkpoint_.byte_order == "little") return {};
    if (checkpoint_.byte_order == "big") {
      Find(FindingId::kBigEndian, layout_.byte_order,
           "values are stored most significant byte first");
      return {};
    }
    return Error{
        .code = ErrorCode::kDamaged,
        .message = "the byte order is not known",
        .record = std::string(directory_.records[layout_.byte_order].name),
        .found = fmt::format("'{}'", checkpoint_.byte_order),
        .expected = "'little' or 'big'"};
  }

  // A record of a few bytes. The text lives as long as the checkpoint.
  Result<std::string_view> ReadSmall(uint32_t index) {
    constexpr uint64_t kSmall = 64;
    const Record& record = directory_.records[index];
    if (record.size > kSmall) {
      return Error{.code = ErrorCode::kDamaged,
                   .message = "is too long",
                   .record = std::string(record.name),
                   .found = fmt::format("{} bytes", record.size),
                   .expected = fmt::format("at most {}", kSmall)};
    }
    PTSCOPE_TRY(const RecordBytes content,
                ReadRecord(source_, directory_, index, options_.limits));
    return checkpoint_.arena().Copy(AsText(content));
  }

  // The records that storage keys name: below data/, in 1.4 below tensors/.
  void IndexStorages() {
    for (const std::string_view below :
         {"data/", "tensors/", "data\\", "tensors\\"}) {
      prefix_ = below;
      if (IndexStoragesBelow(std::string(layout_.folder).append(below))) {
        return;
      }
    }
    prefix_ = "data/";
  }

  // True if there was one.
  bool IndexStoragesBelow(std::string_view prefix) {
    bool found = false;
    for (uint32_t i = 0; i < directory_.records.size(); ++i) {
      const std::string_view name = directory_.records[i].name;
      if (name.size() <= prefix.size() || !name.starts_with(prefix)) continue;
      found = true;
      if (by_key_.Insert(name.substr(prefix.size()), i) != KeyTable::kAbsent) {
        Find(FindingId::kDuplicateRecord, i,
             fmt::format("two records have the name '{}'", name));
      }
    }
    return found;
  }

  Status Execute(std::span<const std::byte> bytes) {
    const std::string_view stream =
        BaseName(checkpoint_.records[layout_.pickle].name);
    pickle::Values values;
    PTSCOPE_TRY(const pickle::Program program,
                pickle::Run(bytes, stream, options_.limits, values));
    if (program.end < bytes.size()) {
      Find(FindingId::kBytesAfterStop, layout_.pickle,
           fmt::format("{} bytes follow the pickle's STOP: no loader reads "
                       "them",
                       bytes.size() - program.end));
    }
    const torch::StorageRecords records{by_key_, prefix_};
    return torch::ListTensors(values, program.root, records, stream,
                              bytes.size(), options_.limits, checkpoint_,
                              options_.metadata);
  }

  void CountOnDisk() {
    for (const Storage& storage : checkpoint_.storages) {
      if (storage.record != kNone) {
        checkpoint_.on_disk += checkpoint_.records[storage.record].stored;
      }
    }
  }

  const Source& source_;
  const OpenOptions& options_;
  Checkpoint checkpoint_;
  ZipDirectory directory_;
  Layout layout_;
  KeyTable by_key_;
  std::string_view prefix_;
};

}  // namespace

Result<bool> IsZip(const Source& source) {
  std::byte head[4] = {};
  PTSCOPE_TRY(const size_t n, source.ReadAt(0, head));
  if (n < 4) return false;
  const auto magic = LoadLittle<uint32_t>(head);
  return magic == 0x04034b50 || magic == 0x06054b50;
}

Result<Checkpoint> ReadTorchZip(const Source& source,
                                const OpenOptions& options) {
  return Reader(source, options).Read();
}

}  // namespace ptscope::format
