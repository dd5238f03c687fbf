// JsonPointer: where in a JSON document a handler is (RFC 6901).
#ifndef PTSCOPE_MANIFEST_JSON_POINTER_H_
#define PTSCOPE_MANIFEST_JSON_POINTER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ptscope::manifest {

// "/a~1b" of "a/b".
std::string PointerStep(std::string_view step);

// Told of what a JsonHandler meets, in its order.
class JsonPointer {
 public:
  void OpenObject() { Open(false); }
  void OpenArray() { Open(true); }
  void Key(std::string_view key) { steps_[depth_ - 1].key = key; }
  void Close() { --depth_; }
  // Behind each value, also one that was closed.
  void EndValue() {
    if (depth_ != 0) ++steps_[depth_ - 1].index;
  }

  // The last key of the innermost object.
  const std::string& key() const { return steps_[depth_ - 1].key; }
  // Of the value at hand.
  std::string Text() const;

 private:
  struct Step {
    bool array = false;
    uint64_t index = 0;
    std::string key;
  };

  void Open(bool array) {
    if (depth_ == steps_.size()) steps_.emplace_back();
    Step& step = steps_[depth_++];
    step.array = array;
    step.index = 0;
    step.key.clear();
  }

  std::vector<Step> steps_;  // those from depth_ on are kept for their memory
  size_t depth_ = 0;
};

}  // namespace ptscope::manifest

#endif  // PTSCOPE_MANIFEST_JSON_POINTER_H_
