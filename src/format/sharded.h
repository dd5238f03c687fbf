// A checkpoint in several files, and an index that says which tensor is where:
// `model.safetensors.index.json`, `pytorch_model.bin.index.json`.
#ifndef PTSCOPE_FORMAT_SHARDED_H_
#define PTSCOPE_FORMAT_SHARDED_H_

#include <span>
#include <string>

#include "format/reading.h"

namespace ptscope::format {

// The shards lie in reading.folder. What the index names and no shard has is
// listed by its name alone, with a problem; what only a shard has is a finding.
// Errors: kDamaged for an index that is malformed or names what lies elsewhere,
// and any of a shard that is there and cannot be listed.
Result<Checkpoint> ReadSharded(const Reading& reading);

// The checkpoint of a folder with these names, one of them an index. Of several
// indices the one whose shards are all there; else kUnsupported.
Result<Checkpoint> ReadShardedFolder(const Folder& folder,
                                     std::span<const std::string> names,
                                     const OpenOptions& options);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_SHARDED_H_
