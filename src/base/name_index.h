// NameIndex: which number a name has, first come, first kept.
//
// The table holds hashes and numbers only; the names stay where they are, and
// each call is told how to find one by its number.
#ifndef PTSCOPE_BASE_NAME_INDEX_H_
#define PTSCOPE_BASE_NAME_INDEX_H_

#include <bit>
#include <cstdint>
#include <string_view>

#include "base/hash.h"
#include "base/pod_vector.h"

namespace ptscope {

class NameIndex {
 public:
  static constexpr uint32_t kAbsent = UINT32_MAX;

  // Room for `expected` names; more may come.
  explicit NameIndex(size_t expected = 0) : key_(HashKey()) {
    Resize(std::bit_ceil(expected * 2 + 16));
  }

  // Gives `name` the number `id`, unless it has one. Returns the one it has.
  // name_of(i) is the name whose number is i.
  template <typename NameOf>
  uint32_t Insert(std::string_view name, uint32_t id, NameOf name_of) {
    const auto hash = static_cast<uint32_t>(HashText(name, key_) >> 32);
    Slot& slot = slots_[SlotOf(name, hash, name_of)];
    if (slot.id != kAbsent) return slot.id;
    slot = {hash, id};
    if (++used_ * 2 > slots_.size()) Resize(slots_.size() * 2);
    return id;
  }

  // kAbsent if it has none.
  template <typename NameOf>
  uint32_t Find(std::string_view name, NameOf name_of) const {
    const auto hash = static_cast<uint32_t>(HashText(name, key_) >> 32);
    return slots_[SlotOf(name, hash, name_of)].id;
  }

 private:
  struct Slot {
    uint32_t hash;
    uint32_t id;  // kAbsent: free
  };

  template <typename NameOf>
  size_t SlotOf(std::string_view name, uint32_t hash, NameOf name_of) const {
    const size_t mask = slots_.size() - 1;
    size_t at = hash & mask;
    while (slots_[at].id != kAbsent &&
           (slots_[at].hash != hash || name_of(slots_[at].id) != name)) {
      at = (at + 1) & mask;
    }
    return at;
  }

  void Resize(size_t size) {
    PodVector<Slot> old = std::move(slots_);
    slots_ = {};
    slots_.resize(size, Slot{0, kAbsent});
    const size_t mask = size - 1;
    for (const Slot& slot : old) {
      if (slot.id == kAbsent) continue;
      size_t at = slot.hash & mask;
      while (slots_[at].id != kAbsent) at = (at + 1) & mask;
      slots_[at] = slot;
    }
  }

  const uint64_t key_;
  size_t used_ = 0;
  PodVector<Slot> slots_;  // a power of two of them, at most half full
};

}  // namespace ptscope

#endif  // PTSCOPE_BASE_NAME_INDEX_H_
