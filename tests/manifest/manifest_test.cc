#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/arena.h"
#include "manifest/parse.h"

namespace ptscope {
namespace {

// A manifest with these members behind its schema.
std::string Manifest(const std::string& members) {
  return "{\"schema\": \"ptscope/manifest/1\",\n" + members + "}";
}

std::string ErrorOf(const std::string& text) {
  const Result<ReferenceSet> r = manifest::ParseManifest(text, Limits());
  if (r) return "no error";
  return r.error().place + ": " + r.error().Text();
}

// "name dtype[shape]" for each, with commas; "*" is any dtype, "?" any size.
std::string Listed(const TensorList& list) {
  std::string text;
  for (const NamedTensor& t : list.tensors) {
    if (!text.empty()) text += ", ";
    text += std::string(t.name) + " ";
    text += t.dtype != nullptr ? ToText(*t.dtype) : "*";
    if (!t.shape) continue;
    text += "[";
    for (const int64_t n : *t.shape) {
      if (text.back() != '[') text += ",";
      text += IsNamed(n) ? std::string(list.dimension_names[NameOfDimension(n)])
              : n == kIrregular ? "?"
                                : std::to_string(n);
    }
    text += "]";
  }
  return text;
}

TEST(ParseManifest, ReadsAllItsParts) {
  const Result<ReferenceSet> r =
      manifest::ParseManifest(Manifest(R"("name": "net", "root": "model",
                  "tied": [["b", "a"]],
                  "tensors": {"a": {"dtype": "float16", "shape": [64, 3]},
                              "b": {}, "c": {"shape": []}})"),
                              Limits());
  ASSERT_TRUE(r);
  EXPECT_EQ(r->kind, ReferenceSet::Kind::kManifest);
  EXPECT_EQ(r->name, "net");
  EXPECT_EQ(r->root, "model");
  EXPECT_FALSE(r->has_versions());
  const Reference& one = r->versions[0];
  EXPECT_EQ(Listed(one), "a float16[64,3], b *, c *[]");
  EXPECT_EQ(one.tied, (std::vector<std::vector<uint32_t>>{{1, 0}}));
}

TEST(ParseManifest, TakesAutoAsNoRoot) {
  const Result<ReferenceSet> r = manifest::ParseManifest(
      Manifest(R"("root": "auto", "tensors": {"a": {}})"), Limits());
  ASSERT_TRUE(r);
  EXPECT_FALSE(r->root);
}

TEST(ParseManifest, KnowsAliasesOfDtypes) {
  const Result<ReferenceSet> r = manifest::ParseManifest(
      Manifest(R"("tensors": {"a": {"dtype": "half"}})"), Limits());
  ASSERT_TRUE(r);
  EXPECT_EQ(Listed(r->versions[0]), "a float16");
}

TEST(ParseManifest, ReadsItsKeysInAnyOrder) {
  EXPECT_EQ(
      ErrorOf(R"({"tensors": {"a": {}}, "schema": "ptscope/manifest/1"})"),
      "no error");
}

TEST(ParseManifest, PermitsRulesThatAreEmpty) {
  EXPECT_EQ(ErrorOf(Manifest(R"("tensors": {"a": {}}, "rules": {})")),
            "no error");
  EXPECT_EQ(ErrorOf(Manifest(R"("tensors": {"a": {}},
                                "rules": {"may_miss": [], "rename": []})")),
            "no error");
}

TEST(ParseManifest, ReadsPatternsOfDtypesAndDimensions) {
  const Result<ReferenceSet> r =
      manifest::ParseManifest(Manifest(R"("tensors": {
          "a": {"dtype": "float*", "shape": ["V", null, 3]},
          "b": {"dtype": ["half", "b*16"], "shape": ["H", "V"]}})"),
                              Limits());
  ASSERT_TRUE(r);
  const Reference& one = r->versions[0];
  EXPECT_EQ(Listed(one), "a float*[V,?,3], b float16|b*16[H,V]");
  const auto has = [&](size_t i, Dtype dtype) {
    return (one.tensors[i].dtype->dtypes & PatternOf(dtype).dtypes) != 0;
  };
  EXPECT_TRUE(has(0, Dtype::kFloat64));
  EXPECT_FALSE(has(0, Dtype::kBfloat16));
  EXPECT_TRUE(has(1, Dtype::kFloat16));
  EXPECT_TRUE(has(1, Dtype::kBfloat16));
  EXPECT_FALSE(has(1, Dtype::kFloat32));
}

TEST(ParseManifest, ReadsRules) {
  const Result<ReferenceSet> r =
      manifest::ParseManifest(Manifest(R"("tensors": {"a": {}}, "rules": {
          "rename": [{"strip_prefix": "module."},
                     {"to": "\\1.w", "from": "^(x)y$"}],
          "may_miss": [{"reason": "old", "match": "*.n"}, {"match": "b"}],
          "may_add": [{"match": "c"}],
          "must_not_add": [{"match": "d", "reason": "no"}]})"),
                              Limits());
  ASSERT_TRUE(r) << r.error().Text();
  const Rules& rules = r->versions[0].rules;
  ASSERT_EQ(rules.rename.size(), 2u);
  EXPECT_EQ(rules.rename[0].strip_prefix, "module.");
  EXPECT_FALSE(rules.rename[1].strip_prefix);
  EXPECT_EQ(rules.rename[1].from, "^(x)y$");
  EXPECT_EQ(rules.rename[1].to, "\\1.w");
  ASSERT_EQ(rules.may_miss.size(), 2u);
  EXPECT_EQ(rules.may_miss[0].match, "*.n");
  EXPECT_EQ(rules.may_miss[0].reason, "old");
  EXPECT_EQ(rules.may_miss[1].reason, "");
  EXPECT_EQ(rules.may_add[0].match, "c");
  EXPECT_EQ(rules.must_not_add[0].reason, "no");
}

TEST(ParseManifest, WorksOutVersions) {
  const Result<ReferenceSet> r =
      manifest::ParseManifest(Manifest(R"("name": "net", "versions": {
          "3": {"extends": "2", "add": {"e": {}, "b": {"dtype": "int8"}},
                "tied": [["a", "e"]],
                "rules": {"may_add": [{"match": "late"}]}},
          "1": {"tensors": {"a": {}, "b": {}, "c": {}, "d": {}},
                "tied": [["b", "c", "d"]],
                "rules": {"may_add": [{"match": "early"}]}},
          "2": {"extends": "1", "remove": ["[c]"]}})"),
                              Limits());
  ASSERT_TRUE(r) << r.error().Text();
  EXPECT_EQ(r->VersionNames(), "3, 1, 2");
  EXPECT_EQ(Listed(*r->Find("1")), "a *, b *, c *, d *");
  EXPECT_EQ(Listed(*r->Find("2")), "a *, b *, d *");
  // What exists is replaced in its place.
  EXPECT_EQ(Listed(*r->Find("3")), "a *, b int8, d *, e *");
  EXPECT_EQ(r->Find("3")->tied,
            (std::vector<std::vector<uint32_t>>{{1, 2}, {0, 3}}));
  ASSERT_EQ(r->Find("3")->rules.may_add.size(), 2u);
  EXPECT_EQ(r->Find("3")->rules.may_add[0].match, "early");
  EXPECT_EQ(r->Find("4"), nullptr);
}

TEST(ParseManifest, LimitsTheTensorsOfAllVersions) {
  Limits limits;
  limits.reference_tensors = 5;
  const Result<ReferenceSet> r = manifest::ParseManifest(
      Manifest(R"("versions": {"1": {"tensors": {"a": {}, "b": {}}},
                               "2": {"extends": "1"}, "3": {"extends": "1"}})"),
      limits);
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, ErrorCode::kLimit);
}

struct Case {
  std::string members;
  std::string error;
};

TEST(ParseManifest, NamesThePlaceOfWhatIsWrongWithVersions) {
  const Case cases[] = {
      {R"("versions": {})", "2:13: `/versions`: there is no version in it"},
      {R"("versions": {"1": {}})",
       "2:19: `/versions/1` has neither `tensors` nor `extends`"},
      {R"("versions": {"1": {"tensors": {"a": {}}, "extends": "1"}})",
       "2:53: `/versions/1/extends`: a version has either `tensors` or "
       "`extends`"},
      {R"("versions": {"1": {"tensors": {"a": {}}, "remove": ["a"]}})",
       "2:52: `/versions/1/remove` needs `extends`: there is nothing that it "
       "could change"},
      {R"("versions": {"1": {"tensors": {"a": {}}, "add": {}}})",
       "2:49: `/versions/1/add` needs `extends`: there is nothing that it "
       "could change"},
      {R"("versions": {"1": {"extends": "x"}})",
       "2:31: `/versions/1/extends`: there is no such version: found \"x\", "
       "expected one of 1"},
      {R"("versions": {"1": {"extends": "1"}})",
       "2:31: `/versions/1/extends`: the version extends itself"},
      {R"("versions": {"1": {"extends": "2"}, "2": {"extends": "1"}})",
       "2:31: `/versions/1/extends`: the version extends itself"},
      {R"("versions": {"1": {"tensors": {"a": {}}},
                       "2": {"extends": "1", "remove": ["b"]}})",
       "3:57: `/versions/2/remove/0`: no name of version 1 fits \"b\""},
      {R"("versions": {"1": {"tensors": {"a": {}}},
                       "2": {"extends": "1", "remove": ["a"]}})",
       "3:29: `/versions/2` has no tensor"},
      {R"("versions": {"1": {"tensors": {"a": {}}}}, "tensors": {"a": {}})",
       "2:55: `/tensors` stands beside `versions`: it belongs into a version"},
      {R"("rules": {}, "versions": {"1": {"tensors": {"a": {}}}})",
       "2:10: `/rules` stands beside `versions`: it belongs into a version"},
      {R"("versions": {"1": {"tensors": {"a": {}, "b": {}},
                             "tied": [["a", "b"]]},
                       "2": {"extends": "1", "tied": [["b", "a"]]}})",
       "4:56: `/versions/2/tied/0/0`: \"b\" is tied twice"},
      {R"("versions": {"": {"tensors": {"a": {}}}})",
       "2:18: `/versions/`: a version needs a name"},
  };
  for (const Case& c : cases) EXPECT_EQ(ErrorOf(Manifest(c.members)), c.error);
}

TEST(ParseManifest, NamesThePlaceOfWhatIsWrongWithRules) {
  const Case cases[] = {
      {R"("rules": {"may_miss": [{"reason": "x"}]})",
       "2:24: `/rules/may_miss/0`: a rule needs `match`"},
      {R"("rules": {"may_miss": [{"match": "a"}, {"match": ""}]})",
       "2:50: `/rules/may_miss/1/match`: an empty glob"},
      {R"("rules": {"may_add": ["x"]})",
       "2:23: `/rules/may_add/0` has the wrong type: found a string, expected "
       "an object"},
      {R"("rules": {"may_add": [{"match": "x", "raeson": "y"}]})",
       "2:38: `/rules/may_add/0/raeson` is not known; did you mean `reason`?"},
      {R"("rules": {"rename": [{"from": "a"}]})",
       "2:22: `/rules/rename/0`: a rename has either `strip_prefix`, or `from` "
       "and `to`"},
      {R"("rules": {"rename": [{"strip_prefix": "a", "to": "b"}]})",
       "2:22: `/rules/rename/0`: a rename has either `strip_prefix`, or `from` "
       "and `to`"},
      {R"("rules": {"rename": [{"from": "(", "to": ""}]})",
       "2:22: `/rules/rename/0/from`: no regular expression: missing ): "
       "("},
      {R"("rules": {"rename": [{"from": "a", "to": "\\1"}]})",
       "2:22: `/rules/rename/0/to`: refers to group 1, and `from` has 0"},
      {R"("rules": {"rename": [{"strip_prefix": ""}]})",
       "2:39: `/rules/rename/0/strip_prefix`: is empty"},
  };
  for (const Case& c : cases) EXPECT_EQ(ErrorOf(Manifest(c.members)), c.error);
}

TEST(ParseManifest, NamesThePlaceOfWhatIsMalformed) {
  const Case cases[] = {
      {R"("tensors": [])",
       "2:12: `/tensors` has the wrong type: found an array, expected an "
       "object"},
      {R"("tensors": {"a/b": 1})",
       "2:20: `/tensors/a~1b` has the wrong type: found a number, expected an "
       "object"},
      {R"("tensors": {"a": {"shape": 3}})",
       "2:28: `/tensors/a/shape` has the wrong type: found a number, expected "
       "an array"},
      {R"("tensors": {"a": {"shape": [1, 2.5]}})",
       "2:32: `/tensors/a/shape/1`: no dimension: an integer from 0 to "
       "2^63 - 1 is expected"},
      {R"("tensors": {"a": {"shape": [-1]}})",
       "2:29: `/tensors/a/shape/0`: no dimension: an integer from 0 to "
       "2^63 - 1 is expected"},
      {R"("tensors": {"a": {"shape": [9223372036854775808]}})",
       "2:29: `/tensors/a/shape/0`: no dimension: an integer from 0 to "
       "2^63 - 1 is expected"},
      {R"("tensors": {"a": {"dtype": "torch.float32"}})",
       "2:28: `/tensors/a/dtype`: \"torch.float32\" is no dtype; did you mean "
       "\"float32\"?"},
      {R"("tensors": {"a": {"dtyp": "float32"}})",
       "2:19: `/tensors/a/dtyp` is not known; did you mean `dtype`?"},
      {R"("tensors": {"a": {"requires_grad": true}})",
       "2:19: `/tensors/a/requires_grad` is not known; known here are dtype, "
       "shape"},
      {R"("tensor": {})",
       "2:1: `/tensor` is not known; did you mean "
       "`tensors`?"},
      {R"("tensors": {"a": {}, "a": {}})",
       "2:22: the key \"a\" is there twice, first at 2:13"},
      {R"("root": null)",
       "2:9: `/root` has the wrong type: found null, expected a string"},
      {R"("rules": {"may_mis": []})",
       "2:11: `/rules/may_mis` is not known; did you mean `may_miss`?"},
      {R"("rules": {"may_miss": {}})",
       "2:23: `/rules/may_miss` has the wrong type: found an object, expected "
       "an array"},
      {R"("tensors": {"a": {}}, "tied": [["a"]])",
       "2:32: `/tied/0`: a tied group needs two names or more"},
      {R"("tensors": {"a": {}}, "tied": [["a", "b"]])",
       "2:38: `/tied/0/1`: the tied name \"b\" is not in `tensors`"},
      {R"("tensors": {"a": {}}, "tied": [["a", "a"]])",
       "2:38: `/tied/0/1`: \"a\" is tied twice"},
      {R"("tensors": {"a": {}}, "tied": ["a"])",
       "2:32: `/tied/0` has the wrong type: found a string, expected an array "
       "of names"},
      {R"("tensors": {"a": {}}, "tied": [["a", 1]])",
       "2:38: `/tied/0/1` has the wrong type: found a number, expected a name"},
  };
  for (const Case& c : cases) EXPECT_EQ(ErrorOf(Manifest(c.members)), c.error);
}

TEST(ParseManifest, RefusesOtherJson) {
  const std::string error =
      ": is no manifest: it has no `schema`: expected \"schema\": "
      "\"ptscope/manifest/1\"; `ptscope manifest GOOD.pt` prints one";
  EXPECT_EQ(ErrorOf("{}"), error);
  EXPECT_EQ(ErrorOf(R"({"metadata": {"total_size": 1},
                        "weight_map": {"a": ["x", 1, null, true]}})"),
            error);
  EXPECT_EQ(ErrorOf(R"({"tensors": [{"name": "a"}]})"), error);
  EXPECT_EQ(ErrorOf(R"({"architectures": ["Bert"], "name": "x"})"), error);
}

TEST(ParseManifest, TellsWhatIsWrongBeforeTheSchema) {
  EXPECT_EQ(ErrorOf(R"({"tensor": 1, "schema": "ptscope/manifest/1"})"),
            "1:2: `/tensor` is not known; did you mean `tensors`?");
}

TEST(ParseManifest, RefusesAnotherSchema) {
  EXPECT_EQ(ErrorOf(R"({"schema": "ptscope/manifest/2"})"),
            "1:12: the manifest's `schema` is not known: found "
            "\"ptscope/manifest/2\", expected \"ptscope/manifest/1\"");
}

TEST(ParseManifest, NeedsTensors) {
  EXPECT_EQ(ErrorOf(Manifest(R"("name": "x")")),
            ": the manifest has no `tensors` (and no `versions`)");
}

TEST(ParseManifest, LimitsDimensions) {
  Limits limits;
  limits.dimensions = 2;
  const Result<ReferenceSet> r = manifest::ParseManifest(
      Manifest(R"("tensors": {"a": {"shape": [1, 2, 3]}})"), limits);
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, ErrorCode::kLimit);
}

// Each text in its own allocation, so that a memory checker sees one byte too
// far.
TEST(ParseManifest, SurvivesEachPrefixAndEachFlippedBit) {
  const std::string good =
      Manifest(R"("name": "n\u00e9", "root": "m", "versions": {"1": {
          "tensors": {"a\n": {"dtype": ["half", "i*"], "shape": [6, "V", null]},
                      "b": {}}, "tied": [["a\n", "b"]]},
          "2": {"extends": "1", "remove": ["b"], "add": {"c": {}},
                "rules": {"may_add": [{"match": "x*", "reason": "y"}],
                          "rename": [{"strip_prefix": "m."},
                                     {"from": "(a).", "to": "\\1"}]
}
}
})");
  ASSERT_EQ(ErrorOf(good), "no error");
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_NE(ErrorOf(std::string(good, 0, size)), "no error");
  }
  for (size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string text = good;
      text[at] = static_cast<char>(text[at] ^ 1 << bit);
      ErrorOf(text);
    }
  }
}

}  // namespace
}  // namespace ptscope
