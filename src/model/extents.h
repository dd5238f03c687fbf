// Extents: which bytes of which storage the tensors of a checkpoint refer to.
#ifndef PTSCOPE_MODEL_EXTENTS_H_
#define PTSCOPE_MODEL_EXTENTS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "ptscope/checkpoint.h"

namespace ptscope {

struct Extent {
  uint32_t storage;
  uint32_t position;  // of the listed tensor; kNone: a part, or not listed
  uint32_t owner;     // of the listed tensor that it belongs to; or kNone
  uint64_t begin;     // bytes in the storage, half-open
  uint64_t end;       // at most the storage's size
  const Tensor* tensor;
};

// Of the listed tensors, their parts, and all others of the checkpoint, sorted
// by storage, then by begin; those of tied names are neighbours, in the order
// of their positions. None is empty but that of a tensor past its storage.
std::vector<Extent> ExtentsOf(const Checkpoint& checkpoint,
                              std::span<const uint32_t> listed);

// Both have the same storage, offset, shape, stride and dtype, and give the
// values as stored, or both their conjugates or negatives.
bool AreTied(const Tensor& a, const Tensor& b);

}  // namespace ptscope

#endif  // PTSCOPE_MODEL_EXTENTS_H_
