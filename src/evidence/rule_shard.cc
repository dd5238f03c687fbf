// `shard`: the file is a part of a checkpoint, of which it tells little.
#include <fmt/format.h>

#include "evidence/rules.h"

namespace ptscope::evidence {

void FindShard(const Facts& facts, Findings& findings) {
  if (facts.shard.empty()) return;
  findings.Add({.certainty = Certainty::kNote,
                .rule = "shard",
                .reason = fmt::format("the file is one part of a checkpoint "
                                      "({}): the others are not looked at",
                                      facts.shard)});
}

}  // namespace ptscope::evidence
