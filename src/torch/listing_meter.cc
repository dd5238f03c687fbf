#include "torch/listing_meter.h"

#include <fmt/format.h>

#include <string>

#include "base/arena.h"
#include "torch/listing_budget.h"

namespace ptscope::torch {

namespace {

uint64_t BytesOf(const TrainingState& t) {
  return t.optimizers.size() * sizeof(Optimizer) +
         t.parameters.size() * sizeof(OptimizerParameter) +
         t.state_numbers.size() * sizeof(int64_t) +
         t.declared.size() * sizeof(DeclaredParameter) +
         t.settings.size() * sizeof(Setting) +
         t.uninitialized.size() * sizeof(std::string_view);
}

uint64_t BytesOf(const Checkpoint& c) {
  return c.arena().used() +
         (c.tensors.size() + c.extras.size()) * sizeof(Tensor) +
         c.storages.size() * sizeof(Storage) +
         c.details.size() * sizeof(TensorDetail) +
         c.paths.size() * sizeof(PathNode) + c.entries.size() * sizeof(Entry) +
         c.state_dicts.size() * sizeof(StateDict) +
         c.modules.size() * sizeof(ModuleMetadata) +
         c.other_keys.size() * sizeof(OtherKey) + BytesOf(c.training);
}

}  // namespace

ListingMeter::ListingMeter(const Checkpoint& checkpoint, const Limits& limits,
                           std::string_view record, uint64_t size)
    : checkpoint_(checkpoint),
      record_(record),
      before_(BytesOf(checkpoint)),
      most_(ListingBudget(limits, size)) {}

bool ListingMeter::ArenaIsWithin() const {
  const uint64_t used = checkpoint_.arena().used();
  return used < before_ || used - before_ < most_;
}

Status ListingMeter::Check(uint64_t beside) const {
  const uint64_t bytes = BytesOf(checkpoint_) - before_ + beside;
  if (bytes <= most_) return {};
  return Error{.code = ErrorCode::kLimit,
               .message =
                   "the tensors and their names take more memory than "
                   "the limit `listing_bytes`: the file repeats itself",
               .record = std::string(record_),
               .found = fmt::format("{} bytes", bytes),
               .expected = fmt::format("at most {}", most_)};
}

}  // namespace ptscope::torch
