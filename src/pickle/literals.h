// The text arguments of protocol 0, and integers of any length.
#ifndef PTSCOPE_PICKLE_LITERALS_H_
#define PTSCOPE_PICKLE_LITERALS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ptscope::pickle {

// An integer; `digits` where it does not fit 64 bits.
struct IntLiteral {
  int64_t value = 0;
  std::string digits;  // decimal or as written; empty: `value` holds it
};

// INT: Python's int(text, 0) as C reads it: 0x and a leading 0 choose the base.
// (The lines `00` and `01` are booleans; the caller has looked.)
std::optional<IntLiteral> ParseInt(std::string_view line);

// LONG: decimal, with or without a final L.
std::optional<IntLiteral> ParseLong(std::string_view line);

// FLOAT: repr of a float, with inf and nan. 1e400 is none.
std::optional<double> ParseFloat(std::string_view line);

// GET and PUT: decimal, at least 0.
std::optional<uint64_t> ParseIndex(std::string_view line);

// STRING: a quoted literal with the escapes of Python 2; gives its bytes.
std::optional<std::string> ParseQuoted(std::string_view line);

// UNICODE: Latin-1 with the escapes \uXXXX and \UXXXXXXXX; gives UTF-8, lone
// surrogates as three bytes.
std::optional<std::string> ParseRawUnicode(std::string_view line);

// LONG1, LONG4: two's complement, little-endian; nullopt above 64 bits.
std::optional<int64_t> ParseTwosComplement(std::string_view bytes);

}  // namespace ptscope::pickle

#endif  // PTSCOPE_PICKLE_LITERALS_H_
