// Checkpoint: what a file holds, as plain data. No weight has been read.
//
// Every string_view and span of these structs lives as long as the Checkpoint
// they come from. Offsets and sizes are bytes unless a comment says otherwise.
#ifndef PTSCOPE_CHECKPOINT_H_
#define PTSCOPE_CHECKPOINT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ptscope/dtype.h"
#include "ptscope/table.h"
#include "ptscope/training_state.h"

namespace ptscope {

inline constexpr uint64_t kUnknown = UINT64_MAX;  // no such offset
inline constexpr int64_t kIrregular = -1;         // a dimension of no one size

// A run of bytes with a name: a zip entry, a tar member, a legacy storage, the
// data of a safetensors tensor, a chunk of a distributed one.
struct Record {
  enum class Method : uint8_t { kStored, kDeflated, kOther };

  std::string_view name;     // as the archive has it, folder included
  uint64_t header = 0;       // absolute offset of the local header
  uint64_t data = kUnknown;  // absolute; known once located (OpenOptions)
  uint64_t stored = 0;       // bytes in the file
  uint64_t size = 0;         // bytes when decompressed
  uint32_t file = 0;         // in Checkpoint::files; 0 where there are none
  uint32_t crc = 0;          // CRC-32 of the content; 0: not computed
  uint16_t method_code = 0;  // APPNOTE 4.4.5
  Method method = Method::kStored;
  bool encrypted = false;
};

// A storage as the pickle declares it: what a persistent id names.
struct Storage {
  std::string_view key;           // text, as in the persistent id
  std::string_view location;      // device as saved: "cpu", "cuda:0"
  uint64_t nbytes = 0;            // declared
  uint32_t record = kNone;        // kNone: the archive has no such record
  Dtype dtype = Dtype::kUnknown;  // kUntyped where it counts bytes
  // A view of another storage, as torch wrote them up to 0.3; its record is
  // that one's.
  uint32_t view_of = kNone;
  uint64_t view_offset = 0;  // bytes in there
};

struct Tensor;

// How quantized values map to real ones. Source: torch/_utils.py,
// _rebuild_qtensor.
struct Quantizer {
  std::string_view scheme;  // "per_tensor_affine", "per_channel_affine", …
  double scale = 0;         // per tensor
  int64_t zero_point = 0;   // per tensor
  int64_t axis = 0;         // per channel
  std::span<const Tensor> parameters;  // per channel: scales, zero_points
};

// What only some tensors have.
struct TensorDetail {
  std::string_view class_name;         // of a subclass: "torchao.Float8Tensor"
  std::string_view problem;            // why its bytes are not there
  std::string_view device;             // where it has no storage: "meta"
  std::span<const Tensor> components;  // parts of a sparse or nested tensor
  const Quantizer* quantizer = nullptr;
  std::span<const int64_t> global_shape;  // DTensor, ShardedTensor
  std::span<const int64_t> local_shape;   // the part of it in this file, where
                                          // that is not all of it
  // Of a distributed checkpoint: the records that hold it, and their bytes.
  uint32_t chunks = 0;
  uint64_t chunk_bytes = 0;
};

struct Tensor {
  std::string_view name;  // dotted; UTF-8 but for lone surrogates
  uint32_t path = 0;      // its container in Checkpoint::paths; the last step
                          // is the rest of the name
  uint32_t storage = kNone;
  uint32_t detail = kNone;
  uint32_t part = kNone;  // in Checkpoint::parts
  Dtype dtype = Dtype::kUnknown;
  Layout layout = Layout::kStrided;
  Kind kind = Kind::kTensor;
  bool only_name = false;     // neither dtype nor shape nor bytes are known
  bool conjugate = false;     // the values are the conjugates of what is stored
  bool negative = false;      // or its negatives
  int8_t requires_grad = -1;  // -1: the file does not say
  bool has_stride = true;     // false: nor does it say the stride
  std::span<const int64_t> shape;   // kIrregular where nested tensors differ
  std::span<const int64_t> stride;  // elements; may be 0 or overlap
  uint64_t storage_offset = 0;      // elements of dtype
  uint64_t numel = 0;
  // Logical; of sparse and nested tensors their parts'. An expanded tensor may
  // have more than fit: then UINT64_MAX, and ExactBytes says how many.
  uint64_t nbytes = 0;
};

// Where a tensor is that is not alone in its checkpoint: a file of a sharded
// or distributed checkpoint, or a record of an ordinary zip archive.
struct Part {
  enum class Kind : uint8_t { kShard, kMember };

  std::string_view name;  // as the index or the archive has it
  Kind kind = Kind::kShard;
};

// A container on the way from the root: names join their steps with dots.
struct PathNode {
  uint32_t parent = kNone;  // kNone: the root
  uint32_t prefix = 0;      // length of its joined name
  std::string_view step;    // the last step
};

// A child of the root that is no tensor.
struct Entry {
  std::string_view name;
  std::string_view type;   // "dict", "list", "module", "int", a class
  std::string_view value;  // of a number, a bool, None or a short string
  uint64_t tensors = 0;    // listed at or below it
};

// The entries of two roots as one list: those of one name count together.
void MergeEntries(std::vector<Entry>& to, const std::vector<Entry>& other);

// What a file says about itself, as text.
struct Fact {
  std::string_view key;
  std::string_view value;
};

// Which program wrote a file, as far as the file itself shows.
struct Writer {
  // "torch"; "other": another program wrote the container, with the content of
  // these releases of torch in it; empty: nothing can be said.
  std::string_view program;
  std::string_view since;  // the first release; empty: any
  std::string_view last;   // the last one; empty: every later one, too
  // Where `last` is empty: later releases write this format only if asked to.
  std::string_view default_last;
  std::vector<std::string> because;  // what decides these bounds, in words
};

// Which framework arranged the file's content.
struct Framework {
  std::string_view name;     // "PyTorch Lightning"; empty: none that is known
  std::string_view version;  // as written; empty: the file is silent
};

#define PTSCOPE_SEVERITIES(X) \
  X(kNote, "note") X(kWarning, "warning") X(kError, "error")

enum class Severity : uint8_t {
#define X(name, word) name,
  PTSCOPE_SEVERITIES(X)
#undef X
};
std::string_view ToWord(Severity severity);

// A module in the `_metadata` of a state_dict. Source:
// torch/nn/modules/module.py, state_dict.
struct ModuleMetadata {
  std::string_view module;         // its path; empty: the whole model
  std::optional<int64_t> version;  // of its class's part of a state_dict
};

// A key of a dict that stands for no tensor, or that is no text.
struct OtherKey {
  std::string_view key;   // as a step of a name
  std::string_view type;  // of the value, as Python calls it: "int",
                          // "collections.OrderedDict"; empty: a tensor
  uint32_t tensors = 0;   // the dict's own tensors that come before it
  bool text = true;       // the key is a str
};

// A container as load_state_dict() would see it (OpenOptions::metadata).
struct StateDict {
  enum class Kind : uint8_t {
    kDict,
    kModule,  // whose state_dict() would be taken
    kOther,   // load_state_dict() refuses it
  };

  uint32_t path = 0;      // its PathNode
  std::string_view type;  // of the container, as OtherKey::type
  Kind kind = Kind::kOther;
  bool has_metadata = false;
  uint32_t modules = 0;  // where its own begin in Checkpoint::modules
  uint32_t module_count = 0;
  uint32_t keys = 0;  // and in Checkpoint::other_keys
  uint32_t key_count = 0;
};

// Something is wrong although the listing stands.
#define PTSCOPE_FINDINGS(X)                                                 \
  X(kPrependedBytes, "prepended_bytes", kWarning,                           \
    "bytes before the archive: torch does not accept it")                   \
  X(kTrailingBytes, "trailing_bytes", kNote,                                \
    "bytes after the archive, or after the last storage")                   \
  X(kNoVersion, "no_version", kWarning,                                     \
    "the record `version` is missing: torch does not accept it")            \
  X(kUnusualFolder, "unusual_folder", kWarning,                             \
    "the records are not where torch looks for them")                       \
  X(kDuplicateRecord, "duplicate_record", kWarning,                         \
    "two records have one name; which one torch reads is not laid down")    \
  X(kRecordSize, "record_size", kWarning,                                   \
    "a record has more bytes than its storage")                             \
  X(kBytesAfterStop, "bytes_after_stop", kWarning,                          \
    "bytes follow the pickle's STOP: no loader reads them")                 \
  X(kBigEndian, "big_endian", kNote,                                        \
    "values are stored most significant byte first")                        \
  X(kLocalHeader, "local_header", kWarning,                                 \
    "a local header is not what the directory says")                        \
  X(kStorageConflict, "storage_conflict", kWarning,                         \
    "one storage is declared in two ways")                                  \
  X(kLostValue, "lost_value", kWarning,                                     \
    "the bytes of a value that is no tensor are not in the files")          \
  X(kChunkTwice, "chunk_twice", kWarning,                                   \
    "two chunks of a tensor hold the same elements")                        \
  X(kUnfinishedSave, "unfinished_save", kWarning,                           \
    "a later save into the folder did not come to its end")                 \
  X(kUnnamedFile, "unnamed_file", kNote,                                    \
    "a data file in the folder that the checkpoint does not name")          \
  X(kEmbeddedStream, "embedded_stream", kWarning,                           \
    "a torch.save stream inside a bytes value is not listed")               \
  X(kUnknownDtype, "unknown_dtype", kWarning,                               \
    "a tensor has a dtype that the format does not define")                 \
  X(kUnknownKey, "unknown_key", kWarning,                                   \
    "a tensor's description has a key that the format does not define")     \
  X(kScriptSource, "script_source", kWarning,                               \
    "the source of a TorchScript class cannot be read: what its "           \
    "attributes are is not known")                                          \
  X(kNotInIndex, "not_in_index", kWarning,                                  \
    "a shard has tensors that the index does not name")                     \
  X(kOtherShard, "other_shard", kWarning,                                   \
    "a shard has tensors that the index puts in another one")               \
  X(kIndexInArchive, "index_in_archive", kWarning,                          \
    "an archive holds the index of shards, which is not held against them") \
  X(kTotalSize, "total_size", kNote,                                        \
    "the index tells of another number of bytes than its tensors have")

enum class FindingId : uint8_t {
#define X(name, word, severity, text) name,
  PTSCOPE_FINDINGS(X)
#undef X
};
std::string_view ToWord(FindingId id);
Severity DefaultSeverity(FindingId id);

struct Finding {
  FindingId id;
  Severity severity;
  uint32_t file = 0;
  uint32_t record = kNone;
  uint64_t offset = 0;  // absolute in the file
  uint64_t length = 0;
  std::string message;
};

// What the object at the root is.
enum class RootKind : uint8_t { kOther, kTensor, kDict, kList, kModule };

class Arena;
class KeptValues;

class Checkpoint {
 public:
  Checkpoint();
  ~Checkpoint();
  Checkpoint(Checkpoint&&) noexcept;
  Checkpoint& operator=(Checkpoint&&) noexcept;
  Checkpoint(const Checkpoint&) = delete;
  Checkpoint& operator=(const Checkpoint&) = delete;

  std::string_view format;   // "torch zip", "torch legacy", "pickle"
  std::string_view version;  // of the file format, as written: "3"
  // "little", "big"; empty: the file is silent. Of "torch legacy" and "torch
  // tar" the writer's: their bytes are little-endian whoever wrote them.
  std::string_view byte_order;
  std::string_view folder;  // within the archive, with its slash
  uint64_t file_size = 0;
  uint64_t on_disk = 0;  // bytes of the records that storages name

  RootKind root_kind = RootKind::kOther;
  std::string_view root_type;  // as Entry::type
  std::vector<Entry> entries;  // children of the root, in file order; all
                               // with tensors below, else the first 10,000
  uint64_t entries_omitted = 0;
  std::vector<Fact> metadata;  // in file order
  Table<Tensor> tensors;       // as a state_dict would have them, file order
  Table<Tensor> extras;        // what a state_dict would not hold (ls --all)
  Table<Storage> storages;     // in order of first mention
  Table<Record> records;       // in the directory's order
  Table<PathNode> paths;       // [0] is the root
  Table<TensorDetail> details;
  Table<Part> parts;  // none where all of it is one file
  // Names of the files, where there are several in a folder.
  std::vector<std::string_view> files;
  // With OpenOptions::metadata, of the containers of `paths`.
  Table<StateDict> state_dicts;
  Table<ModuleMetadata> modules;
  Table<OtherKey> other_keys;
  // With OpenOptions::evidence.
  TrainingState training;
  std::vector<Finding> findings;
  uint64_t findings_omitted = 0;  // beyond the first thousand

  // With OpenOptions::origin.
  Writer writer;
  Framework framework;

  // With OpenOptions::keep_values, what the file holds beside tensors (show.h).
  // Null: its format holds nothing else, or `metadata` alone.
  std::shared_ptr<const KeptValues> values;

  void AddFinding(Finding finding);

  // Adds what another checkpoint holds as a part of this one, behind what is
  // there: its tensors keep their names, all indices are this one's, and the
  // entries of both roots are one list. Where it has parts itself, those become
  // parts of this one, their names behind that of `part` and a slash. `file` is
  // the index of its file in `files`; `base` where its bytes begin in there,
  // kUnknown if they do not lie there as they are (a compressed member).
  void Append(Checkpoint&& other, Part part, uint32_t file, uint64_t base);

  const TensorDetail* DetailOf(const Tensor& t) const {
    return t.detail == kNone ? nullptr : &details[t.detail];
  }
  // Why the tensor's bytes are not in the file; empty: they are.
  std::string_view ProblemOf(const Tensor& t) const {
    return t.detail == kNone ? std::string_view() : details[t.detail].problem;
  }
  // Device as saved; empty: the file does not say.
  std::string_view DeviceOf(const Tensor& t) const;
  // Absolute offset of the first element; absent if it is compressed, not in
  // the file, or the records have not been located.
  std::optional<uint64_t> FileOffsetOf(const Tensor& t) const;
  // The container whose steps, joined with dots, are `root`; null if there is
  // none, or the file was opened without its metadata.
  const StateDict* StateDictAt(std::string_view root) const;
  // The steps from the root.
  std::vector<std::string_view> PathOf(const Tensor& t) const;

  // Owns all text and numbers that the views above point to.
  Arena& arena() { return *arena_; }
  const Arena& arena() const { return *arena_; }
  // Keeps a buffer alive (the central directory, whose bytes records name).
  void Keep(std::shared_ptr<const void> bytes) {
    kept_.push_back(std::move(bytes));
  }

 private:
  std::unique_ptr<Arena> arena_;
  std::vector<std::shared_ptr<const void>> kept_;
};

// Whether it is an archive with checkpoints in it, of which OpenOptions::member
// takes one.
bool HasMembers(const Checkpoint& checkpoint);

}  // namespace ptscope

#endif  // PTSCOPE_CHECKPOINT_H_
