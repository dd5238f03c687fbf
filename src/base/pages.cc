#include "base/pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace ptscope {

namespace {

constexpr size_t kMapped = 1 << 20;

void* Map(size_t size) {
  void* block = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  ::madvise(block, size, MADV_HUGEPAGE);  // a wish: refusal changes nothing
#endif
  return block;
}

}  // namespace

void* ResizeBlock(void* from, size_t from_size, size_t to_size) {
  if (to_size < kMapped && from_size < kMapped) {
    void* block = std::realloc(from, to_size);
    if (block == nullptr) throw std::bad_alloc();
    return block;
  }
#ifdef MREMAP_MAYMOVE
  if (from != nullptr && from_size >= kMapped && to_size >= kMapped) {
    void* block = ::mremap(from, from_size, to_size, MREMAP_MAYMOVE);
    if (block == MAP_FAILED) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
    ::madvise(block, to_size, MADV_HUGEPAGE);
#endif
    return block;
  }
#endif
  void* block = to_size >= kMapped ? Map(to_size) : std::malloc(to_size);
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
  if (size >= kMapped) {
    ::munmap(block, size);
  } else {
    std::free(block);
  }
}

}  // namespace ptscope
