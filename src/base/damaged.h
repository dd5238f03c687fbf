// The commonest error: the file breaks its own format.
#ifndef PTSCOPE_BASE_DAMAGED_H_
#define PTSCOPE_BASE_DAMAGED_H_

#include <string>
#include <utility>

#include "ptscope/result.h"

namespace ptscope {

inline Error Damaged(std::string message, std::string found = {},
                     std::string expected = {}) {
  return {.code = ErrorCode::kDamaged,
          .message = std::move(message),
          .found = std::move(found),
          .expected = std::move(expected)};
}

}  // namespace ptscope

#endif  // PTSCOPE_BASE_DAMAGED_H_
