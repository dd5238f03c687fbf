// Prints what our decoder and our machine make of pickles, for pickle_test.py.
//
// Standard input is any number of pickles, each behind its length in four
// bytes (little-endian). For each, a line an instruction up to STOP:
//
//   offset NAME argument    a number in decimal, a double's bits in
//   hexadecimal,
//                           text as hexadecimal bytes, two texts with a comma
//
// then "end" or "error OFFSET", and what the machine says: "ran" or "refused"
// with the error's text.
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "base/byte_reader.h"
#include "pickle/decoder.h"
#include "pickle/machine.h"

namespace {

using ptscope::pickle::Argument;
using ptscope::pickle::Decoder;
using ptscope::pickle::InfoOf;
using ptscope::pickle::Instruction;
using ptscope::pickle::Opcode;

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(c));
    text += digits;
  }
  return text;
}

std::string ArgumentOf(const Instruction& in) {
  switch (InfoOf(in.op).argument) {
    case Argument::kUnknown:
    case Argument::kNothing:
      return "";
    case Argument::kU8:
    case Argument::kU16:
    case Argument::kU32:
    case Argument::kU64:
      return std::to_string(in.number);
    case Argument::kI32:
      return std::to_string(static_cast<int64_t>(in.number));
    case Argument::kF64: {
      char digits[17];
      std::snprintf(digits, sizeof digits, "%016llx",
                    static_cast<unsigned long long>(in.number));
      return digits;
    }
    case Argument::kTwoLines:
      return Hex(in.text) + "," + Hex(in.second);
    default:
      return Hex(in.text);
  }
}

std::string Describe(std::span<const std::byte> pickle) {
  std::string text;
  Decoder decoder(pickle, "");
  Instruction in;
  bool stopped = false;
  while (!stopped && decoder.Next(in)) {
    text += std::to_string(in.offset) + " ";
    text += InfoOf(in.op).name;
    text += " " + ArgumentOf(in) + "\n";
    stopped = in.op == Opcode::kStop;
  }
  text += stopped ? "end\n"
                  : "error " + std::to_string(*decoder.error().offset) + "\n";

  ptscope::pickle::Values values;
  const auto program = ptscope::pickle::Run(pickle, "", {}, values);
  return text +
         (program ? "ran\n" : "refused " + program.error().Text() + "\n");
}

}  // namespace

int main() {
  const std::string input(std::istreambuf_iterator<char>(std::cin), {});
  ptscope::ByteReader in(std::as_bytes(std::span(input)), "");
  while (in.left() > 0) {
    const uint32_t size = in.U32("length");
    const auto pickle = in.Bytes(size, "pickle");
    if (!in.ok()) return 1;
    std::cout << Describe(pickle);
  }
  return 0;
}
