// Tuples of integers: sizes, strides, offsets.
#ifndef PTSCOPE_TORCH_DIMENSIONS_H_
#define PTSCOPE_TORCH_DIMENSIONS_H_

#include <cstdint>
#include <span>

#include "base/arena.h"
#include "pickle/values.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"
#include "torch/globals.h"

namespace ptscope::torch {

class Dimensions {
 public:
  Dimensions(const pickle::Values& values, Globals& globals,
             const Limits& limits, Arena& arena)
      : values_(values), globals_(globals), limits_(limits), arena_(arena) {}

  // Of a tuple, a list or a torch.Size; in the arena. `noun` is what the
  // message says of it: "its size is no tuple of integers". Errors: kDamaged,
  // kLimit.
  Result<std::span<const int64_t>> Read(pickle::Ref ref, const char* noun);

 private:
  // The last tuples read: writers keep equal tuples apart, but layers of one
  // model repeat theirs by reference often enough.
  struct Seen {
    pickle::Ref ref = pickle::Ref::kAbsent;
    std::span<const int64_t> dims;
  };

  pickle::Ref TupleOf(pickle::Ref size) const;

  const pickle::Values& values_;
  Globals& globals_;
  const Limits& limits_;
  Arena& arena_;
  Seen seen_[2];
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_DIMENSIONS_H_
