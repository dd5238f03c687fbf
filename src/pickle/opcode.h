// The opcodes of a pickle, and what is known of each.
#ifndef PTSCOPE_PICKLE_OPCODE_H_
#define PTSCOPE_PICKLE_OPCODE_H_

#include <array>
#include <cstdint>
#include <string_view>

namespace ptscope::pickle {

enum class Opcode : uint8_t {
#define OP(name, text, byte, argument, needs, mark, protocol) k##name = byte,
#include "pickle/opcodes.def"
#undef OP
};

// How the bytes behind an opcode read. Numbers are little-endian but for kF64.
enum class Argument : uint8_t {
  kUnknown,  // no such opcode
  kNothing,
  kU8,
  kU16,
  kU32,
  kI32,
  kU64,
  kF64,       // big-endian IEEE double
  kLine,      // text up to LF
  kTwoLines,  // two of them
  kBytesU8,   // length and that many bytes
  kBytesU32,
  kBytesI32,  // a negative length is an error
  kBytesU64,
};

struct OpcodeInfo {
  std::string_view name = {};  // as pickletools has it: "STACK_GLOBAL"
  Argument argument = Argument::kUnknown;
  uint8_t needs = 0;
  bool mark = false;
  uint8_t protocol = 0;
};

namespace opcode_internal {

constexpr std::array<OpcodeInfo, 256> MakeTable() {
  std::array<OpcodeInfo, 256> table{};
#define OP(name, text, byte, argument, needs, mark, protocol) \
  table[byte] = {text, Argument::argument, needs, mark != 0, protocol};
#include "pickle/opcodes.def"
#undef OP
  return table;
}

}  // namespace opcode_internal

// By byte; 256 rows, so that no byte is outside.
inline constexpr std::array<OpcodeInfo, 256> kOpcodes =
    opcode_internal::MakeTable();

inline const OpcodeInfo& InfoOf(Opcode op) {
  return kOpcodes[static_cast<uint8_t>(op)];
}

}  // namespace ptscope::pickle

#endif  // PTSCOPE_PICKLE_OPCODE_H_
