#include "evidence/align.h"

#include <algorithm>

#include "ptscope/checkpoint.h"

namespace ptscope::evidence {

namespace {

enum Step : uint8_t { kBoth, kSkipA, kSkipB };

// The middle, whose first and last elements differ.
void AlignMiddle(std::span<const uint32_t> a, std::span<const uint32_t> b,
                 uint32_t offset, std::span<uint32_t> partner) {
  const size_t width = b.size() + 1;
  std::vector<uint8_t> steps(a.size() * width, kSkipA);
  // Length of the best alignment of the rest of both, row by row from below.
  std::vector<uint32_t> below(width, 0);
  std::vector<uint32_t> row(width, 0);
  for (size_t i = a.size(); i-- > 0;) {
    row[b.size()] = 0;
    for (size_t j = b.size(); j-- > 0;) {
      uint8_t& step = steps[i * width + j];
      if (a[i] == b[j]) {
        row[j] = below[j + 1] + 1;
        step = kBoth;
      } else if (row[j + 1] >= below[j]) {
        row[j] = row[j + 1];
        step = kSkipB;
      } else {
        row[j] = below[j];
      }
    }
    std::swap(row, below);
  }
  for (size_t i = 0, j = 0; i < a.size();) {
    const uint8_t step = steps[i * width + j];
    if (step == kBoth) {
      partner[i++] = static_cast<uint32_t>(offset + j++);
    } else if (step == kSkipB) {
      ++j;
    } else {
      ++i;
    }
  }
}

}  // namespace

std::optional<std::vector<uint32_t>> Align(std::span<const uint32_t> a,
                                           std::span<const uint32_t> b) {
  std::vector<uint32_t> partner(a.size(), kNone);
  size_t front = 0;
  while (front < a.size() && front < b.size() && a[front] == b[front]) {
    partner[front] = static_cast<uint32_t>(front);
    ++front;
  }
  size_t back = 0;
  while (back < a.size() - front && back < b.size() - front &&
         a[a.size() - 1 - back] == b[b.size() - 1 - back]) {
    partner[a.size() - 1 - back] = static_cast<uint32_t>(b.size() - 1 - back);
    ++back;
  }
  const auto rest_a = a.subspan(front, a.size() - front - back);
  const auto rest_b = b.subspan(front, b.size() - front - back);
  if (rest_a.empty()) return partner;
  if ((rest_b.size() + 1) > kMostCells / rest_a.size()) return {};
  AlignMiddle(rest_a, rest_b, static_cast<uint32_t>(front),
              std::span(partner).subspan(front, rest_a.size()));
  return partner;
}

}  // namespace ptscope::evidence
