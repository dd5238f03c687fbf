#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "ptscope/checkpoint.h"

namespace ptscope {
namespace {

// Containers by their steps, each with a StateDict; [0] is the root.
class Containers {
 public:
  Containers() { checkpoint_.state_dicts.push_back({.path = 0}); }

  Containers& Add(uint32_t parent, std::string_view step) {
    const PathNode& above = checkpoint_.paths[parent];
    const size_t dot = parent == 0 ? 0 : above.prefix + 1;
    const auto path = static_cast<uint32_t>(checkpoint_.paths.size());
    checkpoint_.paths.push_back(
        {.parent = parent,
         .prefix = static_cast<uint32_t>(dot + step.size()),
         .step = step});
    checkpoint_.state_dicts.push_back({.path = path});
    return *this;
  }
  // The PathNode of the one there; -1: there is none.
  int At(std::string_view root) const {
    const StateDict* dict = checkpoint_.StateDictAt(root);
    return dict == nullptr ? -1 : static_cast<int>(dict->path);
  }

 private:
  Checkpoint checkpoint_;
};

TEST(StateDictAt, FindsContainersByTheirJoinedSteps) {
  Containers c;
  c.Add(0, "a").Add(1, "b").Add(0, "model").Add(2, "");
  EXPECT_EQ(c.At(""), 0);
  EXPECT_EQ(c.At("a"), 1);
  EXPECT_EQ(c.At("a.b"), 2);
  EXPECT_EQ(c.At("model"), 3);
  EXPECT_EQ(c.At("a.b."), 4);
}

TEST(StateDictAt, TakesWholeStepsAlone) {
  Containers c;
  c.Add(0, "a").Add(1, "bc");
  EXPECT_EQ(c.At("b"), -1);
  EXPECT_EQ(c.At("a.b"), -1);
  EXPECT_EQ(c.At("a-bc"), -1);
  EXPECT_EQ(c.At("xx.bc"), -1);
  EXPECT_EQ(c.At("axbc"), -1);
}

TEST(StateDictAt, TakesTheFirstOfTwoWaysToJoin) {
  Containers c;
  c.Add(0, "a.b").Add(0, "a").Add(2, "b");
  EXPECT_EQ(c.At("a.b"), 1);
}

}  // namespace
}  // namespace ptscope
