// Storages: what the persistent ids of a pickle name.
#ifndef PTSCOPE_TORCH_STORAGES_H_
#define PTSCOPE_TORCH_STORAGES_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/key_table.h"
#include "pickle/values.h"
#include "ptscope/checkpoint.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"
#include "torch/embedded_streams.h"
#include "torch/globals.h"
#include "torch/persistent_ids.h"

namespace ptscope::torch {

// Where the bytes of storages lie in the container.
struct StorageRecords {
  // Storage keys to indices in Checkpoint::records; one that is no such index
  // stands for no record.
  const KeyTable& by_key;
  std::string_view prefix;  // of a record's name: "data/"
  // by_key has names of records instead, as the archive's folder has them: a
  // key with a slash is such a name, any other one is below `prefix`.
  bool by_name = false;
  // The pickle is not the only one whose keys begin at 0: the checkpoint's
  // keys of it have the prefix.
  bool apart = false;
  // Of a record's name, behind the key; some keys have it, too: ".storage".
  std::string_view suffix = {};
  // Before the keys of embedded streams, which count from 0 in each pickle.
  std::string_view streams = {};
  // What lacks the bytes of a storage without a record, for words.
  std::string_view place = "the archive";
  // Records are storages, one behind the other: one that is too short ends
  // with the file.
  bool runs = false;
  // The pickle itself, and its offset in the file if it lies there as it is:
  // streams in it have their bytes there.
  std::span<const std::byte> pickle = {};
  uint64_t pickle_offset = kUnknown;
};

// A storage, and the element type by which a persistent id sees it.
struct StorageView {
  uint32_t index;
  Dtype dtype;
};

// Reads persistent ids and embedded streams, each key once, into
// Checkpoint::storages.
class Storages {
 public:
  Storages(const pickle::Values& values, Globals& globals,
           const StorageRecords& records, const Limits& limits,
           Checkpoint& checkpoint);

  // The storage that a persistent load, or a call of _load_from_bytes, stands
  // for. Errors: kDamaged, kUnsupported, kLimit.
  Result<StorageView> Read(pickle::Ref ref);

  // Says which embedded streams hold something else than a storage.
  void FindUnreadStreams();

  // Why the bytes of the storage are not there; empty: they are.
  std::string_view ProblemOf(uint32_t storage) const {
    if (problems_.empty()) return {};
    const auto it = problems_.find(storage);
    return it == problems_.end() ? std::string_view() : it->second;
  }

 private:
  Result<StorageView> ReadStream(pickle::Ref call);
  Result<StorageView> ReadView(const PersistentStorage& id, uint32_t root);
  uint32_t RecordOf(std::string_view key) const;
  uint32_t Add(const Storage& storage, std::string_view name = {},
               bool stream = false);
  bool IsWhole(const Storage& storage) const;
  std::string_view NameOf(std::string_view key);
  void CompareWithFirst(uint32_t kept, const Storage& storage);
  uint32_t AddStreamRecord(const EmbeddedStorage& stream, std::string_view key);
  std::string_view FindProblem(const Storage& storage, std::string_view name,
                               bool stream);
  std::string_view FindProblemOfView(const Storage& view);
  std::string_view Location(std::string_view text);

  const pickle::Values& values_;
  Globals& globals_;
  const StorageRecords& records_;
  EmbeddedStreams streams_;
  Checkpoint& checkpoint_;
  KeyTable by_key_;
  std::unordered_map<uint32_t, std::string_view> problems_;  // of few
  std::string_view last_location_;
  std::string name_;  // of the record that a key names
  bool conflict_found_ = false;
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_STORAGES_H_
