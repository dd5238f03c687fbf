// KeyTable: text keys to 32-bit numbers, first come, first kept.
//
// Storage keys and the records they name are mostly "0", "1", "2", …: such a
// key is an index into an array, so that a million of them cost no hashing.
// Any other text goes into an open-addressing hash table.
#ifndef PTSCOPE_BASE_KEY_TABLE_H_
#define PTSCOPE_BASE_KEY_TABLE_H_

#include <cstdint>
#include <string_view>

#include "base/pod_vector.h"

namespace ptscope {

class KeyTable {
 public:
  static constexpr uint32_t kAbsent = UINT32_MAX;

  KeyTable();

  // The number kept for `key`; kAbsent if there is none.
  uint32_t Find(std::string_view key) const;

  // Keeps `value` for `key` and returns kAbsent; if there is a number already,
  // changes nothing and returns that. The text must outlive the table.
  uint32_t Insert(std::string_view key, uint32_t value);

  // Keeps `value` in the place of the number that is there and returns that;
  // kAbsent, and nothing is changed, if there is none.
  uint32_t Exchange(std::string_view key, uint32_t value);

  // Makes room for n keys.
  void Reserve(size_t n);

 private:
  struct Slot {
    const char* text;
    uint32_t length;
    uint32_t value;  // kAbsent: free
  };

  static uint32_t CanonicalNumber(std::string_view key);
  size_t SlotOf(std::string_view key) const;
  void Rehash(size_t slots);

  const uint64_t hash_key_;
  uint32_t count_ = 0;
  PodVector<uint32_t> dense_;
  PodVector<Slot> slots_;  // a power of two of them, at most half full
  uint32_t used_ = 0;
};

}  // namespace ptscope

#endif  // PTSCOPE_BASE_KEY_TABLE_H_
