#include "base/byte_reader.h"

#include <fmt/format.h>

namespace ptscope {

Error ByteReader::error() const {
  assert(!ok());
  return {.code = ErrorCode::kDamaged,
          .message = fmt::format("the {} ends early", noun_),
          .record = std::string(record_),
          .offset = offset(),
          .found = fmt::format("{} bytes", bytes_.size() - pos_),
          .expected = fmt::format("{}", wanted_)};
}

}  // namespace ptscope
