// ByteReader: a sticky reader of little-endian fields over bytes at hand.
//
// After the first read past the end every further read gives 0 or nothing, so
// that a record is checked once, at its end:
//
//   const auto len = in.U32("name length");
//   const auto name = in.Bytes(len, "name");
//   if (!in.ok()) return in.error();
#ifndef PTSCOPE_BASE_BYTE_READER_H_
#define PTSCOPE_BASE_BYTE_READER_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "ptscope/result.h"

namespace ptscope {

// Unaligned loads. The caller has checked that the bytes are there.
template <typename T>
T LoadLittle(const std::byte* p) {
  T value = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&value, p, sizeof value);
  } else {
    for (size_t i = sizeof value; i-- > 0;) {
      value = static_cast<T>(value << 8 | std::to_integer<T>(p[i]));
    }
  }
  return value;
}

inline std::string_view AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class ByteReader {
 public:
  // `record` and `base` say where the bytes lie, for errors: what the offset
  // counts in, and the offset of bytes[0]. Both views must outlive the reader.
  ByteReader(std::span<const std::byte> bytes, std::string_view record,
             uint64_t base = 0)
      : bytes_(bytes), record_(record), base_(base) {}

  uint8_t U8(const char* noun) { return Fixed<uint8_t>(noun); }
  uint16_t U16(const char* noun) { return Fixed<uint16_t>(noun); }
  uint32_t U32(const char* noun) { return Fixed<uint32_t>(noun); }
  uint64_t U64(const char* noun) { return Fixed<uint64_t>(noun); }

  std::span<const std::byte> Bytes(uint64_t n, const char* noun) {
    if (n > left()) {
      Fail(noun, n);
      return {};
    }
    auto view = bytes_.subspan(pos_, static_cast<size_t>(n));
    pos_ += static_cast<size_t>(n);
    return view;
  }
  std::string_view Text(uint64_t n, const char* noun) {
    return AsText(Bytes(n, noun));
  }

  // A reader of the next n bytes that cannot see past them.
  ByteReader Sub(uint64_t n, const char* noun) {
    const uint64_t at = offset();
    return ByteReader(Bytes(n, noun), record_, at);
  }

  bool ok() const { return noun_ == nullptr; }
  size_t left() const { return ok() ? bytes_.size() - pos_ : 0; }
  uint64_t offset() const { return base_ + pos_; }

  // Of the first failed read. Only where !ok().
  Error error() const;

 private:
  template <typename T>
  T Fixed(const char* noun) {
    if (sizeof(T) > left()) {
      Fail(noun, sizeof(T));
      return 0;
    }
    T value = LoadLittle<T>(bytes_.data() + pos_);
    pos_ += sizeof(T);
    return value;
  }
  void Fail(const char* noun, uint64_t wanted) {
    if (!ok()) return;
    noun_ = noun;
    wanted_ = wanted;
  }

  std::span<const std::byte> bytes_;
  std::string_view record_;
  uint64_t base_;
  size_t pos_ = 0;
  const char* noun_ = nullptr;  // of the first failed read
  uint64_t wanted_ = 0;
};

}  // namespace ptscope

#endif  // PTSCOPE_BASE_BYTE_READER_H_
