// Small parts of a file, in few reads.
#ifndef PTSCOPE_IO_BATCHED_READS_H_
#define PTSCOPE_IO_BATCHED_READS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/pod_vector.h"
#include "ptscope/result.h"
#include "ptscope/source.h"

namespace ptscope {

struct ByteRange {
  uint64_t begin = 0;
  uint64_t end = 0;
};

// Calls visit(i, bytes of range_of(i)) for each i below n, and passes its error
// on. The ranges lie within the source, begin in ascending order, and are short
// in comparison with kBatch. Neighbours less than kBatchGap apart are one read.
template <typename RangeOf, typename Visit>
Status ReadBatched(const Source& source, size_t n, RangeOf range_of,
                   Visit visit) {
  constexpr uint64_t kBatchGap = 64 << 10;
  constexpr uint64_t kBatch = 1 << 20;
  PodVector<std::byte> window;
  for (size_t i = 0; i < n;) {
    const auto [begin, first_end] = range_of(i);
    uint64_t last = begin;
    uint64_t end = first_end;
    size_t behind = i + 1;
    for (; behind < n; ++behind) {
      const ByteRange next = range_of(behind);
      if (next.begin - last > kBatchGap || next.end - begin > kBatch) break;
      last = next.begin;
      end = std::max(end, next.end);
    }
    window.resize_uninitialized(static_cast<size_t>(end - begin));
    PTSCOPE_CHECK(ReadExactly(source, begin, {window.data(), window.size()}));
    for (; i < behind; ++i) {
      const ByteRange range = range_of(i);
      PTSCOPE_CHECK(
          visit(i, std::span<const std::byte>(window.data(), window.size())
                       .subspan(static_cast<size_t>(range.begin - begin),
                                static_cast<size_t>(range.end - range.begin))));
    }
  }
  return {};
}

}  // namespace ptscope

#endif  // PTSCOPE_IO_BATCHED_READS_H_
