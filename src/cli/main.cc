#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "cli/run.h"

int main(int argc, char** argv) {
#ifdef __GLIBC__
  // Arrays that grow stay on the heap: as mappings of their own they would be
  // given back and touched anew each time, a tenth of the time of a large file.
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 128 << 20);
#endif
  return ptscope::cli::Run({argv, static_cast<size_t>(argc)});
}
