#include <algorithm>

#include "ptscope/reference.h"

namespace ptscope {

const Reference* ReferenceSet::Find(std::string_view version) const {
  const auto at = std::ranges::find(versions, version, &Reference::version);
  return at == versions.end() ? nullptr : &*at;
}

std::string ReferenceSet::VersionNames() const {
  std::string names;
  for (const Reference& reference : versions) {
    if (!names.empty()) names += ", ";
    names += reference.version;
  }
  return names;
}

}  // namespace ptscope
