// FileNames: the names of the file's side, to be looked up.
#ifndef PTSCOPE_COMPARE_FILE_NAMES_H_
#define PTSCOPE_COMPARE_FILE_NAMES_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/name_index.h"
#include "ptscope/name_filter.h"

namespace ptscope::compare {

// `names` must outlive it; positions are those in it.
class FileNames {
 public:
  FileNames(const std::vector<std::string_view>& names,
            const NameFilter& filter)
      : name_of_{names}, index_(names.size()) {
    uses_.resize(size());
    for (uint32_t i = 0; i < size(); ++i) {
      const std::string_view name = name_of_(i);
      if (filter.Keeps(name)) ++uses_[index_.Insert(name, i, name_of_)];
    }
  }

  size_t size() const { return name_of_.names.size(); }
  std::string_view name(uint32_t position) const { return name_of_(position); }

  // Of the first tensor with that name; kNone if there is none. `guess` is a
  // position that is tried first: files are mostly in the reference's order.
  uint32_t Find(std::string_view name, uint32_t guess) const {
    if (guess < size() && uses_[guess] != 0 && name_of_(guess) == name) {
      return guess;
    }
    return index_.Find(name, name_of_);
  }

  // Tensors with the name at `position`; 0 where it is not the first of them,
  // or the filter drops it.
  uint32_t uses(uint32_t position) const { return uses_[position]; }

 private:
  struct NameOf {
    const std::vector<std::string_view>& names;
    std::string_view operator()(uint32_t i) const { return names[i]; }
  };

  NameOf name_of_;
  NameIndex index_;
  std::vector<uint32_t> uses_;
};

}  // namespace ptscope::compare

#endif  // PTSCOPE_COMPARE_FILE_NAMES_H_
