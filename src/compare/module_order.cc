#include "compare/module_order.h"

#include <algorithm>
#include <numeric>

namespace ptscope::compare {

namespace {

// Length of the longest path that both names begin with, dot included.
size_t CommonPath(std::string_view a, std::string_view b) {
  const auto differ = std::ranges::mismatch(a, b);
  const auto common = a.substr(0, static_cast<size_t>(differ.in1 - a.begin()));
  return common.rfind('.') + 1;  // npos + 1 is 0
}

}  // namespace

ModuleOrder::ModuleOrder(const TensorList& model) : model_(model) {
  const size_t size = model.tensors.size();
  sorted_.resize(size);
  std::iota(sorted_.begin(), sorted_.end(), 0u);
  std::ranges::sort(sorted_, {},
                    [&](uint32_t i) { return model.tensors[i].name; });
  least_.resize(2 * size);
  std::ranges::copy(sorted_,
                    least_.begin() + static_cast<std::ptrdiff_t>(size));
  for (size_t i = size; i-- > 1;) {
    least_[i] = std::min(least_[2 * i], least_[2 * i + 1]);
  }
}

// The names below a path lie side by side, and those next to `name` share the
// most with it.
ModuleOrder::Module ModuleOrder::Find(std::string_view name) const {
  const auto begin = sorted_.begin();
  const auto by_name = [&](uint32_t i) { return model_.tensors[i].name; };
  const auto next = static_cast<size_t>(
      std::ranges::lower_bound(sorted_, name, {}, by_name) - begin);
  size_t path = 0;
  if (next > 0) path = CommonPath(name, this->name(next - 1));
  if (next < sorted_.size()) {
    path = std::max(path, CommonPath(name, this->name(next)));
  }
  if (path == 0) return {};
  // Not equal_range: clang 14 cannot compile what it returns.
  const std::string_view module = name.substr(0, path);
  const auto by_module = [&](uint32_t i) { return by_name(i).substr(0, path); };
  const auto first =
      std::ranges::lower_bound(sorted_, module, {}, by_module) - begin;
  const auto last =
      std::ranges::upper_bound(sorted_, module, {}, by_module) - begin;
  return {FirstOf(static_cast<size_t>(first), static_cast<size_t>(last)), path};
}

// The least of sorted_[begin, end), which is not empty.
uint32_t ModuleOrder::FirstOf(size_t begin, size_t end) const {
  uint32_t least = UINT32_MAX;
  const size_t size = sorted_.size();
  for (begin += size, end += size; begin < end; begin /= 2, end /= 2) {
    if (begin % 2 == 1) least = std::min(least, least_[begin++]);
    if (end % 2 == 1) least = std::min(least, least_[--end]);
  }
  return least;
}

}  // namespace ptscope::compare
