// The bytes are a reference: a manifest, a list of names, or a checkpoint.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>

#include "fuzz/limits.h"
#include "ptscope/compare.h"
#include "ptscope/reference.h"

using ptscope::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto source = ptscope::OpenMemory(ptscope::fuzz::Bytes(data, size));
  const auto set =
      ptscope::ReadReference(*source, "", {.limits = ptscope::fuzz::kLimits});
  if (!set) {
    Require(!set.error().message.empty());
    return 0;
  }
  Require(!set->versions.empty());
  for (const ptscope::Reference& reference : set->versions) {
    Require(!reference.tensors.empty());
    std::set<std::string_view> names;
    for (const ptscope::NamedTensor& t : reference.tensors) {
      Require(names.insert(t.name).second);
      Require(t.dtype == nullptr || t.dtype->dtypes != 0);
      if (!t.shape) continue;
      for (const int64_t n : *t.shape) {
        Require(!ptscope::IsNamed(n) ||
                ptscope::NameOfDimension(n) < reference.dimension_names.size());
      }
    }
    std::set<uint32_t> tied;
    for (const auto& group : reference.tied) {
      Require(group.size() >= 2);
      for (const uint32_t i : group) {
        Require(i < reference.tensors.size() && tied.insert(i).second);
      }
    }
    // Against itself: the renames run, and every name has a verdict.
    const auto comparison = ptscope::Compare(reference, reference);
    Require(!comparison || comparison->of == reference.tensors.size());
  }
  return 0;
}
