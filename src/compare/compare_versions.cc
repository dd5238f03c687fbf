#include <fmt/format.h>

#include <optional>
#include <utility>

#include "ptscope/compare.h"

namespace ptscope {

namespace {

bool IsBetter(const Comparison& a, const Comparison& b) {
  if (a.failures != b.failures) return a.failures < b.failures;
  return a.matched() > b.matched();
}

}  // namespace

Result<VersionChoice> CompareVersions(std::span<const Reference> versions,
                                      const TensorList& actual,
                                      const CompareOptions& options) {
  VersionChoice choice;
  if (versions.size() == 1) {
    choice.reference = &versions.front();
    PTSCOPE_TRY(choice.comparison, Compare(versions[0], actual, options));
    return choice;
  }
  CompareOptions quick = options;
  quick.hints = false;
  const Reference* best = nullptr;
  const Reference* second = nullptr;
  std::optional<Comparison> with_best;
  std::optional<Comparison> with_second;
  // From the last one on: of equals the later wins.
  for (size_t i = versions.size(); i-- > 0;) {
    PTSCOPE_TRY(Comparison comparison, Compare(versions[i], actual, quick));
    if (!with_best || IsBetter(comparison, *with_best)) {
      second = std::exchange(best, &versions[i]);
      with_second = std::move(with_best);
      with_best = std::move(comparison);
    } else if (!with_second || IsBetter(comparison, *with_second)) {
      second = &versions[i];
      with_second = std::move(comparison);
    }
  }
  choice.reference = best;
  choice.runner_up = second;
  if (with_second) {
    choice.runner_up_failures = with_second->failures;
    choice.runner_up_matched = with_second->matched();
  }
  // Once more, with hints.
  PTSCOPE_TRY(choice.comparison, Compare(*best, actual, options));
  return choice;
}

}  // namespace ptscope
