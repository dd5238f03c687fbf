#include "ptscope/reference.h"

#include "base/arena.h"

namespace ptscope {

Reference::Reference() = default;
Reference::~Reference() = default;
Reference::Reference(Reference&&) noexcept = default;
Reference& Reference::operator=(Reference&&) noexcept = default;

}  // namespace ptscope
