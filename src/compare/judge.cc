#include "compare/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "compare/file_names.h"
#include "compare/final_names.h"
#include "compare/rule_set.h"
#include "compare/shapes.h"

namespace ptscope::compare {

static_assert(kNone == NameIndex::kAbsent);

namespace {

class Judging {
 public:
  Judging(const Reference& reference, const TensorList& actual,
          const CompareOptions& options, const FinalNames& names)
      : reference_(reference),
        actual_(actual),
        options_(options),
        rename_fits_(names.rename_fits),
        names_(names.names, options.filter),
        shapes_(reference, actual) {
    static const Rules kNoRules;
    const Rules& rules = options.use_rules ? reference.rules : kNoRules;
    may_miss_.Add(rules.may_miss, options.may_miss, result_.rules);
    may_add_.Add(rules.may_add, options.may_add, result_.rules);
    must_not_add_.Add(rules.must_not_add, {}, result_.rules);
  }

  Comparison Run() {
    result_.strict = options_.strict;
    result_.prefixes = options_.prefixes;
    result_.verdicts.reserve(
        std::max(reference_.tensors.size(), names_.size()));
    JudgeReference();
    if (options_.use_tied) JudgeTied();
    JudgeRest();
    Count();
    FindUnused();
    return std::move(result_);
  }

 private:
  // A name of the reference that the file does not have.
  struct Absent {
    uint32_t expected;
    size_t verdict;  // its place
  };

  void JudgeReference() {
    expected_.resize(names_.size());
    const std::vector<uint32_t> uses = UsesInReference();
    uint32_t guess = 0;
    for (uint32_t i = 0; i < reference_.tensors.size(); ++i) {
      const NamedTensor& t = reference_.tensors[i];
      if (!options_.filter.Keeps(t.name)) continue;
      if (!uses.empty() && uses[i] == 0) continue;  // not the first of its name
      ++result_.of;
      VerdictRecord& record = result_.verdicts.emplace_back();
      record.name = t.name;
      record.expected = i;
      const uint32_t at = names_.Find(t.name, guess);
      if (at != kNone) {
        guess = at + 1;
        expected_[at] = true;
        record.actual = at;
      }
      const uint64_t twice = uses.empty() ? 1 : uses[i];
      if (twice > 1 || (at != kNone && names_.uses(at) > 1)) {
        Collide(record, twice > 1 ? twice : names_.uses(at),
                twice > 1 ? " of the reference" : "");
      } else if (!t.problem.empty()) {
        record.verdict = Verdict::kNoData;
        record.reason = Say(fmt::format("in the reference: {}", t.problem));
      } else if (at == kNone) {
        absent_.push_back({i, result_.verdicts.size() - 1});
        JudgeMissing(record);
      } else {
        JudgePresent(t, actual_.tensors[at], record);
      }
    }
  }

  // How often each name of the reference is there, at the first of them; empty
  // if none is there twice.
  std::vector<uint32_t> UsesInReference() const {
    if (reference_.unique) return {};
    const auto& tensors = reference_.tensors;
    const auto name_of = [&](uint32_t i) { return tensors[i].name; };
    NameIndex index(tensors.size());
    std::vector<uint32_t> uses(tensors.size());
    for (uint32_t i = 0; i < tensors.size(); ++i) {
      ++uses[index.Insert(tensors[i].name, i, name_of)];
    }
    return uses;
  }

  void JudgePresent(const NamedTensor& expected, const NamedTensor& actual,
                    VerdictRecord& record) {
    shapes_.Bind(expected, actual);
    if (!actual.problem.empty()) {
      record.verdict = Verdict::kNoData;
      record.reason = actual.problem;
    } else if (!shapes_.Fit(expected, actual)) {
      record.verdict = Verdict::kShape;
      if (std::string why = shapes_.WhyNot(expected, actual); !why.empty()) {
        record.reason = Say(std::move(why));
      }
    } else if (expected.dtype != nullptr && actual.dtype != nullptr &&
               (expected.dtype->dtypes & actual.dtype->dtypes) == 0 &&
               !options_.ignore_dtype) {
      record.verdict = Verdict::kDtype;
    } else {
      record.verdict = Verdict::kOk;
    }
  }

  void JudgeMissing(VerdictRecord& record) {
    record.verdict = Verdict::kMissing;
    Apply(may_miss_, Verdict::kMissingAllowed, record);
  }

  // Of names that are not there, those that another name of a tied group
  // stands for.
  void JudgeTied() {
    if (absent_.empty() || reference_.tied.empty()) return;
    std::vector<uint32_t> group_of(reference_.tensors.size(), kNone);
    for (size_t i = 0; i < reference_.tied.size(); ++i) {
      for (const uint32_t t : reference_.tied[i]) {
        group_of[t] = static_cast<uint32_t>(i);
      }
    }
    std::vector<uint32_t> there(reference_.tied.size(), kNone);
    for (const VerdictRecord& record : result_.verdicts) {
      const uint32_t group = group_of[record.expected];
      if (group == kNone || record.actual == kNone) continue;
      if (there[group] == kNone) there[group] = record.expected;
    }
    for (const Absent& absent : absent_) {
      const uint32_t group = group_of[absent.expected];
      if (group == kNone || there[group] == kNone) continue;
      VerdictRecord& record = result_.verdicts[absent.verdict];
      record.verdict = Verdict::kTied;
      record.rule = kNone;
      record.reason = Say(
          fmt::format("tied to \"{}\"", reference_.tensors[there[group]].name));
    }
  }

  // What only the file has.
  void JudgeRest() {
    for (uint32_t at = 0; at < names_.size(); ++at) {
      if (names_.uses(at) == 0 || expected_[at]) continue;
      VerdictRecord& record = result_.verdicts.emplace_back();
      record.name = names_.name(at);
      record.actual = at;
      JudgeExtra(at, record);
    }
  }

  void JudgeExtra(uint32_t at, VerdictRecord& record) {
    if (names_.uses(at) > 1) return Collide(record, names_.uses(at), "");
    if (Apply(must_not_add_, Verdict::kForbidden, record)) return;
    if (const auto problem = actual_.tensors[at].problem; !problem.empty()) {
      record.verdict = Verdict::kNoData;
      record.reason = problem;
      return;
    }
    record.verdict = Verdict::kExtra;
    Apply(may_add_, Verdict::kExtraAllowed, record);
  }

  // Whether a rule decides it.
  bool Apply(RuleSet& rules, Verdict verdict, VerdictRecord& record) const {
    const uint32_t rule = rules.Find(record.name);
    if (rule == kNone) return false;
    record.verdict = verdict;
    record.rule = rule;
    record.reason = result_.rules[rule].reason;
    return true;
  }

  void Collide(VerdictRecord& record, uint64_t count, const char* where) {
    record.verdict = Verdict::kCollision;
    record.reason =
        Say(fmt::format("{} tensors{} have this name", count, where));
  }

  std::string_view Say(std::string text) {
    return result_.texts.emplace_back(std::move(text));
  }

  void Count() {
    for (const VerdictRecord& record : result_.verdicts) {
      ++result_.counts[static_cast<size_t>(record.verdict)];
    }
#define X(name, word, fails, text) \
  if (fails) result_.failures += result_.count(Verdict::name);
    PTSCOPE_VERDICTS(X)
#undef X
  }

  // ------------------------------------------------------ rules without work

  // Of the reference alone: the rules of flags are none that anybody keeps.
  void FindUnused() {
    for (const RuleSet* rules : {&may_miss_, &may_add_, &must_not_add_}) {
      for (size_t i = 0; i < rules->of_reference(); ++i) {
        if (rules->used(i)) continue;
        if (!FitsAnyName(*rules, i)) {
          AddUnused(*rules, i, "no name fits");
        } else if (options_.strict && rules == &may_miss_ &&
                   !FitsAbsentName(i)) {
          AddUnused(*rules, i, "all that fit are there");
        }
      }
    }
    for (size_t i = 0; i < rename_fits_.size(); ++i) {
      if (rename_fits_[i]) continue;
      result_.unused_rules.push_back(
          {"rename", reference_.rules.rename[i].match(), "no name fits"});
    }
  }

  bool FitsAnyName(const RuleSet& rules, size_t i) const {
    for (const NamedTensor& t : reference_.tensors) {
      if (rules.Fits(i, t.name)) return true;
    }
    for (uint32_t at = 0; at < names_.size(); ++at) {
      if (rules.Fits(i, names_.name(at))) return true;
    }
    return false;
  }

  // What the filter leaves out counts, too: rules do not change with it.
  bool FitsAbsentName(size_t i) const {
    for (const Absent& absent : absent_) {
      if (may_miss_.Fits(i, reference_.tensors[absent.expected].name)) {
        return true;
      }
    }
    if (options_.filter.empty()) return false;
    std::unordered_set<std::string_view> there;
    for (uint32_t at = 0; at < names_.size(); ++at) {
      there.insert(names_.name(at));
    }
    return std::ranges::any_of(reference_.tensors, [&](const NamedTensor& t) {
      return may_miss_.Fits(i, t.name) && !there.contains(t.name);
    });
  }

  void AddUnused(const RuleSet& rules, size_t i, std::string_view why) {
    result_.unused_rules.push_back(
        {rules.kind(), result_.rules[rules.number(i)].match, why});
  }

  const Reference& reference_;
  const TensorList& actual_;
  const CompareOptions& options_;
  const std::vector<bool>& rename_fits_;
  const FileNames names_;
  Shapes shapes_;
  Comparison result_;
  RuleSet may_miss_{"may_miss"};
  RuleSet may_add_{"may_add"};
  RuleSet must_not_add_{"must_not_add"};
  std::vector<bool> expected_;  // names of the file that the reference has
  std::vector<Absent> absent_;
};

}  // namespace

Result<Comparison> Judge(const Reference& reference, const TensorList& actual,
                         const CompareOptions& options) {
  auto arena = std::make_shared<Arena>();
  PTSCOPE_TRY(const FinalNames names, RenameAll(actual, reference.rules.rename,
                                                options.prefixes, *arena));
  Comparison comparison = Judging(reference, actual, options, names).Run();
  comparison.arena = std::move(arena);
  return comparison;
}

}  // namespace ptscope::compare
