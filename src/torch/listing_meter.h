// How much memory the listing of one file takes.
#ifndef PTSCOPE_TORCH_LISTING_METER_H_
#define PTSCOPE_TORCH_LISTING_METER_H_

#include <cstdint>
#include <string_view>

#include "ptscope/checkpoint.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"

namespace ptscope::torch {

// Limits::listing_bytes, for what is added to a checkpoint from now on. Names
// of honest files are bounded by what they are written in; values that refer
// to each other, and long names of outer modules, can make them grow without
// end.
class ListingMeter {
 public:
  // The tensors are described in `size` bytes, which errors call `record`; both
  // the checkpoint and the name must outlive the meter.
  ListingMeter(const Checkpoint& checkpoint, const Limits& limits,
               std::string_view record, uint64_t size);

  // `beside`: bytes of memory that are not the checkpoint's. Errors: kLimit.
  Status Check(uint64_t beside = 0) const;

  // Text and numbers lie in the arena, which is quick to ask.
  bool ArenaIsWithin() const;

 private:
  const Checkpoint& checkpoint_;
  const std::string_view record_;
  const uint64_t before_;  // bytes that were there
  const uint64_t most_;
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_LISTING_METER_H_
