// What the `.metadata` of a distributed checkpoint says.
//
// It is one pickled object, of torch.distributed.checkpoint.metadata or of the
// module it had before 2.0, torch.distributed._shard.checkpoint.metadata:
//
//   Metadata.state_dict_metadata   key -> TensorStorageMetadata(properties,
//                                  size, chunks) or BytesStorageMetadata()
//           .planner_data          key -> the steps that the key joins
//           .storage_data          MetadataIndex(fqn, offset) -> _StorageInfo(
//                                  relative_path, offset, length)
//
// A chunk (offsets, sizes) is found in storage_data by its key and offsets.
#ifndef PTSCOPE_TORCH_DISTRIBUTED_METADATA_H_
#define PTSCOPE_TORCH_DISTRIBUTED_METADATA_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "base/boxes.h"
#include "base/key_table.h"
#include "base/pod_vector.h"
#include "model/path_table.h"
#include "pickle/values.h"
#include "ptscope/checkpoint.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"

namespace ptscope::torch {

// A box of a tensor's elements.
struct Chunk {
  Box box;
  uint32_t record = kNone;  // in Checkpoint::records; kNone: the metadata
                            // does not say where it is
  uint32_t next = kNone;    // the next of its tensor
};

// What a key of the saved state_dict stands for.
struct SavedValue {
  std::string_view name;
  uint32_t path = 0;  // its container in Checkpoint::paths
  bool is_tensor = false;
  Dtype dtype = Dtype::kUnknown;
  int8_t requires_grad = -1;
  std::span<const int64_t> shape;
  uint32_t first_chunk = kNone;
  uint32_t last_chunk = kNone;
  uint32_t chunk_count = 0;
  uint32_t record = kNone;  // of a value that is no tensor
};

// The values of one `.metadata`, or of those of all ranks. Names and numbers
// are in the checkpoint's arena.
struct SavedState {
  explicit SavedState(Checkpoint& checkpoint) : paths(checkpoint) {}

  Table<SavedValue> values;
  Table<Chunk> chunks;
  PathTable paths;
  PodVector<uint8_t> is_list;  // of the containers in Checkpoint::paths
  KeyTable by_name;            // index of a value
  KeyTable by_file;            // index in Checkpoint::files
  uint64_t steps = 0;          // members looked at
  uint64_t budget = 0;         // bytes that all of it may take
};

// Adds what one `.metadata` says, which `record` names in errors, to `state`,
// and to the checkpoint its version, its files, and a record for each range of
// a file. A key that is there already gets more chunks.
//
// Errors: kDamaged, kLimit; kUnsupported for a dtype, layout or class that is
// not known, and for a key that stands for something else already.
Status ReadDistributedMetadata(const pickle::Values& values, pickle::Ref root,
                               std::string_view record, const Limits& limits,
                               SavedState& state, Checkpoint& checkpoint);

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_DISTRIBUTED_METADATA_H_
