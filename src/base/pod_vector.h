// PodVector: a growing array of trivially copyable values.
//
// It grows by remapping the pages of large blocks instead of copying them, and
// it does not clear what it hands out. Hence memory peaks at what is used, not
// at twice that (base/pages.h).
#ifndef PTSCOPE_BASE_POD_VECTOR_H_
#define PTSCOPE_BASE_POD_VECTOR_H_

#include <cassert>
#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#include "base/pages.h"

namespace ptscope {

template <typename T>
class PodVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  PodVector() = default;
  ~PodVector() { FreeBlock(data_, capacity_ * sizeof(T)); }
  PodVector(PodVector&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  PodVector& operator=(PodVector&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](size_t i) {
    assert(i < size_);
    return data_[i];
  }
  const T& operator[](size_t i) const {
    assert(i < size_);
    return data_[i];
  }
  T& back() { return (*this)[size_ - 1]; }
  const T& back() const { return (*this)[size_ - 1]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }

  [[gnu::always_inline]] void push_back(T value) {
    if (size_ == capacity_) [[unlikely]] {
      Grow(size_ + 1);
    }
    data_[size_++] = value;
  }
  void pop_back() {
    assert(size_ > 0);
    --size_;
  }
  // Appends n values that are already in memory (not in this vector).
  void append(const T* from, size_t n) {
    if (n > capacity_ - size_) [[unlikely]] {
      Grow(size_ + n);
    }
    T* to = data_ + size_;
    size_ += n;
    // Two and three are what most tuples have: no call for them.
    if (n <= 3) {
      if (n > 0) to[0] = from[0];
      if (n > 1) to[1] = from[1];
      if (n > 2) to[2] = from[2];
      return;
    }
    std::memcpy(static_cast<void*>(to), from, n * sizeof(T));
  }
  // New values are not initialised.
  void resize_uninitialized(size_t n) {
    if (n > capacity_) Grow(n);
    size_ = n;
  }
  void resize(size_t n, T fill) {
    const size_t old = size_;
    resize_uninitialized(n);
    for (size_t i = old; i < n; ++i) data_[i] = fill;
  }
  void truncate(size_t n) {
    assert(n <= size_);
    size_ = n;
  }
  void clear() { size_ = 0; }

 private:
  [[gnu::noinline]] void Grow(size_t wanted) {
    size_t capacity = 2 * capacity_ + 16;
    if (capacity < wanted) capacity = wanted;
    if (capacity > static_cast<size_t>(-1) / 2 / sizeof(T)) {
      throw std::bad_alloc();
    }
    data_ = static_cast<T*>(
        ResizeBlock(data_, capacity_ * sizeof(T), capacity * sizeof(T)));
    capacity_ = capacity;
  }

  T* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace ptscope

#endif  // PTSCOPE_BASE_POD_VECTOR_H_
