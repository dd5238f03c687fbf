#include "manifest/rename_pattern.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "base/checked_math.h"

namespace ptscope::manifest {

namespace {

re2::RE2::Options Options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  return options;
}

re2::StringPiece Piece(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

std::optional<RenameProblem> ProblemOf(const RenameRule& rule) {
  if (rule.strip_prefix) return std::nullopt;
  const re2::RE2 from(rule.from, Options());
  if (!from.ok()) {
    return RenameProblem{
        "from", fmt::format("no regular expression: {}", from.error())};
  }
  const int group = re2::RE2::MaxSubmatch(Piece(rule.to));
  if (group > from.NumberOfCapturingGroups()) {
    return RenameProblem{
        "to", fmt::format("refers to group {}, and `from` has {}", group,
                          from.NumberOfCapturingGroups())};
  }
  std::string error;
  if (!from.CheckRewriteString(rule.to, &error)) {
    return RenameProblem{"to",
                         fmt::format("does not go with `from`: {}", error)};
  }
  return std::nullopt;
}

RenamePattern::RenamePattern(const RenameRule& rule) : rule_(rule) {
  if (!rule.strip_prefix) {
    from_ = std::make_unique<re2::RE2>(rule.from, Options());
  }
}

RenamePattern::~RenamePattern() = default;
RenamePattern::RenamePattern(RenamePattern&&) noexcept = default;

bool RenamePattern::Fits(std::string_view name) const {
  if (from_ == nullptr) return name.starts_with(*rule_.strip_prefix);
  return re2::RE2::PartialMatch(Piece(name), *from_);
}

uint64_t RenamePattern::LongestResult(uint64_t length) const {
  if (from_ == nullptr) return length;
  // Each match may be one letter or none, and each group in it all of the name.
  const auto groups = static_cast<uint64_t>(std::ranges::count(rule_.to, '\\'));
  const auto of_groups = CheckedMul(groups, length);
  if (!of_groups) return UINT64_MAX;
  const auto one = CheckedAdd<uint64_t>(*of_groups, rule_.to.size() + 1);
  if (!one) return UINT64_MAX;
  return CheckedMul(*one, length + 1).value_or(UINT64_MAX);
}

std::string RenamePattern::Apply(std::string_view name) const {
  if (from_ == nullptr) {
    return std::string(name.substr(rule_.strip_prefix->size()));
  }
  std::string renamed(name);
  re2::RE2::GlobalReplace(&renamed, *from_, rule_.to);
  return renamed;
}

}  // namespace ptscope::manifest
