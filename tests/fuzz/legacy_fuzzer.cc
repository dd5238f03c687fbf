// The bytes are what follows the magic number and the version of a legacy file:
// sys_info, the object, the keys, the storages. What a bare pickle of the same
// bytes holds is read too.
#include <cstddef>
#include <cstdint>
#include <string>

#include "format/bare_pickle.h"
#include "format/legacy.h"
#include "fuzz/limits.h"

using ptscope::fuzz::Require;

namespace {

void Check(const ptscope::Result<ptscope::Checkpoint>& checkpoint,
           size_t size) {
  if (!checkpoint) {
    Require(!checkpoint.error().message.empty());
    return;
  }
  for (const ptscope::Record& record : checkpoint->records) {
    Require(record.data == ptscope::kUnknown ||
            (record.data <= size && record.stored <= size - record.data));
  }
  for (const ptscope::Tensor& t : checkpoint->tensors) {
    const auto offset = checkpoint->FileOffsetOf(t);
    Require(!offset || *offset < size);
    Require(t.storage == ptscope::kNone ||
            t.storage < checkpoint->storages.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ptscope::OpenOptions options = {
      .limits = ptscope::fuzz::kLimits, .locate = true, .metadata = true};
  std::string file("\x80\2\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19.");
  file += "\x80\2M\xE9\3.";
  file.append(reinterpret_cast<const char*>(data), size);
  const auto bytes = std::as_bytes(std::span(file));
  const auto source = ptscope::OpenMemory(bytes);
  Check(ptscope::format::ReadLegacy(*source, options), file.size());

  const auto bare = ptscope::OpenMemory(ptscope::fuzz::Bytes(data, size));
  Check(ptscope::format::ReadBarePickle(*bare, options), size);
  return 0;
}
