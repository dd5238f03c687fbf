#include "base/key_table.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"

namespace ptscope {

namespace {

// A number is an array index only while the array stays in proportion to what
// has been inserted.
constexpr uint32_t kSlack = 1024;

}  // namespace

KeyTable::KeyTable() : hash_key_(HashKey()) {}

// The value of "0", "7", "123"; kAbsent for "", "007", "+1", large numbers.
uint32_t KeyTable::CanonicalNumber(std::string_view key) {
  if (key.empty() || key.size() > 9) return kAbsent;
  uint32_t value = 0;
  for (const char c : key) {
    const auto digit = static_cast<uint32_t>(static_cast<uint8_t>(c)) - '0';
    if (digit > 9) return kAbsent;
    value = value * 10 + digit;
  }
  return key[0] == '0' && key.size() > 1 ? kAbsent : value;
}

uint32_t KeyTable::Find(std::string_view key) const {
  const uint32_t number = CanonicalNumber(key);
  if (number < dense_.size() && dense_[number] != kAbsent) {
    return dense_[number];
  }
  return used_ == 0 ? kAbsent : slots_[SlotOf(key)].value;
}

uint32_t KeyTable::Exchange(std::string_view key, uint32_t value) {
  const uint32_t number = CanonicalNumber(key);
  if (number < dense_.size() && dense_[number] != kAbsent) {
    return std::exchange(dense_[number], value);
  }
  if (used_ == 0) return kAbsent;
  uint32_t& kept = slots_[SlotOf(key)].value;
  return kept == kAbsent ? kAbsent : std::exchange(kept, value);
}

uint32_t KeyTable::Insert(std::string_view key, uint32_t value) {
  const uint32_t number = CanonicalNumber(key);
  if (number < dense_.size() && dense_[number] != kAbsent) {
    return dense_[number];
  }
  const bool is_index = number != kAbsent && number / 2 < count_ + 1 + kSlack;
  size_t slot = 0;
  if (used_ > 0 || !is_index) {
    if (used_ + size_t{1} > slots_.size() / 2) Rehash(2 * slots_.size());
    slot = SlotOf(key);
    if (slots_[slot].value != kAbsent) return slots_[slot].value;
  }
  ++count_;
  if (!is_index) {
    slots_[slot] = {key.data(), static_cast<uint32_t>(key.size()), value};
    ++used_;
  } else if (number == dense_.size()) {
    dense_.push_back(value);
  } else {
    if (number > dense_.size()) dense_.resize(number + 1, kAbsent);
    dense_[number] = value;
  }
  return kAbsent;
}

void KeyTable::Reserve(size_t n) {
  size_t slots = 64;
  while (slots / 2 < n) slots *= 2;
  if (slots > slots_.size()) Rehash(slots);
}

// The slot that holds `key`, or the free one where it belongs.
size_t KeyTable::SlotOf(std::string_view key) const {
  const size_t mask = slots_.size() - 1;
  size_t at = HashText(key, hash_key_) & mask;
  while (slots_[at].value != kAbsent &&
         std::string_view(slots_[at].text, slots_[at].length) != key) {
    at = (at + 1) & mask;
  }
  return at;
}

// To that many slots, at least a few; a power of two.
void KeyTable::Rehash(size_t slots) {
  PodVector<Slot> old = std::move(slots_);
  slots_ = {};
  slots_.resize(std::max<size_t>(slots, 64), Slot{nullptr, 0, kAbsent});
  for (const Slot& slot : old) {
    if (slot.value == kAbsent) continue;
    slots_[SlotOf({slot.text, slot.length})] = slot;
  }
}

}  // namespace ptscope
