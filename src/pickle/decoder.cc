#include "pickle/decoder.h"

#include <fmt/format.h>

namespace ptscope::pickle {

Error Decoder::error() const {
  Error error;
  error.record = std::string(record_);
  error.offset = static_cast<uint64_t>(at_ - begin_);
  if (why_ == Why::kNoStop) {
    error.message = "the pickle ends early: there is no STOP";
    return error;
  }
  const auto byte = std::to_integer<unsigned>(*at_);
  const std::string_view name = kOpcodes[byte].name;
  const auto left = static_cast<uint64_t>(end_ - at_) - 1;
  switch (why_) {
    case Why::kNoStop:
      break;
    case Why::kOpcode:
      error.message = "no pickle opcode has this byte";
      error.found = fmt::format("0x{:02x}", byte);
      break;
    case Why::kArgument:
      error.message = fmt::format("the pickle ends within {}", name);
      error.found = fmt::format("{} bytes", left);
      error.expected = fmt::format("{} or more", wanted_);
      break;
    case Why::kLine:
      error.message =
          fmt::format("the pickle ends within {}: its line has no end", name);
      break;
    case Why::kBytes:
      error.message = fmt::format("{} has {} bytes, and the pickle ends before",
                                  name, wanted_);
      error.found = fmt::format("{} bytes", left);
      break;
    case Why::kNegative:
      error.message = fmt::format("{} has a negative length", name);
      error.found = fmt::format("{}", static_cast<int64_t>(wanted_));
      break;
  }
  return error;
}

}  // namespace ptscope::pickle
