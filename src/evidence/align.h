// The longest common subsequence of two sequences of small numbers.
#ifndef PTSCOPE_EVIDENCE_ALIGN_H_
#define PTSCOPE_EVIDENCE_ALIGN_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace ptscope::evidence {

// Time and memory are the product of the lengths, once equal ends are cut off.
inline constexpr uint64_t kMostCells = 3'000'000;

// For each element of `a` the index of its partner in `b`, kNone if it has
// none. nullopt: it would take more than kMostCells.
std::optional<std::vector<uint32_t>> Align(std::span<const uint32_t> a,
                                           std::span<const uint32_t> b);

}  // namespace ptscope::evidence

#endif  // PTSCOPE_EVIDENCE_ALIGN_H_
