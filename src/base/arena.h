// Arena: memory that is handed out piece by piece, never moves, and is freed
// all at once.
#ifndef PTSCOPE_BASE_ARENA_H_
#define PTSCOPE_BASE_ARENA_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/pages.h"

namespace ptscope {

class Arena {
 public:
  Arena() = default;
  ~Arena() {
    for (const Block& block : blocks_) FreeBlock(block.at, block.size);
  }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Uninitialised; aligned for any of our types.
  template <typename T>
  T* Allocate(size_t n) {
    static_assert(std::is_trivially_destructible_v<T>);
    return reinterpret_cast<T*>(AllocateBytes(n * sizeof(T), alignof(T)));
  }
  std::string_view Copy(std::string_view text) {
    if (text.empty()) return {};
    char* to = Allocate<char>(text.size());
    std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }
  template <typename T>
  std::span<const T> Copy(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (values.empty()) return {};
    T* to = Allocate<T>(values.size());
    std::memcpy(static_cast<void*>(to), values.data(),
                values.size() * sizeof(T));
    return {to, values.size()};
  }

  // Bytes handed out so far.
  uint64_t used() const { return used_; }

 private:
  char* AllocateBytes(size_t n, size_t align) {
    used_ += n;
    size_t at = (pos_ + align - 1) & ~(align - 1);
    if (at > size_ || n > size_ - at) [[unlikely]] {
      Refill(n);
      at = 0;
    }
    pos_ = at + n;
    return block_ + at;
  }
  // Small at first, so that a small file costs little; then as much as there
  // is, up to 4 MiB. What of a block is not touched takes no memory.
  void Refill(size_t n) {
    constexpr size_t kLeast = 4 << 10;
    constexpr size_t kMost = 4 << 20;
    size_ = std::max(n, std::clamp<size_t>(used_, kLeast, kMost));
    block_ = static_cast<char*>(AllocateBlock(size_));
    blocks_.push_back({block_, size_});
  }

  struct Block {
    char* at;
    size_t size;
  };
  std::vector<Block> blocks_;
  char* block_ = nullptr;
  size_t size_ = 0;
  size_t pos_ = 0;
  uint64_t used_ = 0;
};

}  // namespace ptscope

#endif  // PTSCOPE_BASE_ARENA_H_
