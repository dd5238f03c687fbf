// Decoder: bytes to opcodes with their arguments. Allocates nothing, executes
// nothing: the machine and the disassembler stand on it alike.
#ifndef PTSCOPE_PICKLE_DECODER_H_
#define PTSCOPE_PICKLE_DECODER_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/byte_reader.h"
#include "pickle/opcode.h"
#include "ptscope/result.h"

namespace ptscope::pickle {

struct Instruction {
  Opcode op = Opcode::kStop;
  uint64_t offset = 0;      // of the opcode, within the stream
  uint64_t number = 0;      // kU8 … kU64; kI32 sign-extended; kF64 as bits
  std::string_view text;    // kLine, kBytes…; the first of kTwoLines
  std::string_view second;  // the second of kTwoLines
};

class Decoder {
 public:
  // `record` names the stream in errors. Both views must outlive the decoder.
  Decoder(std::span<const std::byte> bytes, std::string_view record)
      : begin_(bytes.data()),
        pos_(bytes.data()),
        end_(bytes.data() + bytes.size()),
        record_(record) {}

  // The next instruction; false at the first byte that is none, or where the
  // bytes end: then error() says so. Reading on after STOP is up to the caller.
  bool Next(Instruction& to) {
    if (!NextOpcode(to)) return false;
    switch (to.op) {
#define OP(name, text, byte, argument, needs, mark, protocol) \
  case Opcode::k##name:                                       \
    return ReadArgument<Argument::argument>(to);
#include "pickle/opcodes.def"
#undef OP
    }
    return Fail(Why::kOpcode, 0);
  }

  // The same in two steps, for a caller that has its own switch over the
  // opcodes. NextOpcode does not know whether there is such an opcode.
  bool NextOpcode(Instruction& to) {
    at_ = pos_;
    if (pos_ == end_) return Fail(Why::kNoStop, 1);
    to.op = static_cast<Opcode>(*pos_);
    to.offset = static_cast<uint64_t>(pos_ - begin_);
    ++pos_;
    return true;
  }
  template <Argument argument>
  bool ReadArgument(Instruction& to) {
    using enum Argument;
    if constexpr (argument == kNothing) {
      return true;
    } else if constexpr (argument == kU8) {
      return Number<uint8_t>(to.number);
    } else if constexpr (argument == kU16) {
      return Number<uint16_t>(to.number);
    } else if constexpr (argument == kU32) {
      return Number<uint32_t>(to.number);
    } else if constexpr (argument == kI32) {
      return Number<int32_t>(to.number);
    } else if constexpr (argument == kU64) {
      return Number<uint64_t>(to.number);
    } else if constexpr (argument == kF64) {
      if (!Number<uint64_t>(to.number)) return false;
      to.number = __builtin_bswap64(to.number);
      return true;
    } else if constexpr (argument == kLine) {
      return Line(to.text);
    } else if constexpr (argument == kTwoLines) {
      return Line(to.text) && Line(to.second);
    } else if constexpr (argument == kBytesU8) {
      return Bytes<uint8_t>(to.text);
    } else if constexpr (argument == kBytesU32) {
      return Bytes<uint32_t>(to.text);
    } else if constexpr (argument == kBytesI32) {
      return Bytes<int32_t>(to.text);
    } else {
      static_assert(argument == kBytesU64);
      return Bytes<uint64_t>(to.text);
    }
  }
  // No opcode has the byte that NextOpcode gave.
  bool NoSuchOpcode() { return Fail(Why::kOpcode, 0); }

  // Of the byte that is read next, within the stream.
  uint64_t offset() const { return static_cast<uint64_t>(pos_ - begin_); }
  std::string_view record() const { return record_; }
  // Of the whole stream.
  uint64_t size() const { return static_cast<uint64_t>(end_ - begin_); }

  // Why Next() said false.
  Error error() const;

  // Then: the bytes that the instruction lacks, or the least of them where it
  // does not say how many; 0 if more bytes would not make it whole.
  uint64_t missing() const {
    switch (why_) {
      case Why::kNoStop:
      case Why::kLine:
        return 1;
      case Why::kArgument:
      case Why::kBytes:
        return wanted_ - left();
      case Why::kOpcode:
      case Why::kNegative:
        return 0;
    }
    return 0;
  }

 private:
  enum class Why : uint8_t {
    kNoStop,    // the bytes end between two opcodes
    kOpcode,    // no such opcode
    kArgument,  // the bytes end within a number
    kLine,      // no LF
    kBytes,     // fewer bytes than the length says
    kNegative,  // a length below zero
  };

  bool Fail(Why why, uint64_t wanted) {
    why_ = why;
    wanted_ = wanted;
    return false;
  }
  uint64_t left() const { return static_cast<uint64_t>(end_ - pos_); }

  // A number of T's size, sign-extended.
  template <typename T>
  bool Number(uint64_t& to) {
    if (left() < sizeof(T)) [[unlikely]] {
      return Fail(Why::kArgument, sizeof(T));
    }
    const auto value =
        static_cast<T>(LoadLittle<std::make_unsigned_t<T>>(pos_));
    to = static_cast<uint64_t>(int64_t(value));
    pos_ += sizeof(T);
    return true;
  }
  bool Line(std::string_view& to) {
    const void* found =
        pos_ == end_ ? nullptr : std::memchr(pos_, '\n', left());
    if (found == nullptr) return Fail(Why::kLine, 0);
    const auto* lf = static_cast<const std::byte*>(found);
    to = {reinterpret_cast<const char*>(pos_), static_cast<size_t>(lf - pos_)};
    pos_ = lf + 1;
    return true;
  }
  // Bytes behind their number, which is a T.
  template <typename T>
  bool Bytes(std::string_view& to) {
    uint64_t n = 0;
    if (!Number<T>(n)) return false;
    if constexpr (std::is_signed_v<T>) {
      if (static_cast<int64_t>(n) < 0) return Fail(Why::kNegative, n);
    }
    if (n > left()) [[unlikely]] {
      return Fail(Why::kBytes, n);
    }
    to = {reinterpret_cast<const char*>(pos_), static_cast<size_t>(n)};
    pos_ += n;
    return true;
  }

  const std::byte* begin_;
  const std::byte* pos_;
  const std::byte* end_;
  const std::byte* at_ = nullptr;  // the opcode that is being read
  std::string_view record_;
  Why why_ = Why::kNoStop;
  uint64_t wanted_ = 0;
};

}  // namespace ptscope::pickle

#endif  // PTSCOPE_PICKLE_DECODER_H_
