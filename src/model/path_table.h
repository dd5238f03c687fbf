// PathTable: the containers of a checkpoint by their steps, for formats that
// know the steps of each tensor rather than the containers themselves.
#ifndef PTSCOPE_MODEL_PATH_TABLE_H_
#define PTSCOPE_MODEL_PATH_TABLE_H_

#include <cstdint>
#include <string_view>

#include "base/pod_vector.h"
#include "ptscope/checkpoint.h"

namespace ptscope {

class PathTable {
 public:
  // Containers that are there already are not known to it.
  explicit PathTable(Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  // The container behind `step` in `parent`, added if there is none.
  uint32_t Child(uint32_t parent, std::string_view step);

 private:
  size_t SlotOf(uint32_t parent, std::string_view step) const;
  void Rehash();

  Checkpoint& checkpoint_;
  PodVector<uint32_t> slots_;  // kNone: free; at most half full
  uint32_t used_ = 0;
};

}  // namespace ptscope

#endif  // PTSCOPE_MODEL_PATH_TABLE_H_
