// PickleValues: the values of a pickle, kept for who asks to see them.
#ifndef PTSCOPE_TORCH_PICKLE_VALUES_H_
#define PTSCOPE_TORCH_PICKLE_VALUES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "base/pod_vector.h"
#include "model/kept_values.h"
#include "pickle/values.h"

namespace ptscope::torch {

// A pickle and what it builds.
struct OwnedPickle {
  PodVector<std::byte> bytes;  // values are views of them
  pickle::Values values;
  pickle::Ref root;
};

class PickleValues final : public KeptValues {
 public:
  // `owner` keeps the values and their bytes; `size` is the pickle's length.
  PickleValues(std::shared_ptr<const void> owner, const pickle::Values& values,
               pickle::Ref root, uint64_t size)
      : owner_(std::move(owner)), values_(values), root_(root), size_(size) {}

  static std::shared_ptr<const KeptValues> Of(
      std::shared_ptr<const OwnedPickle> pickle) {
    const OwnedPickle& p = *pickle;
    return std::make_shared<PickleValues>(std::move(pickle), p.values, p.root,
                                          p.bytes.size());
  }

  Status Show(std::string_view path, const Limits& limits,
              ValueVisitor& to) const override;

 private:
  const std::shared_ptr<const void> owner_;
  const pickle::Values& values_;
  const pickle::Ref root_;
  const uint64_t size_;
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_PICKLE_VALUES_H_
