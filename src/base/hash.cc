#include "base/hash.h"

#include <unistd.h>

namespace ptscope {

uint64_t HashKey() {
  static const uint64_t key = [] {
    uint64_t k = 0;
    // Fails only on kernels without getrandom; a fixed key is then merely
    // less safe against made-up names.
    if (::getentropy(&k, sizeof k) != 0) k = 0x2D358DCCAA6C78A5u;
    return k;
  }();
  return key;
}

}  // namespace ptscope
