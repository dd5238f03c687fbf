// Inventory: how much some tensors of a checkpoint are, in numbers.
#ifndef PTSCOPE_INVENTORY_H_
#define PTSCOPE_INVENTORY_H_

#include <cstdint>
#include <span>
#include <vector>

#include "ptscope/checkpoint.h"
#include "ptscope/dtype.h"

namespace ptscope {

// The tensors' own parts (of sparse, nested and quantized ones) count where
// bytes and storages do; they are not tensors of the list.
struct Inventory {
  struct OfDtype {
    Dtype dtype = Dtype::kUnknown;
    uint64_t tensors = 0;
    uint64_t bytes = 0;  // logical
  };

  // A storage of which some bytes belong to no tensor.
  struct Waste {
    uint32_t storage = kNone;
    uint64_t bytes = 0;  // that belong to none
    // Tensors of the list that refer to it, or parts of which do: how many,
    // and the positions in `tensors` of the first.
    uint64_t users = 0;
    std::vector<uint32_t> first_users = {};
  };

  uint64_t tensors = 0;
  // Elements of all of them; those of tied names once.
  uint64_t parameters = 0;
  // Bytes: each tensor by itself; of storages, what at least one of the
  // tensors refers to; of the records of those storages, as stored. What lies
  // between the elements of a strided view counts as referred to. Tensors that
  // consist of chunks have no storages: their own bytes, and their chunks'.
  uint64_t logical = 0;
  uint64_t unique = 0;
  uint64_t on_disk = 0;
  std::vector<OfDtype> by_dtype;  // in order of first appearance
  uint64_t storages = 0;          // that at least one of the tensors refers to
  uint64_t chunks = 0;  // records of the tensors that have no storages
  // Bytes of those storages that no tensor of the whole checkpoint refers to,
  // whether listed or not: a slice brings its whole storage along.
  uint64_t wasted = 0;
  // The three storages that waste the most, most first.
  std::vector<Waste> wasteful;
  uint64_t allocated = 0;  // bytes of those storages, used or not
  // Two names or more with at least one element and the same storage, offset,
  // shape, stride and dtype. Positions in `tensors`, ascending; groups in the
  // order of their first.
  std::vector<std::vector<uint32_t>> tied;
};

// Of checkpoint.tensors[i] for each i of `tensors`, each at most once.
// O(n log n).
Inventory TakeInventory(const Checkpoint& checkpoint,
                        std::span<const uint32_t> tensors);

}  // namespace ptscope

#endif  // PTSCOPE_INVENTORY_H_
