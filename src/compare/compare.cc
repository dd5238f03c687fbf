#include "ptscope/compare.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/arena.h"
#include "compare/final_names.h"
#include "compare/judge.h"
#include "compare/prefix_hints.h"

namespace ptscope {

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

namespace {

using compare::Judge;

// A name of the reference that is not in the file.
bool IsAbsent(const VerdictRecord& record) {
  return record.expected != kNone && record.actual == kNone;
}

std::string FlagOf(const PrefixChange& change) {
  return change.kind == PrefixChange::Kind::kStrip
             ? "--strip-prefix " + change.prefix
             : "--add-prefix " + change.prefix;
}

std::string InWords(const PrefixChange& change) {
  return change.kind == PrefixChange::Kind::kStrip
             ? fmt::format("without the prefix \"{}\"", change.prefix)
             : fmt::format("with the prefix \"{}\"", change.prefix);
}

class Hinter {
 public:
  Hinter(const Reference& reference, const TensorList& actual,
         const CompareOptions& options)
      : reference_(reference), actual_(actual), options_(options) {}

  Status Add(Comparison& comparison) {
    if (std::ranges::none_of(comparison.verdicts, IsAbsent)) return {};
    PTSCOPE_CHECK(AddPrefix(comparison));
    if (options_.hints) AddNames(comparison);
    return {};
  }

 private:
  // The one prefix that gives the most matches, if any gives more than now.
  Status AddPrefix(Comparison& comparison) {
    Arena arena;
    PTSCOPE_TRY(const compare::FinalNames names,
                compare::RenameAll(actual_, reference_.rules.rename,
                                   options_.prefixes, arena));
    std::optional<PrefixChange> best;
    std::optional<Comparison> with_best;
    for (PrefixChange& change :
         compare::CandidatePrefixes(reference_, names.names)) {
      CompareOptions options = options_;
      options.prefixes.push_back(change);
      PTSCOPE_TRY(Comparison other, Judge(reference_, actual_, options));
      const uint64_t now =
          with_best ? with_best->matched() : comparison.matched();
      if (other.matched() <= now) continue;
      best = std::move(change);
      with_best = std::move(other);
    }
    if (!best) return {};
    const uint64_t before = comparison.matched();
    const uint64_t after = with_best->matched();
    if (options_.auto_prefix) {
      comparison = *std::move(with_best);
      comparison.hints.push_back(fmt::format(
          "{}, {} of {} match instead of {} (--auto-prefix took "
          "{})",
          InWords(*best), after, comparison.of, before, FlagOf(*best)));
    } else if (options_.hints) {
      comparison.hints.push_back(fmt::format(
          "{}, {} of {} would match instead of {}: {}", InWords(*best), after,
          comparison.of, before, FlagOf(*best)));
    }
    return {};
  }

  // Where no name is on both sides: what names there are.
  static void AddNames(Comparison& comparison) {
    std::vector<std::string_view> expected;
    std::vector<std::string_view> actual;
    for (const VerdictRecord& record : comparison.verdicts) {
      if (record.expected != kNone && record.actual != kNone) return;
      (record.actual == kNone ? expected : actual).push_back(record.name);
    }
    comparison.hints.push_back(
        fmt::format("no name is on both sides: the reference has {}; the file "
                    "has {}",
                    AFew(expected), AFew(actual)));
  }

  static std::string AFew(const std::vector<std::string_view>& names) {
    constexpr size_t kShown = 3;
    if (names.empty()) return "none";
    std::string text;
    for (size_t i = 0; i < names.size() && i < kShown; ++i) {
      text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", names[i]);
    }
    if (names.size() > kShown) {
      text += fmt::format(" and {} more", names.size() - kShown);
    }
    return text;
  }

  const Reference& reference_;
  const TensorList& actual_;
  const CompareOptions& options_;
};

}  // namespace

Result<Comparison> Compare(const Reference& reference, const TensorList& actual,
                           const CompareOptions& options) {
  PTSCOPE_TRY(Comparison comparison, Judge(reference, actual, options));
  if (options.hints || options.auto_prefix) {
    PTSCOPE_CHECK(Hinter(reference, actual, options).Add(comparison));
  }
  return comparison;
}

}  // namespace ptscope
