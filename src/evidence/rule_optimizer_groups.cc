// `optimizer_groups`: torch numbers the parameters of all groups through, from
// 0. A hole, or a state of a number that no group has, is a lost group.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

// "3", "12-61", "3, 5-6, …".
std::string Ranges(const std::vector<int64_t>& sorted) {
  constexpr int kMost = 8;
  std::string words;
  int ranges = 0;
  for (size_t i = 0, end = 0; i < sorted.size(); i = end) {
    for (end = i + 1; end < sorted.size() && sorted[end] == sorted[end - 1] + 1;
         ++end) {
    }
    if (!words.empty()) words += ", ";
    if (ranges++ == kMost) return words + "…";
    words += end == i + 1 ? fmt::format("{}", sorted[i])
                          : fmt::format("{}-{}", sorted[i], sorted[end - 1]);
  }
  return words;
}

std::string_view Plural(const std::vector<int64_t>& numbers) {
  return numbers.size() == 1 ? "" : "s";
}

void Look(const Facts& facts, const OptimizerFacts& optimizer,
          Findings& findings) {
  const TrainingState& training = facts.training;
  const Optimizer& o = *optimizer.optimizer;
  std::vector<int64_t> grouped;
  for (uint32_t i = 0; i < o.parameter_count; ++i) {
    const int64_t number = training.parameters[o.parameters + i].number;
    if (number < 0) return;  // they are named
    grouped.push_back(number);
  }
  std::ranges::sort(grouped);
  // Of groups that nobody has read the moments tell nothing; old files number
  // by address.
  if (o.state_count == 0) return;
  if (grouped.empty() || grouped[0] != 0) return;
  EvidenceRecord record{.certainty = Certainty::kCertain,
                        .rule = "optimizer_groups",
                        .root = std::string(o.place)};

  std::vector<int64_t> lost;
  for (uint32_t i = 0; i < o.state_count; ++i) {
    const int64_t number = training.state_numbers[o.states + i];
    if (!std::ranges::binary_search(grouped, number)) lost.push_back(number);
  }
  if (!lost.empty()) {
    std::ranges::sort(lost);
    record.param = static_cast<uint64_t>(lost[0]);
    record.reason = fmt::format(
        "{} has state for parameter{} {} that {} in no group", optimizer.place,
        Plural(lost), Ranges(lost), lost.size() == 1 ? "is" : "are");
    return findings.Add(std::move(record));
  }
  // One that a group names twice takes two numbers.
  if (std::ranges::adjacent_find(grouped) != grouped.end()) return;
  constexpr size_t kMost = 1 << 20;
  for (size_t i = 1; i < grouped.size(); ++i) {
    for (int64_t n = grouped[i - 1] + 1; n < grouped[i]; ++n) {
      if (lost.size() == kMost) return;  // no numbers of parameters
      lost.push_back(n);
    }
  }
  if (lost.empty()) return;
  record.param = static_cast<uint64_t>(lost[0]);
  record.reason = fmt::format(
      "the groups of {} have parameters 0 to {}, but parameter{} {} {} in none "
      "of them: torch numbers all groups through",
      optimizer.place, grouped.back(), Plural(lost), Ranges(lost),
      lost.size() == 1 ? "is" : "are");
  findings.Add(std::move(record));
}

}  // namespace

void FindOptimizerGroups(const Facts& facts, Findings& findings) {
  for (const OptimizerFacts& optimizer : facts.optimizers) {
    Look(facts, optimizer, findings);
  }
}

}  // namespace ptscope::evidence
