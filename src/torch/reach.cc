#include "torch/reach.h"

namespace ptscope::torch {

using pickle::Kind;
using pickle::Ref;

bool Reach::IsContainer(Kind kind) {
  return kind == Kind::kTuple || kind == Kind::kFrozenSet ||
         kind == Kind::kList || kind == Kind::kSet || kind == Kind::kDict ||
         kind == Kind::kObject || kind == Kind::kPersistent;
}

// Opens a container: its members are looked at one after the other. Keys of
// dicts are among them; that is harmless.
void Reach::Push(Ref ref) {
  states_[ref.index()] = kOpen;
  const auto begin = static_cast<uint32_t>(children_.size());
  const auto add = [this](std::span<const Ref> run) {
    for (const Ref member : run) {
      if (member.is_node() && IsContainer(values_.KindOf(member))) {
        children_.push_back(member);
      }
    }
  };
  switch (values_.KindOf(ref)) {
    case Kind::kTuple:
    case Kind::kFrozenSet:
      add(values_.ItemsOf(ref));
      break;
    case Kind::kObject: {
      const Ref parts[] = {values_.ArgsOf(ref), values_.KwargsOf(ref),
                           values_.StateOf(ref)};
      for (const Ref part : parts) {
        if (part != Ref::kAbsent) add({&part, 1});
      }
      values_.ForEachRun(ref, add);
      break;
    }
    case Kind::kPersistent: {
      const Ref id = values_.PersistentIdOf(ref);
      add({&id, 1});
      break;
    }
    default:
      values_.ForEachRun(ref, add);
      break;
  }
  frames_.push_back({ref, begin, begin, false});
}

bool Reach::MayHold(Ref ref) {
  if (!ref.is_node() || !IsContainer(values_.KindOf(ref))) return false;
  if (states_.empty()) states_.resize(values_.node_count(), kUnseen);
  if (states_[ref.index()] != kUnseen) {
    return states_[ref.index()] == kHolds;
  }
  if (tensors_.IsTensor(ref)) {
    states_[ref.index()] = kHolds;
    return true;
  }
  Push(ref);
  while (!frames_.empty()) {
    Frame& top = frames_.back();
    if (top.next < children_.size()) {
      const Ref child = children_[top.next++];
      uint8_t state = states_[child.index()];
      if (state == kUnseen && tensors_.IsTensor(child)) {
        state = states_[child.index()] = kHolds;
      }
      if (state == kHolds) {  // so do all that lead here
        for (const Frame& frame : frames_) {
          states_[frame.ref.index()] = kHolds;
        }
        frames_.clear();
        children_.clear();
        break;
      }
      if (state == kOpen) top.cyclic = true;
      if (state == kUnseen) Push(child);
      continue;
    }
    // Nothing found. Behind a cycle something may yet be: the walk will see.
    const Frame done = top;
    states_[done.ref.index()] = done.cyclic ? kHolds : kEmpty;
    children_.truncate(done.begin);
    frames_.pop_back();
    if (!frames_.empty() && done.cyclic) frames_.back().cyclic = true;
  }
  return states_[ref.index()] == kHolds;
}

}  // namespace ptscope::torch
