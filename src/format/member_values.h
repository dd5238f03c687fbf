// What the members of an archive hold beside tensors, as one object: a value a
// member.
#ifndef PTSCOPE_FORMAT_MEMBER_VALUES_H_
#define PTSCOPE_FORMAT_MEMBER_VALUES_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/kept_values.h"

namespace ptscope::format {

class MemberValues final : public KeptValues {
 public:
  // Null is of a member that has none. The first of a name counts.
  void Add(std::string_view name, std::shared_ptr<const KeptValues> values);

  // A path begins with the name of a member.
  Status Show(std::string_view path, const Limits& limits,
              ValueVisitor& to) const override;

  // Those of `all`, where there is but one member.
  static std::shared_ptr<const KeptValues> Join(MemberValues all);

 private:
  struct Member {
    std::string name;
    std::shared_ptr<const KeptValues> values;
  };

  const Member* Find(std::string_view path) const;
  Error NothingAt(std::string_view path) const;

  std::vector<Member> members_;
};

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_MEMBER_VALUES_H_
