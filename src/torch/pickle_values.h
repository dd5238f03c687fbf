// PickleValues: the values of a pickle, kept for who asks to see them.
#ifndef PTSCOPE_TORCH_PICKLE_VALUES_H_
#define PTSCOPE_TORCH_PICKLE_VALUES_H_

#include <cstddef>
#include <string_view>
#include <utility>

#include "base/pod_vector.h"
#include "model/kept_values.h"
#include "pickle/values.h"

namespace ptscope::torch {

struct PickleValues final : KeptValues {
  explicit PickleValues(PodVector<std::byte> content)
      : bytes(std::move(content)) {}

  Status Show(std::string_view path, const Limits& limits,
              ValueVisitor& to) const override;

  const PodVector<std::byte> bytes;  // values are views of them
  pickle::Values values;
  pickle::Ref root;
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_PICKLE_VALUES_H_
