#include "compare/shapes.h"

#include <fmt/format.h>

namespace ptscope::compare {

void Shapes::Bind(const NamedTensor& expected, const NamedTensor& actual) {
  if (bound_.empty() || !expected.shape || !actual.shape) return;
  if (expected.shape->size() != actual.shape->size()) return;
  for (size_t i = 0; i < expected.shape->size(); ++i) {
    const int64_t name = (*expected.shape)[i];
    const int64_t size = (*actual.shape)[i];
    if (!IsNamed(name) || size < 0) continue;
    Value& value = bound_[NameOfDimension(name)];
    if (value.size == kIrregular) value = {size, expected.name};
  }
}

bool Shapes::Fit(int64_t expected, int64_t actual) const {
  if (expected == kIrregular || actual == kIrregular) return true;
  if (!IsNamed(expected)) return IsNamed(actual) || expected == actual;
  const uint32_t i = NameOfDimension(expected);
  if (IsNamed(actual)) {
    return expected_.dimension_names[i] ==
           actual_.dimension_names[NameOfDimension(actual)];
  }
  return bound_[i].size == kIrregular || bound_[i].size == actual;
}

bool Shapes::Fit(const NamedTensor& expected, const NamedTensor& actual) const {
  if (!expected.shape || !actual.shape) return true;
  const auto& want = *expected.shape;
  const auto& have = *actual.shape;
  if (want.size() != have.size()) return false;
  for (size_t i = 0; i < want.size(); ++i) {
    if (!Fit(want[i], have[i])) return false;
  }
  return true;
}

std::string Shapes::WhyNot(const NamedTensor& expected,
                           const NamedTensor& actual) const {
  std::string why;
  if (expected.shape->size() != actual.shape->size()) return why;
  for (size_t i = 0; i < expected.shape->size(); ++i) {
    const int64_t want = (*expected.shape)[i];
    if (Fit(want, (*actual.shape)[i])) continue;
    if (!IsNamed(want)) return {};
    const Value& value = bound_[NameOfDimension(want)];
    if (value.size == kIrregular) continue;  // a name on the other side
    why += fmt::format("{}{} is {} in \"{}\"", why.empty() ? "" : ", ",
                       expected_.dimension_names[NameOfDimension(want)],
                       value.size, value.tensor);
  }
  return why;
}

}  // namespace ptscope::compare
