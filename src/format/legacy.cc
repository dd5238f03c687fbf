#include "format/legacy.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/arena.h"
#include "base/byte_reader.h"
#include "base/key_table.h"
#include "base/pod_vector.h"
#include "format/pickle_reader.h"
#include "io/batched_reads.h"
#include "model/on_disk.h"
#include "torch/legacy_stream.h"
#include "torch/origin.h"
#include "torch/pickle_values.h"
#include "torch/walk.h"

namespace ptscope::format {

namespace {

using torch::LegacyStorage;
using torch::LegacyStream;

constexpr uint64_t kCount = sizeof(int64_t);  // in front of each storage

// The object's values, and the bytes that they are views of.
struct Kept {
  LegacyStream stream;
  PodVector<std::byte> bytes;
};

class Reader {
 public:
  Reader(const Source& source, const OpenOptions& options)
      : source_(source),
        options_(options),
        pickles_(source, 0, source.size(), {}, options.limits) {}

  Result<Checkpoint> Read() {
    checkpoint_.format = "torch legacy";
    checkpoint_.version = "1001";  // no other is read
    checkpoint_.file_size = source_.size();
    for (int i = 0; i < torch::kLegacyPickles; ++i) {
      PTSCOPE_CHECK(pickles_.Pickle());
    }
    PTSCOPE_CHECK(
        kept_->stream.Read(pickles_.FromBegin(), {}, options_.limits));
    checkpoint_.byte_order = kept_->stream.byte_order();
    PTSCOPE_CHECK(kept_->stream.Place(storages_, by_key_));
    if (storages_.size() > options_.limits.records) return TooMany();
    PTSCOPE_CHECK(CheckCounts());
    AddRecords();
    PTSCOPE_CHECK(ListTensors());
    LookBehind();
    checkpoint_.on_disk = BytesOnDisk(checkpoint_);
    if (options_.keep_values) KeepValues();
    return std::move(checkpoint_);
  }

 private:
  Error TooMany() const {
    return {.code = ErrorCode::kLimit,
            .message = "there are more storages than the limit `records`",
            .found = fmt::format("{}", storages_.size()),
            .expected = fmt::format("at most {}", options_.limits.records)};
  }

  // Each count that is there must be what the object says: else what follows
  // lies elsewhere.
  Status CheckCounts() {
    const auto is_there = [&](const LegacyStorage& s) {
      return source_.size() >= kCount && s.count <= source_.size() - kCount;
    };
    const auto counted = static_cast<size_t>(
        std::ranges::partition_point(storages_, is_there) - storages_.begin());
    return ReadBatched(
        source_, counted,
        [&](size_t i) {
          return ByteRange{storages_[i].count, storages_[i].count + kCount};
        },
        [&](size_t i, std::span<const std::byte> bytes) -> Status {
          const auto count =
              static_cast<int64_t>(LoadLittle<uint64_t>(bytes.data()));
          const LegacyStorage& s = storages_[i];
          if (count >= 0 && static_cast<uint64_t>(count) == s.numel) return {};
          return torch::WrongCount(s, count, s.count, {});
        });
  }

  // One a storage. Where the file ends early a part of the last is there, and
  // nothing of those behind it.
  void AddRecords() {
    const uint64_t size = source_.size();
    checkpoint_.records.reserve(storages_.size());
    for (const LegacyStorage& s : storages_) {
      Record record{.name = checkpoint_.arena().Copy(s.key),
                    .header = std::min(s.count, size)};
      const uint64_t data = s.count + kCount;
      if (data <= size) {
        record.data = data;
        record.stored = record.size = std::min(s.nbytes, size - data);
      }
      checkpoint_.records.push_back(record);
    }
  }

  Status ListTensors() {
    const auto pickle = pickles_.FromBegin();
    const torch::StorageRecords records{.by_key = by_key_,
                                        .prefix = {},
                                        .place = "the list of storage keys",
                                        .runs = true,
                                        .pickle = pickle,
                                        .pickle_offset = 0};
    PTSCOPE_CHECK(torch::ListTensors(
        kept_->stream.values(), kept_->stream.root(), records, {},
        kept_->stream.object_end() - kept_->stream.object_begin(),
        options_.limits, checkpoint_, options_.metadata, options_.evidence));
    if (options_.origin) {
      torch::FindOrigin(kept_->stream.values(), kept_->stream.root(), "legacy",
                        checkpoint_);
    }
    return {};
  }

  // No loader looks behind the last storage. Several streams may be in one
  // file.
  void LookBehind() {
    const uint64_t end = storages_.empty() ? kept_->stream.data()
                                           : storages_.back().count + kCount +
                                                 storages_.back().nbytes;
    if (end >= source_.size()) return;
    std::byte head[32] = {};
    const auto n = source_.ReadAt(end, head);
    const bool stream = n && torch::IsLegacyStream(std::span(head).first(*n));
    checkpoint_.AddFinding(
        {.id = FindingId::kTrailingBytes,
         .severity = DefaultSeverity(FindingId::kTrailingBytes),
         .offset = end,
         .length = source_.size() - end,
         .message = fmt::format(
             "{} bytes after the last storage{}", source_.size() - end,
             stream ? ": another torch.save stream, which torch.load(FILE) "
                      "does not read"
                    : "")});
  }

  void KeepValues() {
    kept_->bytes = pickles_.Take();
    const LegacyStream& stream = kept_->stream;
    const uint64_t size = stream.object_end() - stream.object_begin();
    checkpoint_.values = std::make_shared<torch::PickleValues>(
        kept_, stream.values(), stream.root(), size);
  }

  const Source& source_;
  const OpenOptions& options_;
  PickleReader pickles_;
  std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();
  std::vector<LegacyStorage> storages_;
  KeyTable by_key_;
  Checkpoint checkpoint_;
};

}  // namespace

Result<bool> IsLegacy(const Source& source) {
  std::byte head[32] = {};
  PTSCOPE_TRY(const size_t n, source.ReadAt(0, head));
  return torch::IsLegacyStream(std::span(head).first(n));
}

Result<Checkpoint> ReadLegacy(const Source& source,
                              const OpenOptions& options) {
  return Reader(source, options).Read();
}

}  // namespace ptscope::format
