#include "json/key_set.h"

namespace ptscope {

namespace {

// Up to here comparing with each is faster than a table.
constexpr size_t kFew = 8;

}  // namespace

std::optional<uint64_t> KeySet::Add(std::string_view key, uint64_t offset) {
  const size_t id = keys_.size();
  keys_.push_back({key, offset});
  const uint32_t kept = FindOrAdd(objects_.back(), key);
  if (kept == id) return std::nullopt;
  keys_.pop_back();
  return keys_[kept].offset;
}

// The number of the first such key; that of the last key of all if it is new.
uint32_t KeySet::FindOrAdd(Object& object, std::string_view key) {
  const auto name_of = [this](uint32_t i) { return keys_[i].text; };
  const auto id = static_cast<uint32_t>(keys_.size() - 1);
  const auto first = static_cast<uint32_t>(object.first);
  if (object.index == nullptr) {
    if (id - first < kFew) {
      uint32_t i = first;
      while (i != id && keys_[i].text != key) ++i;
      return i;
    }
    object.index = std::make_unique<NameIndex>(4 * kFew);
    for (uint32_t i = first; i < id; ++i) {
      object.index->Insert(keys_[i].text, i, name_of);
    }
  }
  return object.index->Insert(key, id, name_of);
}

}  // namespace ptscope
