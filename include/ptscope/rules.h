// Rules: which differences from a reference are expected, and why.
#ifndef PTSCOPE_RULES_H_
#define PTSCOPE_RULES_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ptscope {

// Is about the names that fit a glob (name_filter.h).
struct NameRule {
  std::string match;
  std::string reason;  // empty: none was given
};

// Changes names of the file before they are looked up: takes `strip_prefix`
// away once where a name begins with it; or replaces every match of the regular
// expression `from` (RE2's syntax) by `to`, in which \1 is the first group.
struct RenameRule {
  std::optional<std::string> strip_prefix;
  std::string from;
  std::string to;

  // What the rule is known by: the prefix, or the expression.
  const std::string& match() const {
    return strip_prefix ? *strip_prefix : from;
  }
};

struct Rules {
  std::vector<NameRule> may_miss;      // of the reference, not in the file
  std::vector<NameRule> may_add;       // in the file, not of the reference
  std::vector<NameRule> must_not_add;  // the same, and it is wrong
  std::vector<RenameRule> rename;      // applied in order
};

// The rule of a flag: Allowance("--allow-extra", "head.*") has the reason
// "--allow-extra=head.*"; without a glob it is about all names.
NameRule Allowance(std::string_view flag,
                   std::optional<std::string_view> glob = {});

}  // namespace ptscope

#endif  // PTSCOPE_RULES_H_
