#include "base/pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace ptscope {

namespace {

// The size of a huge page on the machines that have most of them. Mappings are
// multiples of it: the kernel places such a mapping where huge pages fit.
constexpr size_t kHuge = 2 << 20;

bool IsMapped(size_t size) { return size >= kHuge; }

size_t RoundUp(size_t size) { return (size + kHuge - 1) & ~(kHuge - 1); }

void Advise([[maybe_unused]] void* block, [[maybe_unused]] size_t size) {
#ifdef MADV_HUGEPAGE
  ::madvise(block, size, MADV_HUGEPAGE);  // a wish: refusal changes nothing
#endif
}

void* Map(size_t size) {
  void* block = ::mmap(nullptr, RoundUp(size), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) throw std::bad_alloc();
  Advise(block, RoundUp(size));
  return block;
}

}  // namespace

void* ResizeBlock(void* from, size_t from_size, size_t to_size) {
  if (!IsMapped(to_size) && !IsMapped(from_size)) {
    void* block = std::realloc(from, to_size);
    if (block == nullptr) throw std::bad_alloc();
    return block;
  }
#ifdef MREMAP_MAYMOVE
  if (from != nullptr && IsMapped(from_size) && IsMapped(to_size)) {
    void* block =
        ::mremap(from, RoundUp(from_size), RoundUp(to_size), MREMAP_MAYMOVE);
    if (block == MAP_FAILED) throw std::bad_alloc();
    Advise(block, RoundUp(to_size));
    return block;
  }
#endif
  void* block = IsMapped(to_size) ? Map(to_size) : std::malloc(to_size);
  if (block == nullptr) throw std::bad_alloc();
  if (from != nullptr) {
    std::memcpy(block, from, std::min(from_size, to_size));
    FreeBlock(from, from_size);
  }
  return block;
}

void* AllocateBlock(size_t size) { return ResizeBlock(nullptr, 0, size); }

void FreeBlock(void* block, size_t size) {
  if (block == nullptr) return;
  if (IsMapped(size)) {
    ::munmap(block, RoundUp(size));
  } else {
    std::free(block);
  }
}

}  // namespace ptscope
