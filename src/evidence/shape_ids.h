// A small number for each shape that is met.
#ifndef PTSCOPE_EVIDENCE_SHAPE_IDS_H_
#define PTSCOPE_EVIDENCE_SHAPE_IDS_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/name_index.h"

namespace ptscope::evidence {

// The shapes must outlive it.
class ShapeIds {
 public:
  uint32_t Of(std::span<const int64_t> shape) {
    const auto next = static_cast<uint32_t>(shapes_.size());
    shapes_.push_back(shape);
    const uint32_t id = index_.Insert(
        Bytes(shape), next, [this](uint32_t i) { return Bytes(shapes_[i]); });
    if (id != next) shapes_.pop_back();
    return id;
  }
  std::span<const int64_t> Shape(uint32_t id) const { return shapes_[id]; }
  size_t size() const { return shapes_.size(); }

 private:
  static std::string_view Bytes(std::span<const int64_t> shape) {
    return {reinterpret_cast<const char*>(shape.data()), shape.size_bytes()};
  }

  std::vector<std::span<const int64_t>> shapes_;
  NameIndex index_;
};

}  // namespace ptscope::evidence

#endif  // PTSCOPE_EVIDENCE_SHAPE_IDS_H_
