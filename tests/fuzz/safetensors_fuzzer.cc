// Two bytes, the size of the values, then the header of a safetensors file.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "format/safetensors.h"
#include "fuzz/limits.h"

using ptscope::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const size_t values = data[0] + size_t{256} * data[1];
  const uint64_t header = size - 2;
  std::vector<uint8_t> file(8 + size - 2 + values);
  std::memcpy(file.data(), &header, 8);
  std::memcpy(file.data() + 8, data + 2, size - 2);
  const auto source =
      ptscope::OpenMemory(ptscope::fuzz::Bytes(file.data(), file.size()));
  const auto checkpoint = ptscope::format::ReadSafetensors(
      *source, {.limits = ptscope::fuzz::kLimits});
  if (!checkpoint) {
    Require(!checkpoint.error().message.empty());
    Require(checkpoint.error().offset.value_or(0) <= file.size());
    return 0;
  }
  uint64_t there = 0;
  for (const ptscope::Tensor& t : checkpoint->tensors) {
    const auto& record =
        checkpoint->records[checkpoint->storages[t.storage].record];
    Require(t.shape.size() == t.stride.size());
    Require(record.size == t.nbytes && record.stored <= record.size);
    Require((record.stored < record.size) == !checkpoint->ProblemOf(t).empty());
    const auto offset = checkpoint->FileOffsetOf(t);
    // Of a tensor that is cut the first element may be there.
    const uint64_t least =
        checkpoint->ProblemOf(t).empty() ? t.nbytes : uint64_t{1};
    Require(!offset || *offset + least <= file.size());
    there += record.stored;
  }
  // They fill the file.
  Require(there == values);
  return 0;
}
