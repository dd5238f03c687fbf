// NameFilter: which names a request is about (--match, --exclude).
#ifndef PTSCOPE_NAME_FILTER_H_
#define PTSCOPE_NAME_FILTER_H_

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ptscope {

// Globs over whole names: `*` any run of characters, dots too; `?` one;
// `[a-z]` a class; `[!a-z]` its complement. A name is kept if one of `match`
// fits, or there is none, and none of `exclude` does. Keeps everything where
// both are empty. Copies share what they were made of.
class NameFilter {
 public:
  NameFilter();
  NameFilter(std::span<const std::string> match,
             std::span<const std::string> exclude);
  ~NameFilter();
  NameFilter(const NameFilter&);
  NameFilter& operator=(const NameFilter&);

  bool Keeps(std::string_view name) const {
    return rep_ == nullptr || Matches(name);
  }
  // Keeps everything.
  bool empty() const { return rep_ == nullptr; }

 private:
  struct Rep;
  bool Matches(std::string_view name) const;

  std::shared_ptr<const Rep> rep_;  // null: no glob
};

}  // namespace ptscope

#endif  // PTSCOPE_NAME_FILTER_H_
