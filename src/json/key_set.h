// KeySet: the keys of the objects that are open, to find one that is there
// twice. Memory is in proportion to the keys of open objects.
#ifndef PTSCOPE_JSON_KEY_SET_H_
#define PTSCOPE_JSON_KEY_SET_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/name_index.h"

namespace ptscope {

class KeySet {
 public:
  void Open() { objects_.push_back({keys_.size(), nullptr}); }
  void Close() {
    keys_.resize(objects_.back().first);
    objects_.pop_back();
  }

  // Adds a key of the innermost object, which must outlive the set. If it is
  // there already, where: its offset.
  std::optional<uint64_t> Add(std::string_view key, uint64_t offset);

 private:
  struct Key {
    std::string_view text;
    uint64_t offset;
  };
  struct Object {
    size_t first;                      // of its keys
    std::unique_ptr<NameIndex> index;  // of a large one
  };

  uint32_t FindOrAdd(Object& object, std::string_view key);

  std::vector<Key> keys_;
  std::vector<Object> objects_;
};

}  // namespace ptscope

#endif  // PTSCOPE_JSON_KEY_SET_H_
