// PickleBuilder: a pickle in view, one method an opcode.
//
//   PickleBuilder().Proto(2).EmptyList().LongBinPut(300).Stop().bytes()
//
// The methods come from the list of opcodes, so that none is missing. Their
// arguments are those of the opcode: a number, a double, text, two texts.
// Nothing is checked: a length that lies is written with Raw().
#ifndef PTSCOPE_TESTS_SUPPORT_PICKLE_BUILDER_H_
#define PTSCOPE_TESTS_SUPPORT_PICKLE_BUILDER_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "pickle/opcode.h"

namespace ptscope::test {

// n bytes, the least significant first.
inline std::string Little(uint64_t value, size_t n) {
  std::string bytes;
  for (size_t i = 0; i < n; ++i) {
    bytes += static_cast<char>(i < 8 ? value >> 8 * i & 0xFF : 0);
  }
  return bytes;
}

inline std::span<const std::byte> AsBytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

class PickleBuilder {
 public:
#define OP(name, text, byte, argument, needs, mark, protocol) \
  template <typename... Args>                                 \
  PickleBuilder& name(const Args&... args) {                  \
    bytes_ += static_cast<char>(byte);                        \
    Write(Shape<pickle::Argument::argument>(), args...);      \
    return *this;                                             \
  }
#include "pickle/opcodes.def"
#undef OP

  PickleBuilder& Raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  // What `part` writes, n times.
  PickleBuilder& Times(size_t n, const PickleBuilder& part) {
    bytes_.reserve(bytes_.size() + n * part.bytes_.size());
    for (size_t i = 0; i < n; ++i) bytes_ += part.bytes_;
    return *this;
  }

  std::string bytes() const { return bytes_; }

 private:
  template <pickle::Argument argument>
  struct Shape {};
  using enum pickle::Argument;

  void Write(Shape<kNothing>) {}
  void Write(Shape<kU8>, uint64_t n) { bytes_ += Little(n, 1); }
  void Write(Shape<kU16>, uint64_t n) { bytes_ += Little(n, 2); }
  void Write(Shape<kU32>, uint64_t n) { bytes_ += Little(n, 4); }
  void Write(Shape<kI32>, int64_t n) {
    bytes_ += Little(static_cast<uint64_t>(n), 4);
  }
  void Write(Shape<kU64>, uint64_t n) { bytes_ += Little(n, 8); }
  void Write(Shape<kF64>, double value) {
    const auto bits = std::bit_cast<uint64_t>(value);
    for (int i = 7; i >= 0; --i) {
      bytes_ += static_cast<char>(bits >> 8 * i & 0xFF);
    }
  }
  void Write(Shape<kLine>, std::string_view line) { (bytes_ += line) += '\n'; }
  void Write(Shape<kTwoLines>, std::string_view a, std::string_view b) {
    (((bytes_ += a) += '\n') += b) += '\n';
  }
  void Write(Shape<kBytesU8>, std::string_view text) { Sized(1, text); }
  void Write(Shape<kBytesU32>, std::string_view text) { Sized(4, text); }
  void Write(Shape<kBytesI32>, std::string_view text) { Sized(4, text); }
  void Write(Shape<kBytesU64>, std::string_view text) { Sized(8, text); }
  void Sized(size_t n, std::string_view text) {
    (bytes_ += Little(text.size(), n)) += text;
  }

  std::string bytes_;
};

}  // namespace ptscope::test

#endif  // PTSCOPE_TESTS_SUPPORT_PICKLE_BUILDER_H_
