// The bytes are a reference: a manifest, a list of names, or a checkpoint.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>

#include "fuzz/limits.h"
#include "ptscope/reference.h"

using ptscope::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto source = ptscope::OpenMemory(ptscope::fuzz::Bytes(data, size));
  const auto reference =
      ptscope::ReadReference(*source, "", {.limits = ptscope::fuzz::kLimits});
  if (!reference) {
    Require(!reference.error().message.empty());
    return 0;
  }
  Require(!reference->tensors.empty());
  std::set<std::string_view> names;
  for (const ptscope::ReferenceTensor& t : reference->tensors) {
    Require(names.insert(t.name).second);
  }
  std::set<uint32_t> tied;
  for (const auto& group : reference->tied) {
    Require(group.size() >= 2);
    for (const uint32_t i : group) {
      Require(i < reference->tensors.size() && tied.insert(i).second);
    }
  }
  return 0;
}
