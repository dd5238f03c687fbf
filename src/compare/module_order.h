// ModuleOrder: the modules of a model, as far as its names show them.
#ifndef PTSCOPE_COMPARE_MODULE_ORDER_H_
#define PTSCOPE_COMPARE_MODULE_ORDER_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "ptscope/tensor_list.h"

namespace ptscope::compare {

// A state_dict has the modules in preorder, each with its own tensors before
// those below it. So the order in which names mention them is that in which
// load_state_dict() visits them. The list must outlive it.
class ModuleOrder {
 public:
  explicit ModuleOrder(const TensorList& model);

  // A module: the name that mentions it first, and the length of its path in
  // there, dot included. In the order of visits.
  struct Module {
    uint32_t first = 0;
    size_t path = 0;  // 0: the model itself
    auto operator<=>(const Module&) const = default;
  };
  // The deepest module that `name` leads to.
  Module Find(std::string_view name) const;

 private:
  std::string_view name(size_t i) const {
    return model_.tensors[sorted_[i]].name;
  }
  uint32_t FirstOf(size_t begin, size_t end) const;

  const TensorList& model_;
  std::vector<uint32_t> sorted_;  // indices of the tensors, by name
  // A tree over sorted_, leaves last: the least of the two below each.
  std::vector<uint32_t> least_;
};

}  // namespace ptscope::compare

#endif  // PTSCOPE_COMPARE_MODULE_ORDER_H_
