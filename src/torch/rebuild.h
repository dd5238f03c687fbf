// Calls that rebuild a tensor, read without being made.
//
// Each form of torch/_utils.py has one function here; its arguments are those
// of format 4.3: docs/formats/torch_objects.md.
#ifndef PTSCOPE_TORCH_REBUILD_H_
#define PTSCOPE_TORCH_REBUILD_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pickle/dict_items.h"
#include "pickle/values.h"
#include "ptscope/checkpoint.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"
#include "torch/dimensions.h"
#include "torch/globals.h"
#include "torch/storages.h"

namespace ptscope::torch {

class TensorReader {
 public:
  // `table`: tensors that the pickle names by their index; else null.
  TensorReader(const pickle::Values& values, Globals& globals,
               Storages& storages, const Limits& limits, Checkpoint& checkpoint,
               const Table<Tensor>* table = nullptr)
      : values_(values),
        globals_(globals),
        storages_(storages),
        limits_(limits),
        checkpoint_(checkpoint),
        table_(table),
        dicts_(values),
        dimensions_(values, globals, limits, checkpoint.arena()) {}

  // The value is a tensor, or stands for one.
  bool IsTensor(pickle::Ref ref);

  // Reads a value that IsTensor. Sets everything but name and path. Errors:
  // kDamaged, kUnsupported, kLimit; the message says "its …".
  Status Read(pickle::Ref ref, Tensor& to) { return Read(ref, to, 0); }

  // What hangs on a tensor beside its values: Python attributes, the parts of
  // a subclass. kAbsent: nothing.
  pickle::Ref AttributesOf(pickle::Ref ref);

 private:
  using Args = std::span<const pickle::Ref>;

  std::optional<pickle::Ref> WrappedBy(pickle::Ref ref);
  bool IsBareTensor(pickle::Ref ref);
  Status Read(pickle::Ref ref, Tensor& to, int depth);
  Status Rebuild(Meaning meaning, Args args, Tensor& to, int depth);
  Status FromStorage(Args args, Tensor& to, Dtype dtype);
  Status FromState(pickle::Ref ref, const GlobalFact& fact, Tensor& to,
                   int depth);
  Status Parameter(Args args, Tensor& to, int depth);
  Status Quantized(Args args, Tensor& to, int depth);
  Status Sparse(Args args, Tensor& to, int depth);
  Status ScriptSparse(Args args, Tensor& to, int depth);
  Status SparseComponents(Layout layout, Args parts, pickle::Ref size,
                          Tensor& to, int depth);
  Status Nested(Args args, Tensor& to, int depth);
  Status Jagged(Args args, Tensor& to, int depth);
  Status Meta(Args args, Tensor& to);
  Status FromNumpy(Args args, Tensor& to);
  Status WrapperSubclass(Args args, Tensor& to);
  Status FromType(Args args, Tensor& to, int depth);
  Status Sharded(pickle::Ref ref, Tensor& to);
  Status FromTable(pickle::Ref ref, Tensor& to);
  Status SetLocalShape(pickle::Ref state, Tensor& to);
  Result<std::span<const int64_t>> SizeOf(pickle::Ref tensor);
  pickle::Ref Attribute(pickle::Ref object, std::string_view name) const;

  Status Place(StorageView storage, Dtype dtype, pickle::Ref offset,
               pickle::Ref size, pickle::Ref stride, Tensor& to);
  Status SetShape(pickle::Ref size, Tensor& to);
  Status SetStride(pickle::Ref stride, Tensor& to);
  Status SetContiguous(Tensor& to);
  Status SetDtype(pickle::Ref dtype, Tensor& to);
  Status Components(std::span<const pickle::Ref> parts,
                    std::span<const std::string_view> names, Tensor& to,
                    int depth);
  void FindProblem(Tensor& to);
  TensorDetail& DetailOf(Tensor& to);
  std::string_view TextOf(pickle::Ref ref);
  void SetMetadata(pickle::Ref metadata, Tensor& to);
  static void SetRequiresGrad(pickle::Ref flag, Tensor& to);

  const pickle::Values& values_;
  Globals& globals_;
  Storages& storages_;
  const Limits& limits_;
  Checkpoint& checkpoint_;
  const Table<Tensor>* const table_;
  pickle::DictReader dicts_;
  Dimensions dimensions_;
  std::vector<int64_t> scratch_;
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_REBUILD_H_
