#include "ptscope/model_config.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "manifest/parse.h"

namespace ptscope {
namespace {

Result<ModelConfig> Read(std::string_view text) {
  const auto source = OpenMemory(std::as_bytes(std::span(text)));
  return ReadModelConfig(*source);
}

// "class version", or the error with its place.
std::string Config(std::string_view text) {
  const Result<ModelConfig> r = Read(text);
  if (!r) {
    EXPECT_EQ(r.error().code, ErrorCode::kConfig);
    return (r.error().place.empty() ? "" : r.error().place + ": ") +
           r.error().Text();
  }
  return r->class_name + " " + r->version.value_or("-");
}

TEST(ReadModelConfig, TakesClassAndVersion) {
  EXPECT_EQ(Config(R"({"class_name": "Net", "version": "2"})"), "Net 2");
  EXPECT_EQ(Config(R"({"class_name": "Net", "model_version": "2"})"), "Net 2");
  EXPECT_EQ(Config(R"({"model_version": "1", "version": "2",
                       "class_name": "Net"})"),
            "Net 2");
  EXPECT_EQ(Config(R"({"class_name": "Net"})"), "Net -");
}

TEST(ReadModelConfig, TakesTheFirstArchitecture) {
  EXPECT_EQ(Config(R"({"architectures": ["Bert", "Other"]})"), "Bert -");
  EXPECT_EQ(Config(R"({"architectures": ["Bert"], "class_name": "Net"})"),
            "Net -");
  EXPECT_EQ(Config(R"({"architectures": null, "class_name": "Net"})"), "Net -");
}

TEST(ReadModelConfig, TakesANumberAsItIsWritten) {
  EXPECT_EQ(Config(R"({"class_name": "Net", "version": 2})"), "Net 2");
  EXPECT_EQ(Config(R"({"class_name": "Net", "version": 1.10 })"), "Net 1.10");
  EXPECT_EQ(Config(R"({"version":18446744073709551616,"class_name":"N"})"),
            "N 18446744073709551616");
}

TEST(ReadModelConfig, LeavesOtherKeysAlone) {
  EXPECT_EQ(Config(R"({"a": {"version": 7, "class_name": ["x"]}, "b": [[1]],
                       "class_name": "Net", "c": true})"),
            "Net -");
}

TEST(ReadModelConfig, RefusesWhatIsWrong) {
  const struct {
    const char* text;
    const char* error;
  } cases[] = {
      {"[]", "1:1: the configuration is no JSON object"},
      {"3", "1:1: the configuration is no JSON object"},
      {"null", "1:1: the configuration is no JSON object"},
      {"{}",
       "the configuration does not say which model it is of: expected "
       "`class_name`, or `architectures` with a name"},
      {R"({"architectures": []})",
       "the configuration does not say which model it is of: expected "
       "`class_name`, or `architectures` with a name"},
      {R"({"class_name": 3})",
       "1:16: `/class_name` has the wrong type: expected a string"},
      {R"({"architectures": "Bert"})",
       "1:19: `/architectures` has the wrong type: expected an array of "
       "strings"},
      {R"({"architectures": [["Bert"]]})",
       "1:20: `/architectures/0` has the wrong type: expected a string"},
      {R"({"class_name": "N", "version": {}})",
       "1:32: `/version` has the wrong type: expected a string or a number"},
  };
  for (const auto& c : cases) EXPECT_EQ(Config(c.text), c.error) << c.text;
  EXPECT_NE(Config("{\"class_name\": \"N\",}").find("1:20"), std::string::npos);
}

std::vector<ReferenceSet> Manifests() {
  std::vector<ReferenceSet> sets;
  for (const char* text :
       {R"({"schema": "ptscope/manifest/1", "name": "Plain",
            "tensors": {"a": {}}})",
        R"({"schema": "ptscope/manifest/1", "name": "Net", "versions": {
            "1": {"tensors": {"a": {}}}, "2": {"tensors": {"b": {}}}}})"}) {
    auto set = manifest::ParseManifest(text, Limits());
    EXPECT_TRUE(set);
    sets.push_back(*std::move(set));
  }
  return sets;
}

std::string Found(const ModelConfig& config) {
  const std::vector<ReferenceSet> manifests = Manifests();
  const auto found = FindConfigured(manifests, config);
  if (!found) {
    EXPECT_EQ(found.error().code, ErrorCode::kConfig);
    return found.error().Text();
  }
  return found->set->name + "/" + found->reference->version;
}

TEST(FindConfigured, TakesModelAndVersion) {
  EXPECT_EQ(Found({"Net", "2"}), "Net/2");
  EXPECT_EQ(Found({"Plain", {}}), "Plain/");
}

TEST(FindConfigured, NamesWhatThereIs) {
  EXPECT_EQ(Found({"Nat", "1"}),
            "the configuration is of the model \"Nat\", for which there is no "
            "manifest: expected one of Plain, Net");
  EXPECT_EQ(Found({"Net", "3"}),
            "the manifest of \"Net\" has no version \"3\": expected one of 1, "
            "2");
  EXPECT_EQ(Found({"Net", {}}),
            "the configuration has no version, and the manifest of \"Net\" has "
            "several: expected a `version` that is one of 1, 2");
  EXPECT_EQ(Found({"Plain", "1"}),
            "the configuration is of version 1, but the manifest of \"Plain\" "
            "has no versions");
}

}  // namespace
}  // namespace ptscope
