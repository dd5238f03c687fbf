// FinalNames: the names of the file's side after renames and prefixes.
#ifndef PTSCOPE_COMPARE_FINAL_NAMES_H_
#define PTSCOPE_COMPARE_FINAL_NAMES_H_

#include <span>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "ptscope/compare.h"
#include "ptscope/result.h"
#include "ptscope/rules.h"
#include "ptscope/tensor_list.h"

namespace ptscope::compare {

struct FinalNames {
  std::vector<std::string_view> names;  // by index into the file's tensors
  std::vector<bool> rename_fits;        // by rule: whether it fit any name
};

// What is renamed lies in `arena`, the rest where it was. Error: kLimit for
// names that grow out of proportion.
Result<FinalNames> RenameAll(const TensorList& file,
                             std::span<const RenameRule> renames,
                             std::span<const PrefixChange> prefixes,
                             Arena& arena);

}  // namespace ptscope::compare

#endif  // PTSCOPE_COMPARE_FINAL_NAMES_H_
