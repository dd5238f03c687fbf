// RenamePattern: one rename rule, ready to be applied. RE2 is within: its time
// is linear in the name, whatever the expression.
#ifndef PTSCOPE_MANIFEST_RENAME_PATTERN_H_
#define PTSCOPE_MANIFEST_RENAME_PATTERN_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ptscope/rules.h"

namespace re2 {
class RE2;
}

namespace ptscope::manifest {

// Why a rule cannot be applied.
struct RenameProblem {
  const char* key;  // of the rule: "from", "to"
  std::string words;
};
std::optional<RenameProblem> ProblemOf(const RenameRule& rule);

class RenamePattern {
 public:
  // The rule must be right, and outlive this.
  explicit RenamePattern(const RenameRule& rule);
  ~RenamePattern();
  RenamePattern(RenamePattern&&) noexcept;

  bool Fits(std::string_view name) const;
  // Bytes that what Apply() makes of a name of that length may have at most;
  // UINT64_MAX for more than fit.
  uint64_t LongestResult(uint64_t length) const;
  // What becomes of a name that it fits.
  std::string Apply(std::string_view name) const;

 private:
  const RenameRule& rule_;
  std::unique_ptr<re2::RE2> from_;  // null: it takes a prefix away
};

}  // namespace ptscope::manifest

#endif  // PTSCOPE_MANIFEST_RENAME_PATTERN_H_
