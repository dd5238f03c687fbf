// The items of a dict as Python would have them: of equal keys the last value,
// in the place of the first.
#ifndef PTSCOPE_PICKLE_DICT_ITEMS_H_
#define PTSCOPE_PICKLE_DICT_ITEMS_H_

#include <cstdint>
#include <unordered_map>

#include "base/pod_vector.h"
#include "pickle/values.h"

namespace ptscope::pickle {

struct Item {
  Ref key;
  Ref value;
};

// Reads dicts, and objects whose items are pairs. One reader serves many dicts
// and keeps its scratch memory.
class DictReader {
 public:
  explicit DictReader(const Values& values);

  // Appends the items of `dict` to `to`. As in Python 1, 1.0 and True are one
  // key, and a str equals Python 2's of the same bytes; tuples are equal if
  // their members are.
  void Read(Ref dict, PodVector<Item>& to);

  // The value of a str key; kAbsent if there is none.
  Ref Find(Ref dict, std::string_view key) const;

 private:
  bool Equal(Ref a, Ref b) const {
    int budget = kBudget;
    return Equal(a, b, 0, budget);
  }
  bool Equal(Ref a, Ref b, int depth, int& budget) const;
  uint64_t Hash(Ref key) {
    int budget = kBudget;
    return Hash(key, 0, budget);
  }
  uint64_t Hash(Ref key, int depth, int& budget);
  uint64_t HashOfText(Ref key);

  // Members of one tuple, nested ones included, that are looked at: keys of
  // more are equal only if they are one object.
  static constexpr int kBudget = 256;

  const Values& values_;
  const uint64_t hash_key_;
  PodVector<uint32_t> slots_;   // index of an item + 1; 0: free
  PodVector<uint64_t> hashes_;  // of the items
  std::unordered_map<uint32_t, uint64_t> long_texts_;  // hashes, by node
};

}  // namespace ptscope::pickle

#endif  // PTSCOPE_PICKLE_DICT_ITEMS_H_
