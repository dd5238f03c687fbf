#include "evidence/dict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace ptscope::evidence {
namespace {

using testing::ElementsAre;

Dict Make(const std::vector<std::string_view>& names,
          const std::vector<ModuleMetadata>& metadata = {}) {
  std::vector<Key> keys;
  for (const std::string_view name : names) keys.push_back({.name = name});
  return Dict("", StateDict::Kind::kDict, std::move(keys), metadata);
}

const Module& At(const Dict& dict, std::string_view path) {
  return dict.modules[dict.FindModule(path)];
}

TEST(Dict, HasATreeOfItsModules) {
  const Dict dict = Make({"w", "a.b.weight", "a.b.bias", "a.c.weight"});
  EXPECT_EQ(dict.modules[0].keys_below, 4u);
  EXPECT_EQ(At(dict, "a").keys_below, 3u);
  EXPECT_EQ(At(dict, "a").keys, 0u);
  EXPECT_EQ(At(dict, "a.b").keys, 2u);
  EXPECT_EQ(At(dict, "a.b").step, "b");
  EXPECT_EQ(dict.FindModule("a.d"), kNone);
  EXPECT_EQ(dict.OwnKey(dict.FindModule("a.b"), "bias"), 2u);
  EXPECT_EQ(dict.OwnKey(dict.FindModule("a.b"), "gain"), kNone);
  EXPECT_THAT(dict.KeysBelow(dict.FindModule("a")), ElementsAre(1, 2, 3));
}

TEST(Dict, FindsNumberedLists) {
  const Dict dict = Make({"h.10.w", "h.2.w", "h.2.b", "x.y", "h.n.w"});
  ASSERT_EQ(dict.lists.size(), 1u);
  EXPECT_EQ(dict.ListName(dict.lists[0]), "h.*");
  ASSERT_EQ(dict.lists[0].blocks.size(), 2u);
  EXPECT_EQ(dict.lists[0].blocks[0].number, 2u);
  EXPECT_EQ(dict.lists[0].blocks[1].number, 10u);
}

TEST(Dict, KnowsBlocksThatAreAlike) {
  const Dict dict =
      Make({"h.0.a", "h.0.m.b", "h.1.m.b", "h.1.a", "h.2.a"}, {{"", 1},
                                                               {"h", 1},
                                                               {"h.0", 1},
                                                               {"h.0.m", 1},
                                                               {"h.1", 1},
                                                               {"h.1.m", 1},
                                                               {"h.2", 1},
                                                               {"h.2.m", 2}});
  EXPECT_TRUE(dict.metadata);
  EXPECT_EQ(dict.named_count, 8u);
  EXPECT_EQ(At(dict, "h.0").like, At(dict, "h.1").like);
  EXPECT_EQ(At(dict, "h.0").structure, At(dict, "h.1").structure);
  EXPECT_EQ(At(dict, "h.0").key_set, At(dict, "h.1").key_set);
  EXPECT_NE(At(dict, "h.0").structure, At(dict, "h.2").structure);
  EXPECT_NE(At(dict, "h.0").key_set, At(dict, "h.2").key_set);
  EXPECT_EQ(At(dict, "h").submodules, 6u);
  EXPECT_TRUE(At(dict, "h.2").norm_below);
  EXPECT_FALSE(At(dict, "h.2").full_norm_below);
}

TEST(Dict, IgnoresMetadataOfOtherNames) {
  EXPECT_FALSE(Make({"net.fc.w", "net.fc.b"}, {{"", 1}, {"fc", 1}}).metadata);
  EXPECT_TRUE(Make({"fc.w", "fc.b", "w"}, {{"", 1}, {"fc", 1}}).metadata);
}

TEST(Dict, TakesAPrefixFromAPartOfTheNames) {
  const Dict dict = Make({"module.fc.w", "fc.b"});
  EXPECT_EQ(dict.prefix, "module.");
  EXPECT_EQ(dict.prefix_example, "fc");
  EXPECT_EQ(dict.keys[0].name, "fc.w");
  // Of all names, or of other modules, it is a part of the model.
  EXPECT_EQ(Make({"module.fc.w", "module.fc.b"}).prefix, "");
  EXPECT_EQ(Make({"module.fc.w", "head.b"}).prefix, "");
  // A name that is there both ways is of two models.
  EXPECT_EQ(Make({"module.fc.w", "fc.w", "fc.b"}).prefix, "");
}

TEST(Dict, IsBoundedInDepth) {
  std::string deep;
  for (int i = 0; i < 20000; ++i) deep += "a.";
  deep += "w";
  const Dict dict = Make({deep, "a.w"});
  EXPECT_LE(dict.modules.size(), kDeepest + 1);
  EXPECT_EQ(dict.modules[0].keys_below, 2u);
}

}  // namespace
}  // namespace ptscope::evidence
