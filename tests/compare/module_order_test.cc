#include "compare/module_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace ptscope::compare {
namespace {

TensorList Model(const std::vector<std::string_view>& names) {
  TensorList list;
  for (const std::string_view name : names) {
    list.tensors.push_back({.name = name});
  }
  return list;
}

// The path, dot included, of the module that `name` leads to.
std::string PathOf(const TensorList& model, std::string_view name) {
  return std::string(name.substr(0, ModuleOrder(model).Find(name).path));
}

TEST(ModuleOrder, FindsTheDeepestModule) {
  const TensorList model =
      Model({"w", "fc.weight", "net.0.weight", "net.0.bn.bias"});
  EXPECT_EQ(PathOf(model, "x"), "");
  EXPECT_EQ(PathOf(model, "w.x"), "");  // a tensor is no module
  EXPECT_EQ(PathOf(model, "fc"), "");
  EXPECT_EQ(PathOf(model, "fc."), "fc.");
  EXPECT_EQ(PathOf(model, "fc.weight.x"), "fc.");
  EXPECT_EQ(PathOf(model, "fcx.weight"), "");
  EXPECT_EQ(PathOf(model, "net.x.y"), "net.");
  EXPECT_EQ(PathOf(model, "net.0.bn.x"), "net.0.bn.");
  EXPECT_EQ(PathOf(model, "net.0.bnx"), "net.0.");
  EXPECT_EQ(PathOf(model, "net.0.bn"), "net.0.");
}

TEST(ModuleOrder, IsThatOfFirstMention) {
  // In preorder; the order of letters is another.
  const TensorList model = Model({"z.0.w", "z.w", "a.b.w", "m.w", "a.w"});
  const ModuleOrder order(model);
  const std::vector<std::string_view> names = {"x",   "z.x",   "z.0.x",
                                               "a.x", "a.b.x", "m.x"};
  for (size_t i = 0; i + 1 < names.size(); ++i) {
    EXPECT_LT(order.Find(names[i]), order.Find(names[i + 1])) << names[i];
  }
  EXPECT_EQ(order.Find("a.x"), order.Find("a.y"));
}

TEST(ModuleOrder, FindsTheFirstMentionAmongMany) {
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) names.push_back("m" + std::to_string(i) + ".w");
  std::ranges::reverse(names);
  const TensorList model = Model({names.begin(), names.end()});
  const ModuleOrder order(model);
  for (uint32_t i = 0; i < 100; ++i) {
    EXPECT_EQ(order.Find("m" + std::to_string(i) + ".x").first, 99 - i);
  }
}

TEST(ModuleOrder, OfNothingIsTheModelItself) {
  EXPECT_EQ(PathOf(Model({}), "a.b"), "");
}

}  // namespace
}  // namespace ptscope::compare
