#include "model/on_disk.h"

#include <vector>

namespace ptscope {

uint64_t BytesOnDisk(const Checkpoint& checkpoint) {
  std::vector<bool> counted(checkpoint.records.size());
  uint64_t bytes = 0;
  for (const Storage& storage : checkpoint.storages) {
    if (storage.record == kNone || counted[storage.record]) continue;
    counted[storage.record] = true;
    bytes += checkpoint.records[storage.record].stored;
  }
  return bytes;
}

}  // namespace ptscope
