#include "format/record_container.h"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace ptscope::format {

RecordContainer::~RecordContainer() = default;

Result<archive::RecordBytes> ReadWhole(const Source& content,
                                       const Record& record,
                                       const Limits& limits) {
  if (record.size > limits.pickle) {
    return Error{.code = ErrorCode::kLimit,
                 .message = "is larger than the limit `pickle`",
                 .record = std::string(record.name),
                 .found = fmt::format("{} bytes", record.size),
                 .expected = fmt::format("at most {}", limits.pickle)};
  }
  archive::RecordBytes bytes;
  bytes.resize_uninitialized(static_cast<size_t>(record.size));
  auto status = ReadExactly(content, 0, bytes);
  if (status) return bytes;
  status.error().record = record.name;
  return std::move(status.error());
}

}  // namespace ptscope::format
