#include "format/member_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ptscope::format {

void MemberValues::Add(std::string_view name,
                       std::shared_ptr<const KeptValues> values) {
  if (values == nullptr) return;
  if (std::ranges::find(members_, name, &Member::name) != members_.end()) {
    return;
  }
  members_.push_back({std::string(name), std::move(values)});
}

Status MemberValues::Show(std::string_view path, const Limits& limits,
                          ValueVisitor& to) const {
  if (!path.empty()) {
    const Member* const member = Find(path);
    if (member == nullptr) return NothingAt(path);
    path.remove_prefix(std::min(path.size(), member->name.size() + 1));
    return member->values->Show(path, limits, to);
  }
  to.BeginObject(ValueVisitor::Lines::kMany);
  for (const Member& member : members_) {
    if (to.IsFull()) break;
    to.Key(member.name);
    PTSCOPE_CHECK(member.values->Show({}, limits, to));
  }
  to.EndObject();
  return {};
}

// Names have dots in them: the longest that fits.
const MemberValues::Member* MemberValues::Find(std::string_view path) const {
  const Member* found = nullptr;
  for (const Member& member : members_) {
    const std::string_view name = member.name;
    const bool fits =
        path == name || (path.starts_with(name) && path[name.size()] == '.');
    if (fits && (found == nullptr || name.size() > found->name.size())) {
      found = &member;
    }
  }
  return found;
}

Error MemberValues::NothingAt(std::string_view path) const {
  constexpr size_t kShown = 10;
  std::string there;
  for (size_t i = 0; i < std::min(members_.size(), kShown); ++i) {
    there += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", members_[i].name);
  }
  if (members_.size() > kShown) {
    there += fmt::format(" and {} more", members_.size() - kShown);
  }
  return {.code = ErrorCode::kUsage,
          .message = fmt::format("nothing is at \"{}\"", path),
          .hint = "a path begins with the name of a member: " + there};
}

std::shared_ptr<const KeptValues> MemberValues::Join(MemberValues all) {
  if (all.members_.empty()) return nullptr;
  if (all.members_.size() == 1) return std::move(all.members_.front().values);
  return std::make_shared<MemberValues>(std::move(all));
}

}  // namespace ptscope::format
