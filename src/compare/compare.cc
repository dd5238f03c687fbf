#include "ptscope/compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "compare/file_names.h"
#include "compare/rule_set.h"

namespace ptscope {

static_assert(kNone == NameIndex::kAbsent);

std::string_view ToWord(Verdict verdict) {
  switch (verdict) {
#define X(name, word, fails, text) \
  case Verdict::name:              \
    return word;
    PTSCOPE_VERDICTS(X)
#undef X
  }
  return "";
}

bool Fails(Verdict verdict) {
  switch (verdict) {
#define X(name, word, fails, text) \
  case Verdict::name:              \
    return fails;
    PTSCOPE_VERDICTS(X)
#undef X
  }
  return true;
}

NameRule Allowance(std::string_view flag,
                   std::optional<std::string_view> glob) {
  NameRule rule{.match = "*", .reason = std::string(flag)};
  if (glob) {
    rule.match = *glob;
    rule.reason += '=';
    rule.reason += *glob;
  }
  return rule;
}

std::optional<TensorType> ExpectedOf(const VerdictRecord& verdict,
                                     const Reference& reference) {
  if (verdict.reference == kNone) return std::nullopt;
  const ReferenceTensor& t = reference.tensors[verdict.reference];
  return TensorType{.dtype = t.dtype, .shape = t.shape};
}

std::optional<TensorType> ActualOf(const VerdictRecord& verdict,
                                   const Checkpoint& checkpoint) {
  if (verdict.tensor == kNone) return std::nullopt;
  const Tensor& t = checkpoint.tensors[verdict.tensor];
  return TensorType{.dtype = t.dtype, .shape = t.shape};
}

namespace {

using compare::FileNames;
using compare::RuleSet;

bool ShapeFits(const ReferenceTensor& expected, const Tensor& actual) {
  if (!expected.shape) return true;
  return std::ranges::equal(*expected.shape, actual.shape,
                            [](int64_t want, int64_t have) {
                              return want == kIrregular || want == have;
                            });
}

class Comparer {
 public:
  Comparer(const Reference& reference, const Checkpoint& checkpoint,
           const RootChoice& choice, const CompareOptions& options)
      : reference_(reference),
        checkpoint_(checkpoint),
        choice_(choice),
        options_(options),
        names_(choice, options.filter),
        may_miss_(options.may_miss, result_.rules),
        may_add_(options.may_add, result_.rules) {}

  Comparison Run() {
    result_.verdicts.reserve(
        std::max(reference_.tensors.size(), choice_.names.size()));
    JudgeReference();
    JudgeTied();
    JudgeRest();
    Count();
    return std::move(result_);
  }

 private:
  // A name of the reference that the file does not have.
  struct Absent {
    uint32_t reference;
    size_t verdict;  // its place
  };

  void JudgeReference() {
    expected_.resize(names_.size());
    uint32_t guess = 0;
    for (uint32_t i = 0; i < reference_.tensors.size(); ++i) {
      const ReferenceTensor& t = reference_.tensors[i];
      if (!options_.filter.Keeps(t.name)) continue;
      ++result_.of;
      VerdictRecord& record = result_.verdicts.emplace_back();
      record.name = t.name;
      record.reference = i;
      const uint32_t at = names_.Find(t.name, guess);
      if (at == kNone) {
        absent_.push_back({i, result_.verdicts.size() - 1});
        JudgeMissing(record);
        continue;
      }
      guess = at + 1;
      expected_[at] = true;
      record.tensor = choice_.tensors[at];
      record.verdict = JudgePresent(t, at);
      Explain(record, at);
    }
  }

  Verdict JudgePresent(const ReferenceTensor& expected, uint32_t at) const {
    const Tensor& actual = checkpoint_.tensors[choice_.tensors[at]];
    if (names_.uses(at) > 1) return Verdict::kCollision;
    if (!checkpoint_.ProblemOf(actual).empty()) return Verdict::kNoData;
    if (!ShapeFits(expected, actual)) return Verdict::kShape;
    if (expected.dtype && *expected.dtype != actual.dtype &&
        !options_.ignore_dtype) {
      return Verdict::kDtype;
    }
    return Verdict::kOk;
  }

  void JudgeMissing(VerdictRecord& record) const {
    record.verdict = Verdict::kMissing;
    Allow(record, may_miss_, Verdict::kMissingAllowed);
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
      const uint32_t group = group_of[record.reference];
      if (group == kNone || record.tensor == kNone) continue;
      if (there[group] == kNone) there[group] = record.reference;
    }
    for (const Absent& absent : absent_) {
      const uint32_t group = group_of[absent.reference];
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
      record.name = choice_.names[at];
      record.tensor = choice_.tensors[at];
      record.verdict = JudgeExtra(at);
      if (record.verdict == Verdict::kExtra) {
        Allow(record, may_add_, Verdict::kExtraAllowed);
      }
      Explain(record, at);
    }
  }

  Verdict JudgeExtra(uint32_t at) const {
    if (names_.uses(at) > 1) return Verdict::kCollision;
    const Tensor& actual = checkpoint_.tensors[choice_.tensors[at]];
    if (!checkpoint_.ProblemOf(actual).empty()) return Verdict::kNoData;
    return Verdict::kExtra;
  }

  void Allow(VerdictRecord& record, const RuleSet& rules,
             Verdict allowed) const {
    const uint32_t rule = rules.Find(record.name);
    if (rule == kNone) return;
    record.verdict = allowed;
    record.rule = rule;
    record.reason = result_.rules[rule].reason;
  }

  // The reason of what is wrong with the tensor itself.
  void Explain(VerdictRecord& record, uint32_t at) {
    if (record.verdict == Verdict::kCollision) {
      record.reason =
          Say(fmt::format("{} tensors have this name", names_.uses(at)));
    } else if (record.verdict == Verdict::kNoData) {
      record.reason = checkpoint_.ProblemOf(checkpoint_.tensors[record.tensor]);
    }
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

  const Reference& reference_;
  const Checkpoint& checkpoint_;
  const RootChoice& choice_;
  const CompareOptions& options_;
  const FileNames names_;
  Comparison result_;
  RuleSet may_miss_;
  RuleSet may_add_;
  std::vector<bool> expected_;  // names of the file that the reference has
  std::vector<Absent> absent_;
};

}  // namespace

Comparison Compare(const Reference& reference, const Checkpoint& checkpoint,
                   const RootChoice& choice, const CompareOptions& options) {
  return Comparer(reference, checkpoint, choice, options).Run();
}

}  // namespace ptscope
