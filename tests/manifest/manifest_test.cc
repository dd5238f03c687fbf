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
  const Result<Reference> r = manifest::ParseManifest(text, Limits());
  if (r) return "no error";
  return r.error().place + ": " + r.error().Text();
}

TEST(ParseManifest, ReadsAllItsParts) {
  const Result<Reference> r =
      manifest::ParseManifest(Manifest(R"("name": "net", "root": "model",
                  "tied": [["b", "a"]],
                  "tensors": {"a": {"dtype": "float16", "shape": [64, 3]},
                              "b": {}, "c": {"shape": []}})"),
                              Limits());
  ASSERT_TRUE(r);
  EXPECT_EQ(r->kind, Reference::Kind::kManifest);
  EXPECT_EQ(r->name, "net");
  EXPECT_EQ(r->root, "model");
  ASSERT_EQ(r->tensors.size(), 3u);
  EXPECT_EQ(r->tensors[0].name, "a");
  EXPECT_EQ(r->tensors[0].dtype, Dtype::kFloat16);
  EXPECT_EQ(std::vector<int64_t>(r->tensors[0].shape->begin(),
                                 r->tensors[0].shape->end()),
            (std::vector<int64_t>{64, 3}));
  EXPECT_FALSE(r->tensors[1].dtype);
  EXPECT_FALSE(r->tensors[1].shape);
  ASSERT_TRUE(r->tensors[2].shape);
  EXPECT_TRUE(r->tensors[2].shape->empty());
  EXPECT_EQ(r->tied, (std::vector<std::vector<uint32_t>>{{1, 0}}));
}

TEST(ParseManifest, TakesAutoAsNoRoot) {
  const Result<Reference> r = manifest::ParseManifest(
      Manifest(R"("root": "auto", "tensors": {"a": {}})"), Limits());
  ASSERT_TRUE(r);
  EXPECT_FALSE(r->root);
}

TEST(ParseManifest, KnowsAliasesOfDtypes) {
  const Result<Reference> r = manifest::ParseManifest(
      Manifest(R"("tensors": {"a": {"dtype": "half"}})"), Limits());
  ASSERT_TRUE(r);
  EXPECT_EQ(r->tensors[0].dtype, Dtype::kFloat16);
}

TEST(ParseManifest, ReadsItsKeysInAnyOrder) {
  EXPECT_EQ(
      ErrorOf(R"({"tensors": {"a": {}}, "schema": "ptscope/manifest/1"})"),
      "no error");
}

TEST(ParseManifest, PermitsRulesAndVersionsThatAreEmpty) {
  EXPECT_EQ(ErrorOf(Manifest(R"("tensors": {"a": {}}, "rules": {},
                                "versions": {})")),
            "no error");
  EXPECT_EQ(ErrorOf(Manifest(R"("tensors": {"a": {}},
                                "rules": {"may_miss": [], "rename": []})")),
            "no error");
}

struct Case {
  std::string members;
  std::string error;
};

TEST(ParseManifest, RefusesWhatIsNotReadYet) {
  const Case cases[] = {
      {R"("rules": {"may_miss": [{"match": "*"}]})",
       "2:24: `/rules/may_miss`: `rules` is not supported yet"},
      {R"("versions": {"1": {}})",
       "2:14: `/versions`: `versions` is not supported yet"},
      {R"("tensors": {"a": {"dtype": "float*"}})",
       "2:28: `/tensors/a/dtype`: a pattern of dtypes is not supported yet"},
      {R"("tensors": {"a": {"dtype": ["float16"]}})",
       "2:28: `/tensors/a/dtype`: a list of dtypes is not supported yet"},
      {R"("tensors": {"a": {"shape": [1, null]}})",
       "2:32: `/tensors/a/shape/1`: a dimension of any size (null) is not "
       "supported yet"},
      {R"("tensors": {"a": {"shape": ["V"]}})",
       "2:29: `/tensors/a/shape/0`: a named dimension is not supported yet"},
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
       "an array of integers"},
      {R"("tensors": {"a": {"shape": [1, 2.5]}})",
       "2:32: `/tensors/a/shape/1` is no dimension: an integer from 0 to "
       "2^63 - 1 is expected"},
      {R"("tensors": {"a": {"shape": [-1]}})",
       "2:29: `/tensors/a/shape/0` is no dimension: an integer from 0 to "
       "2^63 - 1 is expected"},
      {R"("tensors": {"a": {"shape": [9223372036854775808]}})",
       "2:29: `/tensors/a/shape/0` is no dimension: an integer from 0 to "
       "2^63 - 1 is expected"},
      {R"("tensors": {"a": {"dtype": "torch.float32"}})",
       "2:28: `/tensors/a/dtype` is no dtype: \"torch.float32\"; did you mean "
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
       "2:32: a tied group needs two names or more"},
      {R"("tensors": {"a": {}}, "tied": [["a", "b"]])",
       "2:38: the tied name \"b\" is not in `tensors`"},
      {R"("tensors": {"a": {}}, "tied": [["a", "a"]])",
       "2:38: \"a\" is tied twice"},
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
            ": the manifest has no `tensors`");
}

TEST(ParseManifest, LimitsDimensions) {
  Limits limits;
  limits.dimensions = 2;
  const Result<Reference> r = manifest::ParseManifest(
      Manifest(R"("tensors": {"a": {"shape": [1, 2, 3]}})"), limits);
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, ErrorCode::kLimit);
}

// Each text in its own allocation, so that a memory checker sees one byte too
// far.
TEST(ParseManifest, SurvivesEachPrefixAndEachFlippedBit) {
  const std::string good =
      Manifest(R"("name": "n\u00e9", "root": "m", "rules": {"may_add": []},
                  "tensors": {"a\n": {"dtype": "half", "shape": [64, 3]},
                              "b": {}}, "tied": [["a\n", "b"]])");
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
