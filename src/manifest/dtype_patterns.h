// DtypePatterns: the patterns of a manifest, each kept once.
#ifndef PTSCOPE_MANIFEST_DTYPE_PATTERNS_H_
#define PTSCOPE_MANIFEST_DTYPE_PATTERNS_H_

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/arena.h"
#include "ptscope/tensor_list.h"

namespace ptscope::manifest {

class DtypePatterns {
 public:
  explicit DtypePatterns(Arena& arena) : arena_(arena) {}

  // A name, an alias ("half") or a glob. Null if no dtype fits. Lives as long
  // as the arena.
  const DtypePattern* Find(std::string_view word);

  // A list of such words, each of which Find() knows.
  const DtypePattern* List(const std::vector<std::string>& words);

 private:
  const DtypePattern* Keep(const DtypePattern& pattern);

  Arena& arena_;
  std::unordered_map<std::string_view, const DtypePattern*> known_;
};

// The dtype whose name is near; empty if none is.
std::string_view NearestDtype(std::string_view word);

}  // namespace ptscope::manifest

#endif  // PTSCOPE_MANIFEST_DTYPE_PATTERNS_H_
