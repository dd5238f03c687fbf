// `prefix`: one module has keys with and without a wrapper's prefix. Whatever
// loads them takes one half for another model. The other rules see the names
// without it (dict.cc).
#include <fmt/format.h>

#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope::evidence {

void FindPrefix(const Facts& facts, Findings& findings) {
  for (const Dict& dict : facts.dicts) {
    if (dict.prefix.empty()) continue;
    findings.Add({.certainty = Certainty::kLikely,
                  .rule = "prefix",
                  .reason = fmt::format(
                      "some tensors of {0} are called {1}{0}.… and some {0}.…: "
                      "a part of the names has the prefix {1}",
                      dict.prefix_example, dict.prefix),
                  .root = dict.root,
                  .module = dict.prefix_example});
  }
}

}  // namespace ptscope::evidence
