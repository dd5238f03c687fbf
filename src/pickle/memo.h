// Memo: what PUT stores and GET reads back.
#ifndef PTSCOPE_PICKLE_MEMO_H_
#define PTSCOPE_PICKLE_MEMO_H_

#include <cstdint>
#include <unordered_map>

#include "base/pod_vector.h"
#include "pickle/values.h"

namespace ptscope::pickle {

// Writers number from 0 (Python 2 from 1) without holes: those are an array.
// An index far ahead of the number of PUTs goes into a map, so that no index
// sizes an allocation.
class Memo {
 public:
  [[gnu::always_inline]] void Put(uint64_t index, Ref value) {
    // The next one of a writer that numbers without holes.
    if (index == dense_.size() && sparse_.empty()) [[likely]] {
      dense_.push_back(value);
      ++count_;
      return;
    }
    PutAnywhere(index, value);
  }

  // kAbsent if nothing was stored there.
  [[gnu::always_inline]] Ref Get(uint64_t index) const {
    if (index < dense_.size() && !(dense_[index] == Ref::kAbsent)) [[likely]] {
      return dense_[index];
    }
    return GetSparse(index);
  }

  // Number of indices in use: MEMOIZE stores at this one.
  uint64_t count() const { return count_; }

  uint64_t bytes() const {
    return dense_.size() * sizeof(Ref) + sparse_.size() * 48;
  }

 private:
  static constexpr uint64_t kGap = 4;

  [[gnu::noinline]] Ref GetSparse(uint64_t index) const {
    const auto it = sparse_.find(index);
    return it == sparse_.end() ? Ref::kAbsent : it->second;
  }
  // An index that was far ahead once is in the map, and no longer read there.
  bool IsNew(uint64_t index) const {
    return sparse_.empty() || !sparse_.contains(index);
  }
  [[gnu::noinline]] void PutAnywhere(uint64_t index, Ref value) {
    if (index < dense_.size()) {
      if (dense_[index] == Ref::kAbsent && IsNew(index)) ++count_;
      dense_[index] = value;
      return;
    }
    // The array is at most kGap times as long as there are PUTs.
    if (index >= dense_.size() + kGap || dense_.size() > kGap * (count_ + 1)) {
      return PutSparse(index, value);
    }
    dense_.resize(index, Ref::kAbsent);
    if (IsNew(index)) ++count_;
    dense_.push_back(value);
  }
  void PutSparse(uint64_t index, Ref value) {
    if (sparse_.insert_or_assign(index, value).second) ++count_;
  }

  PodVector<Ref> dense_;
  std::unordered_map<uint64_t, Ref> sparse_;
  uint64_t count_ = 0;
};

}  // namespace ptscope::pickle

#endif  // PTSCOPE_PICKLE_MEMO_H_
