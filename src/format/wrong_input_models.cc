#include "format/wrong_input_models.h"

#include <cstdint>
#include <string_view>

#include "format/wrong_input_hints.h"

namespace ptscope::format {

namespace {

using namespace std::string_view_literals;
using enum ErrorCode;

// The varint at s[at]; moves `at` past it.
std::optional<uint64_t> Varint(std::string_view s, size_t& at) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 63 && at < s.size(); shift += 7) {
    const auto c = static_cast<unsigned char>(s[at++]);
    value |= uint64_t{c & 0x7Fu} << shift;
    if (c < 0x80) return value;
  }
  return {};
}

// A protobuf ModelProto: ir_version, then what describes the model, then
// graph. Source: onnx/onnx.proto.
bool IsOnnx(const Input& in) {
  constexpr uint64_t kIrVersion = 0x08, kModelVersion = 0x28, kGraph = 0x3A;
  constexpr std::string_view kTexts = "\x12\x1A\x22\x32\x42\x72"sv;
  size_t at = 0;
  const auto first = Varint(in.head, at), version = Varint(in.head, at);
  if (first != kIrVersion || version < 1u || version > 30u) return false;
  while (at < in.head.size()) {
    const auto tag = Varint(in.head, at), value = Varint(in.head, at);
    if (!tag || !value) return false;
    if (*tag == kModelVersion) continue;
    if (*tag == kGraph) return *value >= 2 && *value <= in.size - at;
    if (*tag > 0x7F || kTexts.find(static_cast<char>(*tag)) == kTexts.npos ||
        *value > in.head.size() - at) {
      return false;
    }
    at += static_cast<size_t>(*value);
  }
  return false;
}

}  // namespace

// Its first value's type, 1 to 8, as a number or as a digit on a line.
std::optional<Error> ProbeTorch7(const Input& in) {
  if (!in.name.ends_with(".t7")) return {};
  const auto type = Little<uint32_t>(in.head, 0);
  const bool binary = type >= 1 && type <= 8;
  const bool ascii =
      in.head[0] >= '1' && in.head[0] <= '8' && in.head[1] == '\n';
  if (!binary && !ascii) return {};
  return Found(kNotCheckpoint, "is a Torch7 (Lua) file",
               "the Python package torchfile reads it");
}

std::optional<Error> ProbeOnnx(const Input& in) {
  if (!IsOnnx(in)) return {};
  return Found(kNotCheckpoint, "is an ONNX model", kNameOrigin);
}

// The block's length is a power of two, from 512. Source: HDF5 file format
// specification, II.A.
std::optional<Error> ProbeHdf5UserBlock(const Input& in) {
  constexpr auto kHdf5 = "\x89HDF\r\n\x1A\n"sv;
  for (uint64_t offset = 512; offset <= 1 << 20; offset *= 2) {
    if (ReadSome(in, offset, kHdf5.size()) == kHdf5) {
      return Found(kNotCheckpoint, "is an HDF5 file with a user block",
                   kListHdf5);
    }
  }
  return {};
}

}  // namespace ptscope::format
