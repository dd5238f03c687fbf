#include "ptscope/limits.h"

namespace ptscope {

bool Limits::Set(std::string_view name, uint64_t value) {
#define X(field, standard, reason) \
  if (name == #field) {            \
    field = value;                 \
    return true;                   \
  }
  PTSCOPE_LIMITS(X)
#undef X
  return false;
}

}  // namespace ptscope
