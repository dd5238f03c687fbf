#include "model/extents.h"

#include <algorithm>
#include <compare>

#include "base/checked_math.h"

namespace ptscope {

namespace {

// `a * b + c`; UINT64_MAX where that is too large.
uint64_t Saturating(uint64_t a, uint64_t b, uint64_t c) {
  const auto product = CheckedMul(a, b);
  const auto sum = product ? CheckedAdd(*product, c) : std::nullopt;
  return sum.value_or(UINT64_MAX);
}

// Elements from the first to behind the last. Of a tensor without strides, or
// with strides or sizes that make no sense, as if it were contiguous.
uint64_t SpanOf(const Tensor& t) {
  if (t.shape.size() != t.stride.size()) return t.numel;
  uint64_t last = 0;
  for (size_t i = 0; i < t.shape.size(); ++i) {
    if (t.shape[i] < 1 || t.stride[i] < 0) return t.numel;
    last = Saturating(static_cast<uint64_t>(t.shape[i] - 1),
                      static_cast<uint64_t>(t.stride[i]), last);
  }
  return Saturating(last, 1, 1);
}

// The byte that holds the first bit behind `elements` elements, or the byte
// behind the last one.
uint64_t BytesDown(uint64_t elements, Dtype dtype) {
  return Saturating(elements, BitsPerElement(dtype), 0) / 8;
}
uint64_t BytesUp(uint64_t elements, Dtype dtype) {
  return Saturating(elements, BitsPerElement(dtype), 7) / 8;
}

std::strong_ordering Order(std::span<const int64_t> a,
                           std::span<const int64_t> b) {
  return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(),
                                                b.end());
}

bool Before(const Extent& a, const Extent& b) {
  if (a.storage != b.storage) return a.storage < b.storage;
  if (a.begin != b.begin) return a.begin < b.begin;
  const Tensor& s = *a.tensor;
  const Tensor& t = *b.tensor;
  if (s.dtype != t.dtype) return s.dtype < t.dtype;
  if (s.conjugate != t.conjugate) return t.conjugate;
  if (s.negative != t.negative) return t.negative;
  if (s.storage_offset != t.storage_offset) {
    return s.storage_offset < t.storage_offset;
  }
  if (const auto order = Order(s.shape, t.shape); order != 0) return order < 0;
  if (const auto order = Order(s.stride, t.stride); order != 0) {
    return order < 0;
  }
  return a.position < b.position;
}

// Collects extents. What a tensor consists of is in its detail, which several
// tensors may share: each detail is entered once, so that shared parts cost
// nothing. Listed tensors must be added first.
class Collector {
 public:
  explicit Collector(const Checkpoint& checkpoint)
      : checkpoint_(checkpoint), entered_(checkpoint.details.size()) {}

  // `position` in the list; kNone of a tensor that is not listed.
  void Add(const Tensor& tensor, uint32_t position) {
    AddOwn(tensor, position, position);
    AddParts(tensor);
    while (!parts_.empty()) {
      const Tensor& part = *parts_.back();
      parts_.pop_back();
      AddOwn(part, kNone, position);
      AddParts(part);
    }
  }

  std::vector<Extent> Take() { return std::move(extents_); }

 private:
  void AddOwn(const Tensor& t, uint32_t position, uint32_t owner) {
    if (t.storage == kNone || t.numel == 0) return;
    const Storage& storage = checkpoint_.storages[t.storage];
    const bool view = storage.view_of != kNone;
    const uint32_t root = view ? storage.view_of : t.storage;
    const uint64_t size = checkpoint_.storages[root].nbytes;
    const auto within = [&](uint64_t bytes) {
      return std::min(size, Saturating(bytes, 1, storage.view_offset));
    };
    const uint64_t last = Saturating(t.storage_offset, 1, SpanOf(t));
    const bool known = BitsPerElement(t.dtype) != 0;
    extents_.push_back({.storage = root,
                        .position = position,
                        .owner = owner,
                        .begin = within(BytesDown(t.storage_offset, t.dtype)),
                        .end = known ? within(BytesUp(last, t.dtype)) : size,
                        .tensor = &t});
  }

  void AddParts(const Tensor& t) {
    if (t.detail == kNone) return;
    if (entered_[t.detail]) return;
    entered_[t.detail] = true;
    const TensorDetail& detail = checkpoint_.details[t.detail];
    for (const Tensor& part : detail.components) parts_.push_back(&part);
    if (detail.quantizer == nullptr) return;
    for (const Tensor& part : detail.quantizer->parameters) {
      parts_.push_back(&part);
    }
  }

  const Checkpoint& checkpoint_;
  std::vector<bool> entered_;
  std::vector<const Tensor*> parts_;  // found and not yet added
  std::vector<Extent> extents_;
};

}  // namespace

std::vector<Extent> ExtentsOf(const Checkpoint& checkpoint,
                              std::span<const uint32_t> listed) {
  const auto& tensors = checkpoint.tensors;
  Collector collector(checkpoint);
  std::vector<bool> in_list(tensors.size());
  for (size_t i = 0; i < listed.size(); ++i) {
    in_list[listed[i]] = true;
    collector.Add(tensors[listed[i]], static_cast<uint32_t>(i));
  }
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (!in_list[i]) collector.Add(tensors[i], kNone);
  }
  for (const Tensor& extra : checkpoint.extras) {
    collector.Add(extra, kNone);
  }
  std::vector<Extent> extents = collector.Take();
  // Storages are numbered in order of first mention, so mostly they are.
  if (!std::ranges::is_sorted(extents, Before)) {
    std::ranges::sort(extents, Before);
  }
  return extents;
}

bool AreTied(const Tensor& a, const Tensor& b) {
  return a.storage == b.storage && a.storage_offset == b.storage_offset &&
         a.dtype == b.dtype && a.conjugate == b.conjugate &&
         a.negative == b.negative && std::ranges::equal(a.shape, b.shape) &&
         std::ranges::equal(a.stride, b.stride);
}

}  // namespace ptscope
