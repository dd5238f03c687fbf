// What load_state_dict() looks at beside the tensors of a container.
#ifndef PTSCOPE_TORCH_STATE_DICT_METADATA_H_
#define PTSCOPE_TORCH_STATE_DICT_METADATA_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/pod_vector.h"
#include "pickle/dict_items.h"
#include "pickle/values.h"
#include "ptscope/checkpoint.h"
#include "ptscope/result.h"
#include "torch/children.h"
#include "torch/globals.h"
#include "torch/rebuild.h"

namespace ptscope::torch {

// Module.state_dict() gives an OrderedDict with an attribute:
//
//   _metadata   OrderedDict of module path ("" is the model) to {"version": n}
//
// which pickle writes as the object's state. A dict that was made of it by
// other means, dict(sd) or a comprehension, does not have it. What is of
// another type than this is as if it were not there.
class StateDictReader {
 public:
  // Is told of members before they are looked at, how many; an error ends it.
  using Spend = std::function<Status(uint64_t members)>;

  StateDictReader(const pickle::Values& values, Globals& globals,
                  TensorReader& tensors, Children& children,
                  Checkpoint& checkpoint)
      : values_(values),
        globals_(globals),
        tensors_(tensors),
        children_(children),
        dicts_(values),
        checkpoint_(checkpoint) {}

  // Adds the container to Checkpoint::state_dicts; `path` is its PathNode.
  // Errors: those of `spend`.
  Status Read(pickle::Ref container, uint32_t path, const Spend& spend);

 private:
  StateDict::Kind KindOf(pickle::Ref container);
  Status ReadKeys(pickle::Ref dict, const Spend& spend);
  Status ReadMetadata(pickle::Ref dict, StateDict& to, const Spend& spend);
  Status ReadModules(pickle::Ref metadata, const Spend& spend);
  Status FindIn(pickle::Ref map, std::string_view key, pickle::Ref& value,
                const Spend& spend);
  std::optional<int64_t> IntOf(pickle::Ref ref) const;
  bool IsText(pickle::Ref ref) const;
  std::string_view PythonClass(pickle::Ref ref);

  const pickle::Values& values_;
  Globals& globals_;
  TensorReader& tensors_;
  Children& children_;
  pickle::DictReader dicts_;
  Checkpoint& checkpoint_;
  PodVector<Child> scratch_;
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_STATE_DICT_METADATA_H_
