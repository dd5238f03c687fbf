// RuleSet: the rules of one kind, compiled and numbered.
#ifndef PTSCOPE_COMPARE_RULE_SET_H_
#define PTSCOPE_COMPARE_RULE_SET_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/glob.h"
#include "ptscope/checkpoint.h"
#include "ptscope/rules.h"

namespace ptscope::compare {

// Of several rules the first that fits decides.
class RuleSet {
 public:
  explicit RuleSet(std::string_view kind) : kind_(kind) {}

  // Copies the rules to the end of `rules`, whose indices number them. First
  // those of the reference, then those of flags.
  void Add(std::span<const NameRule> of_reference,
           std::span<const NameRule> of_flags, std::vector<NameRule>& rules) {
    for (const auto& from : {of_reference, of_flags}) {
      for (const NameRule& rule : from) {
        globs_.push_back(
            {Glob(rule.match), static_cast<uint32_t>(rules.size())});
        rules.push_back(rule);
      }
    }
    of_reference_ = of_reference.size();
  }

  // The number of the first rule that fits; kNone if none does. It counts as
  // used from then on.
  uint32_t Find(std::string_view name) {
    for (Rule& rule : globs_) {
      if (!rule.glob.Matches(name)) continue;
      rule.used = true;
      return rule.number;
    }
    return kNone;
  }

  std::string_view kind() const { return kind_; }
  // How many are the reference's; these come first.
  size_t of_reference() const { return of_reference_; }
  uint32_t number(size_t i) const { return globs_[i].number; }
  bool used(size_t i) const { return globs_[i].used; }
  bool Fits(size_t i, std::string_view name) const {
    return globs_[i].glob.Matches(name);
  }

 private:
  struct Rule {
    Glob glob;
    uint32_t number;
    bool used = false;
  };

  const std::string_view kind_;
  std::vector<Rule> globs_;
  size_t of_reference_ = 0;
};

}  // namespace ptscope::compare

#endif  // PTSCOPE_COMPARE_RULE_SET_H_
