#include "format/distributed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/boxes.h"
#include "base/checked_math.h"
#include "base/key_table.h"
#include "base/pod_vector.h"
#include "format/rank_names.h"
#include "model/measure.h"
#include "pickle/machine.h"
#include "torch/distributed_metadata.h"
#include "torch/writer_signs.h"

namespace ptscope::format {

namespace {

using Names = std::span<const std::string>;
using torch::Chunk;
using torch::SavedState;
using torch::SavedValue;

constexpr std::string_view kMetadata = ".metadata";
constexpr std::string_view kUnfinished = ".tmp";
constexpr std::string_view kData = ".distcp";

// Memory for a listing beside 8 x the metadata, where no limit says otherwise.
// Metadata of many chunks take 5 x their length as values, more than the
// pickles of torch.save.
constexpr uint64_t kFixedBytes = 48ull << 20;

// A metadata file, or one that is not finished.
struct MetadataName {
  std::optional<uint32_t> rank;  // nullopt: of all ranks
  bool finished;
};

// .metadata, __3.metadata, and both with .tmp. Source:
// torch/distributed/checkpoint/filesystem.py, finish.
std::optional<MetadataName> ParseMetadataName(std::string_view name) {
  MetadataName parsed{.rank = std::nullopt, .finished = true};
  if (name.ends_with(kUnfinished)) {
    name.remove_suffix(kUnfinished.size());
    parsed.finished = false;
  }
  if (TakeText(name, "__")) {
    parsed.rank = TakeNumber(name);
    if (!parsed.rank) return std::nullopt;
  }
  return name == kMetadata ? std::optional(parsed) : std::nullopt;
}

Error Damaged(std::string message, std::string hint) {
  return {.code = ErrorCode::kDamaged,
          .message = std::move(message),
          .hint = std::move(hint)};
}

// The metadata to read: that of all ranks, else of each, in order of rank.
Result<std::vector<std::string>> MetadataFiles(Names names) {
  std::vector<std::pair<uint32_t, std::string>> of_ranks;
  const std::string* unfinished = nullptr;
  for (const std::string& name : names) {
    const auto parsed = ParseMetadataName(name);
    if (!parsed) continue;
    if (!parsed->finished) {
      unfinished = &name;
    } else if (!parsed->rank) {
      return std::vector{name};
    } else {
      of_ranks.emplace_back(*parsed->rank, name);
    }
  }
  if (of_ranks.empty()) {
    return unfinished != nullptr
               ? Damaged(
                     "is a distributed checkpoint (DCP) whose save did not "
                     "come to its end: '" +
                         *unfinished + "' was not renamed",
                     "take an earlier checkpoint")
               : Damaged(
                     "is a distributed checkpoint (DCP) without its "
                     "'.metadata'",
                     "copy all of its directory, hidden files too");
  }
  std::ranges::sort(of_ranks);
  std::vector<std::string> files;
  for (uint32_t rank = 0; rank < of_ranks.size(); ++rank) {
    if (of_ranks[rank].first != rank) {
      return Damaged(
          fmt::format("rank {} is missing: there is no '__{}.metadata'", rank,
                      rank),
          "copy all of its directory");
    }
    files.push_back(std::move(of_ranks[rank].second));
  }
  return files;
}

// The largest number stands for all that are larger.
uint64_t Sum(uint64_t a, uint64_t b) {
  return CheckedAdd(a, b).value_or(UINT64_MAX);
}

// Bytes that chunks' elements take, without the archive around them.
Wide BytesOf(const Box& box, Dtype dtype) {
  return (VolumeOf(box) * BitsPerElement(dtype) + 7) / 8;
}

bool SameBox(const Box& a, const Box& b) {
  return std::ranges::equal(a.begin, b.begin) &&
         std::ranges::equal(a.size, b.size);
}

bool BoxBefore(const Box& a, const Box& b) {
  if (!std::ranges::equal(a.begin, b.begin)) {
    return std::ranges::lexicographical_compare(a.begin, b.begin);
  }
  return std::ranges::lexicographical_compare(a.size, b.size);
}

class Reader {
 public:
  Reader(const Folder& folder, Names names, const OpenOptions& options)
      : folder_(folder),
        names_(names),
        options_(options),
        state_(checkpoint_) {}

  Result<Checkpoint> Read() {
    checkpoint_.format = "distributed (DCP)";
    checkpoint_.root_kind = RootKind::kDict;
    checkpoint_.root_type = "dict";
    PTSCOPE_TRY(const auto metadata, MetadataFiles(names_));
    by_rank_ = metadata.size() > 1;
    for (const std::string& name : metadata) {
      PTSCOPE_CHECK(ReadMetadata(name));
    }
    PTSCOPE_CHECK(MeasureFiles());
    FindOtherFiles(!by_rank_ && metadata[0] == kMetadata);
    FindTops();
    for (const SavedValue& value : state_.values) {
      PTSCOPE_CHECK(List(value));
    }
    for (const DataFile& file : files_) TellLostValues(file);
    TellLostValues(unplaced_);
    if (options_.metadata) DescribeDicts();
    if (options_.origin) {
      writer_.Saw(torch::Sign::kContainer, "DCP");
      checkpoint_.writer = writer_.Conclude();
    }
    return std::move(checkpoint_);
  }

 private:
  // What a data file is found to be.
  struct DataFile {
    uint64_t size = 0;
    bool missing = false;
    uint64_t lost = 0;            // values in it that are no tensors
    std::string_view first_lost;  // the first of them
    std::string problem;          // of that one
  };

  Status ReadMetadata(const std::string& name);
  void SetBudget(uint64_t other);
  Status MeasureFiles();
  void FindOtherFiles(bool whole);
  void FindTops();
  Status List(const SavedValue& value);
  Status ListTensor(const SavedValue& value);
  void ListOther(const SavedValue& value);
  void TellLostValues(const DataFile& file);
  void CountEntry(const SavedValue& value);
  std::string_view FindProblem(const SavedValue& value, const Tensor& tensor);
  std::string ProblemOfPlace(uint32_t index, Wide bytes);
  std::string ProblemOfTiling(const SavedValue& value, const Tensor& tensor);
  uint32_t PartOf(const SavedValue& value) const;
  Status CheckMemory() const;
  void DescribeDicts();

  void Find(FindingId id, std::string message) {
    checkpoint_.AddFinding({.id = id,
                            .severity = DefaultSeverity(id),
                            .message = std::move(message)});
  }
  // The runs of a tensor's list of chunks.
  template <typename Visit>
  void ForEachChunk(const SavedValue& value, Visit visit) const {
    for (uint32_t i = value.first_chunk; i != kNone;
         i = state_.chunks[i].next) {
      visit(state_.chunks[i]);
    }
  }

  const Folder& folder_;
  const Names names_;
  const OpenOptions& options_;
  Checkpoint checkpoint_;
  SavedState state_;
  torch::WriterEvidence writer_;
  uint64_t metadata_size_ = 0;  // of all that was read
  bool by_rank_ = false;
  std::vector<DataFile> files_;     // as Checkpoint::files
  DataFile unplaced_;               // for values that have no place
  std::vector<uint32_t> tops_;      // of each container, that below the root
  std::vector<uint32_t> entry_of_;  // of each container below the root
  std::vector<Box> boxes_;          // scratch
};

Status Reader::ReadMetadata(const std::string& name) {
  auto source = folder_.Open(name);
  if (!source) {
    source.error().record = name;
    return std::move(source.error());
  }
  const uint64_t size = (*source)->size();
  if (size > options_.limits.pickle) {
    return Error{.code = ErrorCode::kLimit,
                 .message = "has more bytes than the limit `pickle`",
                 .record = name,
                 .found = fmt::format("{}", size),
                 .expected = fmt::format("at most {}", options_.limits.pickle)};
  }
  checkpoint_.file_size += size;
  PodVector<std::byte> bytes;
  bytes.resize_uninitialized(static_cast<size_t>(size));
  PTSCOPE_CHECK(ReadExactly(**source, 0, {bytes.data(), bytes.size()}));
  const std::span<const std::byte> view(bytes.data(), bytes.size());
  Limits limits = options_.limits;
  if (limits.value_bytes == 0) {
    limits.value_bytes = kFixedBytes / 2 + 5 * size + size / 2;
  }
  pickle::Values values;
  PTSCOPE_TRY(const pickle::Program program,
              pickle::Run(view, name, limits, values));
  if (program.end < size) {
    Find(FindingId::kBytesAfterStop,
         fmt::format("{}: {} bytes follow the pickle's STOP: no loader reads "
                     "them",
                     name, size - program.end));
  }
  if (options_.origin) torch::FindWriterSigns(values, checkpoint_, writer_);
  metadata_size_ += size;
  SetBudget(size + values.bytes());
  PTSCOPE_CHECK(torch::ReadDistributedMetadata(values, program.root, name,
                                               limits, state_, checkpoint_));
  SetBudget(0);
  return {};
}

// What the listing may take beside `other` bytes of memory.
void Reader::SetBudget(uint64_t other) {
  const uint64_t all = kFixedBytes + 8 * metadata_size_;
  state_.budget = options_.limits.listing_bytes != 0
                      ? options_.limits.listing_bytes
                      : all - std::min(all, other);
}

// A file's size is all that is asked of it, and once. Its name is looked up
// before, so that a missing one costs nothing.
Status Reader::MeasureFiles() {
  KeyTable present;
  for (uint32_t i = 0; i < names_.size(); ++i) present.Insert(names_[i], i);
  files_.resize(checkpoint_.files.size());
  for (size_t i = 0; i < files_.size(); ++i) {
    const std::string_view name = checkpoint_.files[i];
    checkpoint_.parts.push_back({.name = name, .kind = Part::Kind::kShard});
    const bool plain = !name.empty() && name != "." && name != ".." &&
                       name.find_first_of(std::string_view("/\\\0", 3)) ==
                           std::string_view::npos;
    if (plain && present.Find(name) == KeyTable::kAbsent) {
      files_[i].missing = true;
      continue;
    }
    const auto source = folder_.Open(name);
    if (!source) {
      Error error = source.error();
      error.record = error.code == ErrorCode::kIo ? std::string(name)
                                                  : std::string(kMetadata);
      return error;
    }
    files_[i].size = (*source)->size();
    checkpoint_.file_size = Sum(checkpoint_.file_size, files_[i].size);
  }
  return {};
}

// What lies in the folder beside the files that the metadata names.
void Reader::FindOtherFiles(bool whole) {
  for (const std::string& name : names_) {
    const auto parsed = ParseMetadataName(name);
    if (parsed && !parsed->finished) {
      Find(FindingId::kUnfinishedSave,
           fmt::format("'{}' is left of a save that did not come to its end; "
                       "it may have written over data files",
                       name));
    }
    if (whole && name.ends_with(kData) &&
        state_.by_file.Find(name) == KeyTable::kAbsent) {
      Find(FindingId::kUnnamedFile,
           fmt::format("'{}' is not named by the metadata", name));
    }
  }
}

// Parents come before their children.
void Reader::FindTops() {
  const auto& paths = checkpoint_.paths;
  tops_.resize(paths.size(), 0);
  for (uint32_t i = 1; i < paths.size(); ++i) {
    tops_[i] = paths[i].parent == 0 ? i : tops_[paths[i].parent];
  }
  entry_of_.resize(paths.size(), kNone);
}

Status Reader::List(const SavedValue& value) {
  CountEntry(value);
  if (value.is_tensor) return ListTensor(value);
  ListOther(value);
  return {};
}

// A value of the root that is no tensor, or the container of one: what
// Checkpoint::entries lists.
void Reader::CountEntry(const SavedValue& value) {
  constexpr size_t kMost = 10000;
  const uint32_t top = tops_[value.path];
  if (top == 0 && value.is_tensor) return;
  uint32_t at = top == 0 ? kNone : entry_of_[top];
  if (at == kNone) {
    // One with tensors is never left out, but for the first value it may have
    // none: such a container stays.
    if (top == 0 && checkpoint_.entries.size() >= kMost) {
      ++checkpoint_.entries_omitted;
      return;
    }
    at = static_cast<uint32_t>(checkpoint_.entries.size());
    Entry entry;
    entry.name = top == 0 ? value.name : checkpoint_.paths[top].step;
    entry.type = top == 0                   ? "object"
                 : state_.is_list[top] != 0 ? "list"
                                            : "dict";
    checkpoint_.entries.push_back(entry);
    if (top != 0) entry_of_[top] = at;
  }
  if (value.is_tensor) ++checkpoint_.entries[at].tensors;
}

void Reader::ListOther(const SavedValue& value) {
  std::string problem = ProblemOfPlace(value.record, 0);
  if (problem.empty()) return;
  DataFile& file = value.record == kNone
                       ? unplaced_
                       : files_[checkpoint_.records[value.record].file];
  if (file.lost++ != 0) return;
  file.first_lost = value.name;
  file.problem = std::move(problem);
}

// One finding a file: they are lost together.
void Reader::TellLostValues(const DataFile& file) {
  if (file.lost == 0) return;
  Find(FindingId::kLostValue,
       fmt::format("the value '{}'{} lost: {}", file.first_lost.substr(0, 300),
                   file.lost == 1
                       ? " is"
                       : fmt::format(" and {} more are", file.lost - 1),
                   file.problem));
}

Status Reader::ListTensor(const SavedValue& value) {
  Tensor tensor;
  tensor.name = value.name;
  tensor.path = value.path;
  tensor.dtype = value.dtype;
  tensor.requires_grad = value.requires_grad;
  tensor.has_stride = false;
  tensor.shape = value.shape;
  if (auto status = Measure(tensor); !status) {
    status.error().message = fmt::format(
        "tensor '{}': {}", value.name.substr(0, 300), status.error().message);
    status.error().record = std::string(kMetadata);
    return status;
  }
  tensor.part = PartOf(value);
  TensorDetail detail;
  detail.problem = FindProblem(value, tensor);
  ForEachChunk(value, [&](const Chunk& chunk) {
    if (chunk.record == kNone) return;
    ++detail.chunks;
    detail.chunk_bytes =
        Sum(detail.chunk_bytes, checkpoint_.records[chunk.record].stored);
  });
  checkpoint_.on_disk = Sum(checkpoint_.on_disk, detail.chunk_bytes);
  tensor.detail = static_cast<uint32_t>(checkpoint_.details.size());
  checkpoint_.details.push_back(detail);
  checkpoint_.tensors.push_back(tensor);
  if (checkpoint_.tensors.size() > options_.limits.tensors) {
    return Error{
        .code = ErrorCode::kLimit,
        .message = "there are more tensors than the limit `tensors`",
        .record = std::string(kMetadata),
        .expected = fmt::format("at most {}", options_.limits.tensors)};
  }
  return CheckMemory();
}

Status Reader::CheckMemory() const {
  const Checkpoint& c = checkpoint_;
  const uint64_t bytes =
      c.arena().used() + state_.values.size() * sizeof(SavedValue) +
      state_.chunks.size() * sizeof(Chunk) + c.tensors.size() * sizeof(Tensor) +
      c.details.size() * sizeof(TensorDetail) +
      c.records.size() * sizeof(Record) + c.paths.size() * sizeof(PathNode) +
      c.entries.size() * sizeof(Entry);
  if (bytes <= state_.budget) return {};
  return Error{.code = ErrorCode::kLimit,
               .message =
                   "the tensors and their names take more memory than the "
                   "limit `listing_bytes`: the file repeats itself",
               .record = std::string(kMetadata),
               .found = fmt::format("{} bytes", bytes),
               .expected = fmt::format("at most {}", state_.budget)};
}

// The one file that all of its chunks are in.
uint32_t Reader::PartOf(const SavedValue& value) const {
  uint32_t part = kNone;
  bool several = value.chunk_count == 0;
  ForEachChunk(value, [&](const Chunk& chunk) {
    if (chunk.record == kNone) {
      several = true;
      return;
    }
    const uint32_t file = checkpoint_.records[chunk.record].file;
    if (part != kNone && file != part) several = true;
    part = file;
  });
  return several ? kNone : part;
}

std::string_view Reader::FindProblem(const SavedValue& value,
                                     const Tensor& tensor) {
  if (tensor.numel == 0) return {};
  std::string first;
  uint32_t bad = 0;
  ForEachChunk(value, [&](const Chunk& chunk) {
    std::string words;
    if (!Fits(chunk.box, value.shape)) {
      words = "a chunk of it is not within its size";
    } else if (VolumeOf(chunk.box) != 0) {
      words = ProblemOfPlace(chunk.record, BytesOf(chunk.box, value.dtype));
    }
    if (words.empty()) return;
    if (bad++ == 0) first = std::move(words);
  });
  if (bad == 0) {
    first = ProblemOfTiling(value, tensor);
  } else if (value.chunk_count > 1) {
    first += fmt::format(" ({} of its {} chunks {} lost)", bad,
                         value.chunk_count, bad == 1 ? "is" : "are");
  }
  return checkpoint_.arena().Copy(std::string_view(first));
}

// Why `bytes` bytes are not at the place of that record; empty: they are.
std::string Reader::ProblemOfPlace(uint32_t index, Wide bytes) {
  if (index == kNone) return "the metadata does not say which file holds it";
  const Record& record = checkpoint_.records[index];
  const DataFile& file = files_[record.file];
  if (file.missing) {
    return fmt::format("the file '{}' is missing", record.name.substr(0, 300));
  }
  // Neither is above 2^63.
  const uint64_t end = record.header + record.stored;
  if (end > file.size) {
    return fmt::format("the file '{}' is short: it has {} bytes, expected {}",
                       record.name.substr(0, 300), file.size, end);
  }
  // How far the bytes of a transformed one were packed is not told.
  const bool packed = record.method != Record::Method::kStored;
  const Wide least = packed ? std::min(bytes, Wide{1}) : bytes;
  if (record.stored < least) {
    return fmt::format(
        "the file '{}' has {} bytes for what takes {}",
        record.name.substr(0, 300), record.stored,
        static_cast<uint64_t>(std::min(bytes, Wide{UINT64_MAX})));
  }
  return {};
}

// The chunks, all of which are there, must have each element once.
std::string Reader::ProblemOfTiling(const SavedValue& value,
                                    const Tensor& tensor) {
  boxes_.clear();
  ForEachChunk(value,
               [this](const Chunk& chunk) { boxes_.push_back(chunk.box); });
  if (Tile(boxes_, value.shape)) return {};
  std::ranges::sort(boxes_, BoxBefore);
  const auto end = std::unique(boxes_.begin(), boxes_.end(), SameBox);
  const bool repeated = end != boxes_.end();
  boxes_.erase(end, boxes_.end());
  if (repeated && Tile(boxes_, value.shape)) {
    // Ranks that save by themselves all save what is not sharded.
    if (!by_rank_) {
      Find(FindingId::kChunkTwice,
           fmt::format("tensor '{}': two chunks hold the same elements",
                       value.name.substr(0, 300)));
    }
    return {};
  }
  Wide volume = 0;
  for (const Box& box : boxes_) volume += VolumeOf(box);
  if (volume < tensor.numel) {
    return fmt::format("its chunks hold {} of its {} elements",
                       static_cast<uint64_t>(volume), tensor.numel);
  }
  return "its chunks overlap, and some of its elements may be in none";
}

// What load_state_dict() would find in each container.
void Reader::DescribeDicts() {
  struct Key {
    uint32_t path;
    OtherKey key;
  };
  std::vector<Key> keys;
  const auto& paths = checkpoint_.paths;
  const auto type_of = [&](uint32_t path) -> std::string_view {
    return path < state_.is_list.size() && state_.is_list[path] != 0 ? "list"
                                                                     : "dict";
  };
  std::vector<uint32_t> tensors(paths.size(), 0);
  std::vector<bool> seen(paths.size());
  seen[0] = true;
  std::vector<uint32_t> opened;
  for (const SavedValue& value : state_.values) {
    for (uint32_t i = value.path; !seen[i]; i = paths[i].parent) {
      seen[i] = true;
      opened.push_back(i);
    }
    for (; !opened.empty(); opened.pop_back()) {
      const uint32_t i = opened.back();
      keys.push_back({paths[i].parent,
                      {.key = paths[i].step,
                       .type = type_of(i),
                       .tensors = tensors[paths[i].parent]}});
    }
    if (value.is_tensor) {
      ++tensors[value.path];
    } else {
      const uint32_t prefix =
          value.path == 0 ? 0 : paths[value.path].prefix + 1;
      keys.push_back({value.path,
                      {.key = value.name.substr(prefix),
                       .type = "object",
                       .tensors = tensors[value.path]}});
    }
  }
  std::ranges::stable_sort(keys, {}, &Key::path);
  size_t next = 0;
  for (uint32_t i = 0; i < paths.size(); ++i) {
    StateDict dict{.path = i, .type = type_of(i)};
    dict.kind =
        dict.type == "dict" ? StateDict::Kind::kDict : StateDict::Kind::kOther;
    dict.keys = static_cast<uint32_t>(checkpoint_.other_keys.size());
    for (; next < keys.size() && keys[next].path == i; ++next) {
      checkpoint_.other_keys.push_back(keys[next].key);
    }
    dict.key_count =
        static_cast<uint32_t>(checkpoint_.other_keys.size()) - dict.keys;
    checkpoint_.state_dicts.push_back(dict);
  }
}

}  // namespace

bool IsDistributed(std::span<const std::string> names) {
  return std::ranges::any_of(names, [](const std::string& name) {
    return ParseMetadataName(name).has_value() ||
           (name.starts_with("__") && name.ends_with(kData));
  });
}

Result<Checkpoint> ReadDistributed(const Folder& folder,
                                   std::span<const std::string> names,
                                   const OpenOptions& options) {
  return Reader(folder, names, options).Read();
}

}  // namespace ptscope::format
