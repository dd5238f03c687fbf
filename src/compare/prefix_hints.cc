#include "compare/prefix_hints.h"

#include <algorithm>
#include <string_view>

namespace ptscope::compare {

namespace {

// What DataParallel, torch.compile and Lightning put before names.
constexpr std::string_view kUsual[] = {"module.", "_orig_mod.", "model."};
constexpr size_t kMostSteps = 8;  // of a common prefix

template <typename Names, typename NameOf>
void AddCandidates(PrefixChange::Kind kind, const Names& names, NameOf name_of,
                   std::vector<PrefixChange>& out) {
  if (names.empty()) return;
  const auto add = [&](std::string_view prefix) {
    for (const PrefixChange& known : out) {
      if (known.kind == kind && known.prefix == prefix) return;
    }
    out.push_back({kind, std::string(prefix)});
  };
  for (const std::string_view prefix : kUsual) {
    if (std::ranges::any_of(names, [&](const auto& n) {
          return std::string_view(name_of(n)).starts_with(prefix);
        })) {
      add(prefix);
    }
  }
  std::string_view common = name_of(*std::begin(names));
  for (const auto& n : names) {
    const std::string_view name = name_of(n);
    const auto differ = std::ranges::mismatch(common, name);
    common = common.substr(0, static_cast<size_t>(differ.in1 - common.begin()));
  }
  size_t steps = 0;
  for (size_t dot = common.find('.');
       dot != std::string_view::npos && steps < kMostSteps;
       dot = common.find('.', dot + 1), ++steps) {
    add(common.substr(0, dot + 1));
  }
}

}  // namespace

std::vector<PrefixChange> CandidatePrefixes(
    const Reference& reference, const std::vector<std::string_view>& names) {
  std::vector<PrefixChange> candidates;
  AddCandidates(
      PrefixChange::Kind::kStrip, names,
      [](std::string_view name) { return name; }, candidates);
  AddCandidates(
      PrefixChange::Kind::kAdd, reference.tensors,
      [](const NamedTensor& t) { return t.name; }, candidates);
  return candidates;
}

}  // namespace ptscope::compare
