#include "torch/measure.h"

#include <fmt/format.h>

#include <cstdint>

#include "base/checked_math.h"
#include "base/wide.h"

namespace ptscope::torch {

Status Measure(Tensor& to) {
  uint64_t numel = 1;
  bool empty = false;
  bool overflow = false;
  for (const int64_t n : to.shape) {
    if (n == 0) empty = true;
    const auto product = CheckedMul(numel, static_cast<uint64_t>(n));
    if (!product && !empty) overflow = true;
    numel = product.value_or(0);
  }
  if (empty) numel = 0;
  // torch refuses what does not fit 63 bits.
  const Wide bytes = (Wide{numel} * BitsPerElement(to.dtype) + 7) / 8;
  if ((overflow && !empty) || numel > INT64_MAX) {
    return Error{.code = ErrorCode::kDamaged,
                 .message = "its size has too many elements"};
  }
  to.numel = numel;
  to.nbytes = bytes > UINT64_MAX ? UINT64_MAX : static_cast<uint64_t>(bytes);
  return {};
}

std::string StorageProblem(const Storage& storage, const Table<Record>& records,
                           std::string_view name) {
  if (storage.nbytes == 0) return {};
  if (storage.record == kNone) {
    return fmt::format("record {} is not in the archive", name);
  }
  const Record& record = records[storage.record];
  if (record.encrypted) return fmt::format("record {} is encrypted", name);
  if (record.method == Record::Method::kOther) {
    return fmt::format("record {} has the unknown compression method {}", name,
                       record.method_code);
  }
  if (record.size >= storage.nbytes) return {};
  return fmt::format("record {} has {} bytes, its storage {}", name,
                     record.size, storage.nbytes);
}

// The element that lies furthest must lie within the storage.
std::string ExtentProblem(const Tensor& tensor, const Storage& storage) {
  if (tensor.numel == 0) return {};
  // The sizes' product fits 63 bits, so the sum fits 127.
  Wide extent = Wide{tensor.storage_offset} + 1;
  for (size_t i = 0; i < tensor.shape.size(); ++i) {
    extent += Wide{static_cast<uint64_t>(tensor.shape[i] - 1)} *
              static_cast<uint64_t>(tensor.stride[i]);
  }
  const bool far = extent > UINT64_MAX;
  const Wide bytes =
      far ? extent : (extent * BitsPerElement(tensor.dtype) + 7) / 8;
  if (bytes <= storage.nbytes) return {};
  if (far || bytes > UINT64_MAX) {
    return fmt::format("reaches past its storage {}, which has {} bytes",
                       storage.key.substr(0, 100), storage.nbytes);
  }
  return fmt::format("reaches to byte {} of its storage {}, which has {}",
                     static_cast<uint64_t>(bytes), storage.key.substr(0, 100),
                     storage.nbytes);
}

}  // namespace ptscope::torch
