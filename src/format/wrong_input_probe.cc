#include "format/wrong_input_probe.h"

#include <fmt/format.h>

#include <utility>

namespace ptscope::format {

std::optional<Error> Found(ErrorCode code, std::string message,
                           std::string_view hint, std::string found) {
  return Error{.code = code,
               .message = std::move(message),
               .found = std::move(found),
               .hint = std::string(hint)};
}

std::optional<Error> FoundInstead(std::string message, std::string_view hint,
                                  std::string found) {
  auto error = Found(ErrorCode::kNotCheckpoint, std::move(message), hint,
                     std::move(found));
  error->placeholder = true;
  return error;
}

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    if (!text.empty()) text += ' ';
    text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  }
  return text;
}

std::string ReadSome(const Input& in, uint64_t offset, size_t n) {
  std::string bytes(n, '\0');
  const auto got =
      in.source.ReadAt(offset, std::as_writable_bytes(std::span(bytes)));
  bytes.resize(got ? *got : 0);
  return bytes;
}

}  // namespace ptscope::format
