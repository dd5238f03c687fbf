// How much memory a listing may take.
#ifndef PTSCOPE_TORCH_LISTING_BUDGET_H_
#define PTSCOPE_TORCH_LISTING_BUDGET_H_

#include <cstdint>

#include "ptscope/limits.h"

namespace ptscope::torch {

// Limits::listing_bytes, or what stands for 0.
inline uint64_t ListingBudget(const Limits& limits, uint64_t stream_size) {
  if (limits.listing_bytes != 0) return limits.listing_bytes;
  return (24ull << 20) + 3 * stream_size;
}

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_LISTING_BUDGET_H_
