#include "ptscope/name_filter.h"

#include <algorithm>
#include <vector>

#include "base/glob.h"

namespace ptscope {

struct NameFilter::Rep {
  std::vector<Glob> match;
  std::vector<Glob> exclude;
};

NameFilter::NameFilter() = default;
NameFilter::~NameFilter() = default;
NameFilter::NameFilter(const NameFilter&) = default;
NameFilter& NameFilter::operator=(const NameFilter&) = default;

NameFilter::NameFilter(std::span<const std::string> match,
                       std::span<const std::string> exclude) {
  if (match.empty() && exclude.empty()) return;
  auto rep = std::make_shared<Rep>();
  for (const std::string& glob : match) rep->match.emplace_back(glob);
  for (const std::string& glob : exclude) rep->exclude.emplace_back(glob);
  rep_ = std::move(rep);
}

bool NameFilter::Matches(std::string_view name) const {
  const auto fits = [&](const Glob& glob) { return glob.Matches(name); };
  if (!rep_->match.empty() && std::ranges::none_of(rep_->match, fits)) {
    return false;
  }
  return std::ranges::none_of(rep_->exclude, fits);
}

}  // namespace ptscope
