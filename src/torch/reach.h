// Which values have tensors below them.
#ifndef PTSCOPE_TORCH_REACH_H_
#define PTSCOPE_TORCH_REACH_H_

#include <cstdint>

#include "base/pod_vector.h"
#include "pickle/values.h"
#include "torch/rebuild.h"

namespace ptscope::torch {

// Looks below a value once, however many names lead to it, so that a memo bomb
// with nothing in it costs nothing. It stops at the first tensor.
class Reach {
 public:
  Reach(const pickle::Values& values, TensorReader& tensors)
      : values_(values), tensors_(tensors) {}

  // False: there is certainly no tensor at or below `ref`. True: there is, or
  // a cycle leaves it open.
  bool MayHold(pickle::Ref ref);

 private:
  enum State : uint8_t { kUnseen, kOpen, kEmpty, kHolds };

  struct Frame {
    pickle::Ref ref;
    uint32_t begin;  // children in children_
    uint32_t next;
    bool cyclic;  // met a value that is being looked at
  };

  static bool IsContainer(pickle::Kind kind);
  void Push(pickle::Ref ref);

  const pickle::Values& values_;
  TensorReader& tensors_;
  PodVector<uint8_t> states_;  // by node
  PodVector<Frame> frames_;
  PodVector<pickle::Ref> children_;
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_REACH_H_
