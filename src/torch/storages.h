// Storages: what the persistent ids of a pickle name.
#ifndef PTSCOPE_TORCH_STORAGES_H_
#define PTSCOPE_TORCH_STORAGES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/key_table.h"
#include "pickle/values.h"
#include "ptscope/checkpoint.h"
#include "ptscope/result.h"
#include "torch/globals.h"

namespace ptscope::torch {

// Where the bytes of storages lie in the container.
struct StorageRecords {
  const KeyTable& by_key;   // storage key to index in Checkpoint::records
  std::string_view prefix;  // of a record's name: "data/"
  // by_key has names of records instead, as the archive's folder has them: a
  // key with a slash is such a name, any other one is below `prefix`.
  bool by_name = false;
  // The pickle is not the only one whose keys begin at 0: the checkpoint's
  // keys of it have the prefix.
  bool apart = false;
};

// A storage, and the element type by which a persistent id sees it.
struct StorageView {
  uint32_t index;
  Dtype dtype;
};

// Reads persistent ids ("storage", class, key, location, numel), each key once,
// into Checkpoint::storages. Source: torch/serialization.py, persistent_id.
class Storages {
 public:
  Storages(const pickle::Values& values, Globals& globals,
           const StorageRecords& records, Checkpoint& checkpoint);

  // The storage that a persistent load stands for. Errors: kDamaged.
  Result<StorageView> Read(pickle::Ref persistent);

  // Why the bytes of the storage are not there; empty: they are.
  std::string_view ProblemOf(uint32_t storage) const {
    if (problems_.empty()) return {};
    const auto it = problems_.find(storage);
    return it == problems_.end() ? std::string_view() : it->second;
  }

 private:
  uint32_t Add(std::string_view key, Dtype dtype, pickle::Ref location,
               uint64_t nbytes);
  std::string_view NameOf(std::string_view key);
  std::string_view FindProblem(const Storage& storage, std::string_view name);
  std::string_view Location(pickle::Ref ref);

  const pickle::Values& values_;
  Globals& globals_;
  const StorageRecords& records_;
  Checkpoint& checkpoint_;
  KeyTable by_key_;
  std::unordered_map<uint32_t, std::string_view> problems_;  // of few
  std::string_view last_location_;
  std::string name_;  // of the record that a key names
  bool conflict_found_ = false;
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_STORAGES_H_
