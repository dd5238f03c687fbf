// ModuleTree: tensors of a checkpoint, added up by module.
#ifndef PTSCOPE_MODULE_TREE_H_
#define PTSCOPE_MODULE_TREE_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "ptscope/checkpoint.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"
#include "ptscope/roots.h"

namespace ptscope {

// The containers on the way to a tensor are modules, each a step. So are the
// parts of the tensor's own key but the last: a state_dict joins the names of
// its modules with dots. A container's key is one step, dots or not.
struct Module {
  std::string_view name;  // steps joined with dots; empty: the root
  uint32_t depth = 0;     // steps from the root
  uint64_t tensors = 0;   // of it and of all modules below it
  // Of these tensors what Inventory has of them: elements, of tied names once,
  // and logical bytes. UINT64_MAX: that many or more.
  uint64_t parameters = 0;
  uint64_t nbytes = 0;
};

struct ModuleTreeOptions {
  // Siblings: as the file has them first, by their last step in natural order,
  // or the one of the most bytes first.
  enum class Order : uint8_t { kFile, kName, kSize };

  uint32_t depth = UINT32_MAX;  // modules of that many steps at most
  Order order = Order::kFile;
  Limits limits = {};
};

// The root, then each module right behind its parent or behind what is below
// an elder sibling. Names live as long as the checkpoint. O(n log n), n the
// length of the names. Error: kLimit (`module_bytes`).
Result<std::vector<Module>> ModuleTree(const Checkpoint& checkpoint,
                                       const RootChoice& root,
                                       const ModuleTreeOptions& options = {});

}  // namespace ptscope

#endif  // PTSCOPE_MODULE_TREE_H_
