#include "manifest/read_text.h"

#include <fmt/format.h>

#include <span>

namespace ptscope::manifest {

Result<std::string> ReadText(const Source& source, std::string_view what,
                             const Limits& limits) {
  if (source.size() > limits.reference) {
    return Error{.code = ErrorCode::kLimit,
                 .message = fmt::format("{} is too large", what),
                 .found = fmt::format("{} bytes", source.size()),
                 .expected = fmt::format("at most {}", limits.reference),
                 .hint = "--max reference=N raises the limit"};
  }
  std::string text(static_cast<size_t>(source.size()), '\0');
  PTSCOPE_CHECK(
      ReadExactly(source, 0, std::as_writable_bytes(std::span(text))));
  return text;
}

}  // namespace ptscope::manifest
