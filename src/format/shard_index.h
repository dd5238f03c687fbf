// The index of a sharded checkpoint: which file each tensor is in.
#ifndef PTSCOPE_FORMAT_SHARD_INDEX_H_
#define PTSCOPE_FORMAT_SHARD_INDEX_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/pod_vector.h"
#include "ptscope/checkpoint.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"
#include "ptscope/source.h"

namespace ptscope::format {

struct ShardIndex {
  struct Name {
    std::string_view name;  // of the tensor
    uint32_t shard;         // in `shards`
  };

  std::vector<std::string_view> shards;  // sorted: the order of loaders
  PodVector<Name> names;                 // no two alike; as the index has them
  // Bytes of all tensors, as the writer counted them.
  std::optional<double> total_size;
  std::vector<Fact> metadata;  // what of it is no list and no object
};

// Whether the file's name is that of an index: `*.index.json`, or with a
// variant, `*.index.fp16.json`; not those of other frameworks.
bool IsShardIndexName(std::string_view name);

// Whether it is JSON with a `weight_map` near its start.
Result<bool> IsShardIndex(const Source& source);

// Texts are copied to `arena`. Errors: kIo, kDamaged with the place, kLimit.
Result<ShardIndex> ReadShardIndex(const Source& source, const Limits& limits,
                                  Arena& arena);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_SHARD_INDEX_H_
