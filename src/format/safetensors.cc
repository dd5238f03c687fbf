#include "format/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

#include "base/arena.h"
#include "base/byte_reader.h"
#include "base/pod_vector.h"
#include "format/safetensors_header.h"
#include "format/wrong_input_hints.h"

namespace ptscope::format {

namespace {

using Entry = SafetensorsEntry;

// Beyond it the package reads no header.
constexpr uint64_t kLongestHeader = 100'000'000;

std::string NameOf(const Entry& entry) {
  return fmt::format("\"{}\"", entry.name.substr(0, 100));
}

class Reader {
 public:
  Reader(const Source& source, const OpenOptions& options)
      : source_(source), options_(options) {}

  Result<Checkpoint> Read() {
    checkpoint_.format = "safetensors";
    checkpoint_.file_size = source_.size();
    checkpoint_.root_kind = RootKind::kDict;
    checkpoint_.root_type = "dict";
    PTSCOPE_CHECK(ReadHeader());
    PTSCOPE_CHECK(CheckData());
    TellUnknown();
    List();
    return std::move(checkpoint_);
  }

 private:
  Status ReadHeader() {
    std::array<std::byte, kSafetensorsLength> head;
    PTSCOPE_CHECK(ReadExactly(source_, 0, head));
    const auto length = LoadLittle<uint64_t>(head.data());
    if (length > kLongestHeader) {
      return Error{.message = "is a safetensors file with too long a header",
                   .found = fmt::format("{} bytes", length),
                   .expected = fmt::format("at most {}", kLongestHeader)};
    }
    if (length > source_.size() - kSafetensorsLength) {
      return Error{.message = "is a safetensors file that is cut short",
                   .found = fmt::format("{} bytes", source_.size()),
                   .expected = fmt::format("a header of {} bytes", length),
                   .hint = std::string(kCopyAgain)};
    }
    PodVector<std::byte> bytes;
    bytes.resize_uninitialized(static_cast<size_t>(length));
    const std::span<std::byte> to(bytes.data(), bytes.size());
    PTSCOPE_CHECK(ReadExactly(source_, kSafetensorsLength, to));
    PTSCOPE_TRY(header_, ParseSafetensorsHeader(AsText(to), options_.limits,
                                                checkpoint_.arena()));
    data_ = kSafetensorsLength + length;
    checkpoint_.metadata = std::move(header_.metadata);
    return {};
  }

  // The entries in the order of their bytes.
  PodVector<uint32_t> InOrder() const {
    const auto& entries = header_.entries;
    PodVector<uint32_t> order;
    order.resize_uninitialized(entries.size());
    for (uint32_t i = 0; i < entries.size(); ++i) order[i] = i;
    const auto before = [&](uint32_t a, uint32_t b) {
      return std::pair(entries[a].begin, entries[a].end) <
             std::pair(entries[b].begin, entries[b].end);
    };
    // Most writers put them so.
    if (!std::is_sorted(order.begin(), order.end(), before)) {
      std::sort(order.begin(), order.end(), before);
    }
    return order;
  }

  // Each tensor's bytes begin where those of another end, and the last where
  // the file does.
  Status CheckData() const {
    uint64_t end = 0;
    const Entry* last = nullptr;
    for (const uint32_t i : InOrder()) {
      const Entry& entry = header_.entries[i];
      if (entry.begin != end) return NotAdjacent(entry, last, end);
      end = entry.end;
      last = &entry;
    }
    const uint64_t there = source_.size() - data_;
    if (there <= end) return {};
    return Error{.message = "bytes follow the last tensor",
                 .offset = data_ + end,
                 .found = fmt::format("{} byte{}", there - end,
                                      there - end == 1 ? "" : "s"),
                 .expected = "the end of the file"};
  }

  static Error NotAdjacent(const Entry& entry, const Entry* before,
                           uint64_t end) {
    const std::string where =
        before == nullptr ? "the start of the data" : NameOf(*before);
    return {.message = entry.begin < end
                           ? fmt::format("tensor {} shares bytes with {}",
                                         NameOf(entry), where)
                           : fmt::format("bytes of no tensor lie between {} "
                                         "and tensor {}",
                                         where, NameOf(entry)),
            .offset = entry.at,
            .found = fmt::format("it begins at {}", entry.begin),
            .expected = fmt::format("{}", end)};
  }

  void TellUnknown() {
    Tell(FindingId::kUnknownDtype, header_.unknown_dtype,
         header_.unknown_dtypes);
    Tell(FindingId::kUnknownKey, header_.unknown_key, header_.unknown_keys);
  }
  void Tell(FindingId id, const std::string& first, uint64_t count) {
    if (count == 0) return;
    checkpoint_.AddFinding(
        {.id = id,
         .severity = DefaultSeverity(id),
         .message = count == 1
                        ? first
                        : fmt::format("{}, and {} more", first, count - 1)});
  }

  void List() {
    const size_t count = header_.entries.size();
    checkpoint_.tensors.reserve(count);
    checkpoint_.storages.reserve(count);
    checkpoint_.records.reserve(count);
    for (const Entry& entry : header_.entries) Add(entry);
    if (options_.metadata) {
      checkpoint_.state_dicts.push_back(
          {.type = checkpoint_.root_type, .kind = StateDict::Kind::kDict});
    }
  }

  // Each tensor is a storage of its own, whose key is its name.
  void Add(const Entry& entry) {
    const auto index = static_cast<uint32_t>(checkpoint_.tensors.size());
    const uint64_t size = entry.end - entry.begin;
    const uint64_t there = source_.size() - data_;
    const uint64_t stored =
        std::min(entry.end, there) - std::min(entry.begin, there);
    checkpoint_.records.push_back({.name = entry.name,
                                   .header = entry.at,
                                   .data = data_ + entry.begin,
                                   .stored = stored,
                                   .size = size});
    checkpoint_.storages.push_back({.key = entry.name,
                                    .location = {},
                                    .nbytes = size,
                                    .record = index,
                                    .dtype = entry.dtype});
    checkpoint_.on_disk += stored;
    Tensor tensor{.name = entry.name,
                  .storage = index,
                  .dtype = entry.dtype,
                  .shape = entry.shape,
                  .stride = entry.stride,
                  .numel = entry.numel,
                  .nbytes = size};
    if (stored < size) {
      const std::string words =
          fmt::format("the file has {} of its {} bytes", stored, size);
      TensorDetail detail;
      detail.problem = checkpoint_.arena().Copy(std::string_view(words));
      tensor.detail = static_cast<uint32_t>(checkpoint_.details.size());
      checkpoint_.details.push_back(detail);
    }
    checkpoint_.tensors.push_back(tensor);
  }

  const Source& source_;
  const OpenOptions& options_;
  Checkpoint checkpoint_;
  SafetensorsHeader header_;
  uint64_t data_ = 0;  // where the values begin
};

}  // namespace

Result<bool> IsSafetensors(const Source& source) {
  std::array<std::byte, kSafetensorsLength + 2> head = {};
  PTSCOPE_TRY(const size_t n, source.ReadAt(0, head));
  const auto text = AsText(head);
  if (n <= kSafetensorsLength || text[kSafetensorsLength] != '{') return false;
  const auto length = LoadLittle<uint64_t>(head.data());
  if (length <= kLongestHeader) return length >= 2;
  // No text begins so.
  const char next = text.back();
  return (next == '"' || next == '}') &&
         text.substr(0, kSafetensorsLength).find('\0') != text.npos;
}

Result<Checkpoint> ReadSafetensors(const Source& source,
                                   const OpenOptions& options) {
  return Reader(source, options).Read();
}

}  // namespace ptscope::format
