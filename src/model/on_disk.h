// What the storages of a checkpoint take in its files.
#ifndef PTSCOPE_MODEL_ON_DISK_H_
#define PTSCOPE_MODEL_ON_DISK_H_

#include <cstdint>

#include "ptscope/checkpoint.h"

namespace ptscope {

// Stored bytes of the records that storages name, each record once.
uint64_t BytesOnDisk(const Checkpoint& checkpoint);

}  // namespace ptscope

#endif  // PTSCOPE_MODEL_ON_DISK_H_
