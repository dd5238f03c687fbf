// Places: the way from the root to values, for those that are met again.
#ifndef PTSCOPE_TORCH_PLACES_H_
#define PTSCOPE_TORCH_PLACES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/pod_vector.h"
#include "torch/plain_values.h"

namespace ptscope::torch {

class Places {
 public:
  static constexpr uint32_t kRoot = 0;

  explicit Places(pickle::Ref root) {
    places_.push_back({0, {.value = root, .key = pickle::Ref::kNone}});
  }

  // The place of a part of what is at `parent`.
  uint32_t Add(uint32_t parent, const Part& part) {
    places_.push_back({parent, part});
    return static_cast<uint32_t>(places_.size() - 1);
  }

  pickle::Ref ValueAt(uint32_t place) const {
    return places_[place].part.value;
  }
  const Part& PartAt(uint32_t place) const { return places_[place].part; }
  uint32_t ParentOf(uint32_t place) const { return places_[place].parent; }

  // The steps joined with dots; empty: the root.
  std::string PathOf(uint32_t place, PlainValues& values) const {
    std::vector<uint32_t> steps;
    for (; place != kRoot; place = places_[place].parent) {
      if (IsStep(places_[place].part.label)) steps.push_back(place);
    }
    std::string path;
    for (size_t i = steps.size(); i-- > 0;) {
      values.AppendStep(path, places_[steps[i]].part);
      if (i != 0) path += '.';
    }
    return path;
  }

  uint64_t bytes() const { return places_.size() * sizeof(Place); }

 private:
  struct Place {
    uint32_t parent;
    Part part;
  };
  PodVector<Place> places_;
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_PLACES_H_
