// Boxes: whether axis-aligned boxes of whole coordinates fill another one.
#ifndef PTSCOPE_BASE_BOXES_H_
#define PTSCOPE_BASE_BOXES_H_

#include <cstdint>
#include <span>

#include "base/wide.h"

namespace ptscope {

// The coordinates from `begin` on, `size` of them in each dimension.
struct Box {
  std::span<const int64_t> begin;
  std::span<const int64_t> size;
};

// The box has as many dimensions as `outer`, and lies in it from 0 on.
bool Fits(const Box& box, std::span<const int64_t> outer);

// The number of points in it.
Wide VolumeOf(const Box& box);

// Whether each point of `outer` is in exactly one of the boxes, which must all
// fit. Never false for boxes of which that is true; true for others with a
// chance of about 2^-58, which a file cannot raise. O(boxes x dimensions).
bool Tile(std::span<const Box> boxes, std::span<const int64_t> outer);

}  // namespace ptscope

#endif  // PTSCOPE_BASE_BOXES_H_
