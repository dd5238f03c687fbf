// Table: a std::vector for large arrays. Its blocks of two megabytes and more
// ask the system for huge pages, which makes filling them faster.
#ifndef PTSCOPE_TABLE_H_
#define PTSCOPE_TABLE_H_

#include <cstddef>
#include <vector>

namespace ptscope {

// Memory for large arrays; throws std::bad_alloc.
void* AllocateBlock(size_t size);
void FreeBlock(void* block, size_t size);

template <typename T>
struct TableAllocator {
  using value_type = T;

  TableAllocator() = default;
  template <typename U>
  TableAllocator(const TableAllocator<U>&) {}  // NOLINT: as std::allocator

  T* allocate(size_t n) {
    return static_cast<T*>(AllocateBlock(n * sizeof(T)));
  }
  void deallocate(T* block, size_t n) { FreeBlock(block, n * sizeof(T)); }
  template <typename U>
  bool operator==(const TableAllocator<U>&) const {
    return true;
  }
};

template <typename T>
using Table = std::vector<T, TableAllocator<T>>;

}  // namespace ptscope

#endif  // PTSCOPE_TABLE_H_
