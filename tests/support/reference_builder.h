// References of a test, written down as lists.
#ifndef PTSCOPE_TESTS_SUPPORT_REFERENCE_BUILDER_H_
#define PTSCOPE_TESTS_SUPPORT_REFERENCE_BUILDER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "ptscope/reference.h"

namespace ptscope::test {

// What is absent matches any.
struct Expected {
  std::string name;
  std::optional<std::vector<int64_t>> shape = {};
  std::optional<Dtype> dtype = {};
};

inline Reference MakeReference(const std::vector<Expected>& tensors,
                               std::vector<std::vector<uint32_t>> tied = {}) {
  Reference reference;
  const auto arena = std::make_shared<Arena>();
  reference.arena = arena;
  for (const Expected& e : tensors) {
    NamedTensor& t = reference.tensors.emplace_back();
    t.name = arena->Copy(e.name);
    if (e.dtype) t.dtype = &PatternOf(*e.dtype);
    if (e.shape) t.shape = arena->Copy(std::span<const int64_t>(*e.shape));
  }
  reference.tied = std::move(tied);
  return reference;
}

}  // namespace ptscope::test

#endif  // PTSCOPE_TESTS_SUPPORT_REFERENCE_BUILDER_H_
