#include "model/path_table.h"

#include <utility>

#include "base/arena.h"
#include "base/hash.h"

namespace ptscope {

uint32_t PathTable::Child(uint32_t parent, std::string_view step) {
  if (2 * size_t{used_} >= slots_.size()) Rehash();
  const size_t slot = SlotOf(parent, step);
  if (slots_[slot] != kNone) return slots_[slot];
  const uint32_t before =
      parent == 0 ? 0 : checkpoint_.paths[parent].prefix + 1;
  const auto added = static_cast<uint32_t>(checkpoint_.paths.size());
  checkpoint_.paths.push_back(
      {.parent = parent,
       .prefix = before + static_cast<uint32_t>(step.size()),
       .step = checkpoint_.arena().Copy(step)});
  slots_[slot] = added;
  ++used_;
  return added;
}

// Where it is, or would be.
size_t PathTable::SlotOf(uint32_t parent, std::string_view step) const {
  const size_t mask = slots_.size() - 1;
  size_t at = HashText(step, HashNumber(parent, HashKey())) & mask;
  for (; slots_[at] != kNone; at = (at + 1) & mask) {
    const PathNode& node = checkpoint_.paths[slots_[at]];
    if (node.parent == parent && node.step == step) break;
  }
  return at;
}

void PathTable::Rehash() {
  PodVector<uint32_t> old = std::move(slots_);
  slots_ = {};
  slots_.resize(old.empty() ? 16 : 2 * old.size(), kNone);
  for (const uint32_t i : old) {
    if (i == kNone) continue;
    const PathNode& node = checkpoint_.paths[i];
    slots_[SlotOf(node.parent, node.step)] = i;
  }
}

}  // namespace ptscope
