// What a training script saved beside the model, read while the pickle's values
// are there: optimizers, declared parameters, plain settings.
#ifndef PTSCOPE_TORCH_TRAINING_STATE_H_
#define PTSCOPE_TORCH_TRAINING_STATE_H_

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pickle/values.h"
#include "ptscope/checkpoint.h"
#include "ptscope/result.h"
#include "torch/globals.h"
#include "torch/storages.h"

namespace ptscope::torch {

// What is of another type than a training script writes is as if it were not
// there: it is no evidence of anything.
class TrainingReader {
 public:
  // Is told of members before they are looked at, how many; an error ends it.
  using Spend = std::function<Status(uint64_t members)>;

  TrainingReader(const pickle::Values& values, Globals& globals,
                 Checkpoint& checkpoint)
      : values_(values),
        globals_(globals),
        checkpoint_(checkpoint),
        lazy_(globals.Mentions(Meaning::kUninitialized)) {}

  // Looks at a container with tensors below it; `path` is its PathNode, `place`
  // its dotted name. Errors: those of `spend`.
  Status Read(pickle::Ref container, uint32_t path, std::string_view place,
              const Spend& spend);

  // The same of one without tensors, and of its children.
  Status ReadEmpty(pickle::Ref container, std::string_view place,
                   const Spend& spend);

  // Which records the persistent ids of the stream name.
  void ReadNamedRecords(const StorageRecords& records);

 private:
  struct Found;

  Result<Found> Look(pickle::Ref container, const Spend& spend);
  void Take(const Found& found, std::string_view place);
  Status FindUninitialized(pickle::Ref container, std::string_view place,
                           const Spend& spend);
  Status ReadOptimizer(const Found& found, uint32_t path,
                       std::string_view place, const Spend& spend);
  Status ReadGroup(pickle::Ref group, uint32_t number, const Spend& spend);
  bool AddParameter(pickle::Ref ref, pickle::Ref name, uint32_t group);
  Status ReadShapes(pickle::Ref shapes, const Spend& spend);
  Status ReadShared(pickle::Ref shared, const Spend& spend);
  bool ReadShape(pickle::Ref ref, std::span<const int64_t>& to);
  bool IsMapping(pickle::Ref ref);
  bool IsText(pickle::Ref ref) const;
  std::string_view Copy(std::string_view text);

  template <typename Visit>
  void ForEachPair(pickle::Ref map, Visit visit);
  template <typename Visit>
  void ForEachMember(pickle::Ref list, Visit visit) const;
  uint64_t MembersOf(pickle::Ref ref);

  const pickle::Values& values_;
  Globals& globals_;
  Checkpoint& checkpoint_;
  const bool lazy_;  // the stream has uninitialized values
  std::vector<int64_t> shape_;
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_TRAINING_STATE_H_
