// The bytes are a tar archive of PyTorch 0.1, whose headers get the checksums
// that they need: so that a mutation gets further than to them.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

#include "archive/tar.h"
#include "format/torch_tar.h"
#include "fuzz/limits.h"

using ptscope::archive::kTarBlock;
using ptscope::fuzz::Require;

namespace {

// Of the header at `at`, which is whole.
void SetChecksum(std::string& file, size_t at) {
  std::fill_n(file.begin() + static_cast<std::ptrdiff_t>(at) + 148, 8, ' ');
  unsigned sum = 0;
  for (size_t i = at; i < at + kTarBlock; ++i) {
    sum += static_cast<unsigned char>(file[i]);
  }
  char digits[8];
  std::snprintf(digits, sizeof digits, "%06o", sum);
  file.replace(at + 148, 7, digits, 7);
}

void SetChecksums(std::string& file) {
  uint64_t at = 0;
  for (int i = 0; i < 8 && at + kTarBlock <= file.size(); ++i) {
    if (file[at] == 0) return;  // the end, most likely
    SetChecksum(file, at);
    const auto header = ptscope::archive::ParseTarHeader(
        std::as_bytes(std::span(file)).subspan(at, kTarBlock));
    if (!header) return;
    const auto next = ptscope::archive::NextTarHeader(at, *header);
    if (!next || *next > file.size()) return;
    at = *next;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string file(reinterpret_cast<const char*>(data), size);
  SetChecksums(file);
  const auto source = ptscope::OpenMemory(std::as_bytes(std::span(file)));
  const auto checkpoint = ptscope::format::ReadTorchTar(
      *source, {.limits = ptscope::fuzz::kLimits, .metadata = true});
  if (!checkpoint) {
    Require(!checkpoint.error().message.empty());
    return 0;
  }
  for (const ptscope::Record& record : checkpoint->records) {
    Require(record.data <= size && record.stored <= size - record.data);
  }
  for (const ptscope::Tensor& t : checkpoint->tensors) {
    const auto offset = checkpoint->FileOffsetOf(t);
    Require(!offset || *offset < size);
    Require(t.storage < checkpoint->storages.size());
  }
  return 0;
}
