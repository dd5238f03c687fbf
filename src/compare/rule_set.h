// RuleSet: the rules of a comparison, compiled and numbered.
#ifndef PTSCOPE_COMPARE_RULE_SET_H_
#define PTSCOPE_COMPARE_RULE_SET_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/glob.h"
#include "ptscope/checkpoint.h"
#include "ptscope/compare.h"

namespace ptscope::compare {

// Rules of one kind, of which the first that fits decides.
class RuleSet {
 public:
  // Copies the rules to the end of `rules`, whose indices number them.
  RuleSet(std::span<const NameRule> from, std::vector<NameRule>& rules)
      : first_(static_cast<uint32_t>(rules.size())) {
    for (const NameRule& rule : from) {
      globs_.emplace_back(rule.match);
      rules.push_back(rule);
    }
  }

  // The number of the first rule that fits; kNone if none does.
  uint32_t Find(std::string_view name) const {
    for (size_t i = 0; i < globs_.size(); ++i) {
      if (globs_[i].Matches(name)) return first_ + static_cast<uint32_t>(i);
    }
    return kNone;
  }

 private:
  uint32_t first_;
  std::vector<Glob> globs_;
};

}  // namespace ptscope::compare

#endif  // PTSCOPE_COMPARE_RULE_SET_H_
