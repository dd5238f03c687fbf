// The walk from the root of an unpickled object to its tensors, which gives
// them their names.
#ifndef PTSCOPE_TORCH_WALK_H_
#define PTSCOPE_TORCH_WALK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "pickle/values.h"
#include "ptscope/checkpoint.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"
#include "torch/script_classes.h"
#include "torch/storages.h"

namespace ptscope::torch {

// Lists the tensors below `root` in `checkpoint` (tensors, extras, storages,
// paths, entries, root_kind), in the file's own order; its records are there
// already. `stream` names the pickle in errors, `stream_size` is its length.
//
// `metadata` and `evidence`: see OpenOptions.
//
// The naming rule is docs/names.md. Errors: kDamaged and kUnsupported where a
// tensor cannot be read, kLimit.
Status ListTensors(const pickle::Values& values, pickle::Ref root,
                   const StorageRecords& records, std::string_view stream,
                   uint64_t stream_size, const Limits& limits,
                   Checkpoint& checkpoint, bool metadata = false,
                   bool evidence = false);

// A pickle of TorchScript's, and what its archive says of it.
struct ScriptPickle {
  const pickle::Values& values;
  const StorageRecords& records;
  std::string_view stream;
  uint64_t stream_size;
  const Limits& limits;
};

// The same for the object tree of a TorchScript archive, whose classes tell
// parameters, buffers and other attributes apart. Where they do not, what
// requires a gradient is a parameter.
Status ListScript(const ScriptPickle& pickle, pickle::Ref root,
                  const ScriptClasses& classes, Checkpoint& checkpoint,
                  bool metadata);

// Adds the tensors below `root`, a tuple of constants, to the extras.
Status ListConstants(const ScriptPickle& pickle, pickle::Ref root,
                     Checkpoint& checkpoint);

class Walk;

// Lists values of a pickle under names that something else gives: attributes
// of a TorchScript archive of 1.0 to 1.2.
class PlacedLister {
 public:
  // `table`: the tensors that the pickle names by their index.
  PlacedLister(const ScriptPickle& pickle, const Table<Tensor>& table,
               Checkpoint& checkpoint);
  ~PlacedLister();
  PlacedLister(const PlacedLister&) = delete;
  PlacedLister& operator=(const PlacedLister&) = delete;

  // The value has the joined name `name`, whose last step begins at `step`, in
  // the container `path` of the checkpoint. Errors: as ListTensors.
  Status List(pickle::Ref value, uint32_t path, std::string_view name,
              size_t step);
  // The value is the state of the object that is the container `path`.
  Status ListState(pickle::Ref value, uint32_t path, std::string_view name);

  // As Entry::value.
  std::string ShortText(pickle::Ref value);

 private:
  std::unique_ptr<Walk> walk_;
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_WALK_H_
