#include "evidence/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

constexpr uint64_t kMostOfRule = 100;
// Held until it is known which of them are told by others.
constexpr uint64_t kMostHeld = 4096;

// The tensors, or the modules, that were named so far.
class Told {
 public:
  // False: all that the record names was named before.
  bool Add(const EvidenceRecord& record) {
    bool is_new = false;
    const auto add = [&](std::string_view name) {
      is_new = seen_.insert(KeyOf(record.root, name)).second || is_new;
      AddModules(record.root, name);
    };
    if (!record.missing.empty()) {
      for (const std::string& name : record.missing) add(name);
    } else if (!record.guess.empty()) {
      add(record.guess);
    } else if (!record.name.empty()) {
      add(record.name);
    } else {
      return true;
    }
    return is_new;
  }

 private:
  // A block is told with its tensors, and so is the tensor's own module.
  void AddModules(std::string_view root, std::string_view name) {
    std::string_view module = ModuleOf(name);
    for (bool own = true; !module.empty(); module = ModuleOf(module)) {
      if (own || NumberOf(LeafOf(module))) {
        seen_.insert(KeyOf(root, module));
      }
      own = false;
    }
  }
  static std::string KeyOf(std::string_view root, std::string_view name) {
    return std::string(root).append("\n").append(name);
  }

  std::unordered_set<std::string> seen_;
};

}  // namespace

Findings::Tally& Findings::TallyOf(const EvidenceRecord& record) {
  for (Tally& t : tallies_) {
    if (t.rule == record.rule && t.certainty == record.certainty) return t;
  }
  return tallies_.emplace_back(Tally{record.rule, record.certainty});
}

void Findings::Add(EvidenceRecord record) {
  if (++TallyOf(record).added > kMostHeld) {
    ++report.counts[static_cast<size_t>(record.certainty)];
    return;
  }
  report.records.push_back(std::move(record));
}

EvidenceReport Findings::Finish() {
  std::ranges::stable_sort(report.records, {}, &EvidenceRecord::certainty);
  Told told;
  std::erase_if(report.records, [&](const EvidenceRecord& record) {
    if (!told.Add(record)) return true;
    ++report.counts[static_cast<size_t>(record.certainty)];
    return ++TallyOf(record).kept > kMostOfRule;
  });
  for (const Tally& t : tallies_) {
    const uint64_t unheld = t.added - std::min(t.added, kMostHeld);
    if (t.kept + unheld <= kMostOfRule) continue;
    report.omitted.push_back(fmt::format("{} more findings of rule {} ({})",
                                         t.kept + unheld - kMostOfRule, t.rule,
                                         ToWord(t.certainty)));
  }
  return std::move(report);
}

}  // namespace ptscope::evidence
