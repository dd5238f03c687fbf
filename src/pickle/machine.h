// Machine: executes a pickle without doing anything.
#ifndef PTSCOPE_PICKLE_MACHINE_H_
#define PTSCOPE_PICKLE_MACHINE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "pickle/values.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"

namespace ptscope::pickle {

// What one pickle gave.
struct Program {
  Ref root;              // the value at STOP
  uint64_t end = 0;      // offset behind STOP: the bytes that were read
  uint64_t opcodes = 0;  // executed
  uint8_t protocol = 0;  // the last that PROTO set; 0 without one
};

// Executes the pickle at the start of `bytes` and adds its values to `values`;
// bytes behind its STOP are not looked at. Globals, calls and persistent ids
// become records of themselves.
//
// `record` names the bytes in errors. Errors carry the opcode's offset:
// kDamaged for what CPython's unpickler refuses whatever the classes are, for
// extension codes and out-of-band buffers, whose meaning is not in the file,
// and for a persistent id that is text; kLimit.
Result<Program> Run(std::span<const std::byte> bytes, std::string_view record,
                    const Limits& limits, Values& values);

}  // namespace ptscope::pickle

#endif  // PTSCOPE_PICKLE_MACHINE_H_
