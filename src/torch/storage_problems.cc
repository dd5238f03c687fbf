#include "torch/storage_problems.h"

#include <fmt/format.h>

#include <cstdint>

#include "base/wide.h"

namespace ptscope::torch {

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
