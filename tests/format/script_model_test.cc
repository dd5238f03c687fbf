#include "format/script_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace ptscope::format {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Read {
  explicit Read(std::string_view json, const Limits& limits = {})
      : model(ReadScriptModel(json, limits, arena)) {}

  std::string Words() const { return model ? "read" : model.error().Text(); }

  Arena arena;
  Result<ScriptModel> model;
};

TEST(ScriptModel, ReadsWhatTorchWrites) {
  const Read read(R"({"protoVersion": "5", "producerName": "pytorch",
    "producerVersion": "1.0",
    "mainModule": {"submodules": [{"name": "a", "submodules": [{"name": "b"}]},
                                  {"name": "c", "caffe2Nets": [{"x": [1]}]}],
      "name": "main", "optimize": true, "getStateAttributeId": "2",
      "torchscriptArena": {"key": "code/m.py"},
      "parameters": [{"isBuffer": false, "tensorId": "0", "name": "w"},
                     {"isBuffer": true, "tensorId": 1, "name": "b"}],
      "attributes": [{"type": "int", "name": "n", "id": 3}]},
    "tensors": [{"dims": ["2", 3], "offset": "4", "strides": ["3", "1"],
      "requiresGrad": true, "dataType": "FLOAT", "data": {"key": "tensors/0"},
      "device": "cuda:0", "isQuantized": true, "scale": 0.5,
      "zeroPoint": "-1"}, {}]})");
  ASSERT_EQ(read.Words(), "read");
  const ScriptModel& m = *read.model;
  ASSERT_EQ(m.modules.size(), 4u);
  EXPECT_EQ(m.modules[0].name, "main");
  EXPECT_EQ(m.modules[0].state, 2);
  EXPECT_EQ(m.modules[0].parameter_count, 2u);
  EXPECT_EQ(m.modules[0].attribute_count, 1u);
  EXPECT_EQ(m.modules[0].child, 1u);
  EXPECT_EQ(m.modules[1].name, "a");
  EXPECT_EQ(m.modules[1].child, 2u);
  EXPECT_EQ(m.modules[1].next, 3u);
  EXPECT_EQ(m.modules[2].parent, 1u);
  EXPECT_EQ(m.modules[3].name, "c");
  EXPECT_EQ(m.modules[3].state, -1);
  EXPECT_EQ(m.parameters[1].name, "b");
  EXPECT_EQ(m.parameters[1].tensor, 1);
  EXPECT_TRUE(m.parameters[1].buffer);
  EXPECT_EQ(m.attributes[0].type, "int");
  EXPECT_EQ(m.attributes[0].value, 3);
  ASSERT_EQ(m.tensors.size(), 2u);
  const ScriptTensor& t = m.tensors[0];
  EXPECT_THAT(t.dims, ElementsAre(2, 3));
  EXPECT_THAT(t.strides, ElementsAre(3, 1));
  EXPECT_EQ(t.offset, 4);
  EXPECT_EQ(t.key, "tensors/0");
  EXPECT_EQ(t.device, "cuda:0");
  EXPECT_EQ(t.data_type, "FLOAT");
  EXPECT_TRUE(t.requires_grad);
  EXPECT_TRUE(t.quantized);
  EXPECT_EQ(t.scale, 0.5);
  EXPECT_EQ(t.zero_point, -1);
}

struct Row {
  std::string_view json;
  std::string_view words;
};

TEST(ScriptModel, SaysWhatIsWrong) {
  const Row kRows[] = {
      {"{}", "has no main module"},
      {R"({"mainModule": null})", "has no main module"},
      {"[]", "expected an object"},
      {"1", "expected an object"},
      {R"({"mainModule": []})", "expected an object"},
      {R"({"mainModule": 1})", "wrong type"},
      {R"({"mainModule": {"submodules": {}}})", "expected a list"},
      {R"({"mainModule": {"submodules": [1]}})", "expected an object"},
      {R"({"mainModule": {"submodules": [[]]}})", "expected an object"},
      {R"({"mainModule": {"name": {}}})", "expected a single value"},
      {R"({"mainModule": {"weights": 1}})", "found 'weights'"},
      {R"({"mainModule": {"getStateAttributeId": "x"}})",
       "expected an integer of 64 bits"},
      {R"({"mainModule": {"getStateAttributeId": 1.5}})",
       "expected an integer of 64 bits"},
      {R"({"mainModule": {"getStateAttributeId": 18446744073709551615}})",
       "expected an integer of 64 bits"},
      {R"({"mainModule": {"parameters": [{"isBuffer": 1}]}})",
       "expected true or false"},
      {R"({"mainModule": {}, "tensors": [{"dims": [[]]}]})",
       "expected a single value"},
      {R"({"mainModule": {}, "tensors": [{"dims": ["a"]}]})",
       "expected an integer of 64 bits"},
      {R"({"mainModule": {}, "tensors": [{"scale": "x"}]})",
       "expected a number"},
      {R"({"mainModule": {}, "mainModule": {}})", "mainModule"},
      {R"({"mainModule": )", ""},
  };
  for (const Row& row : kRows) {
    const Read read(row.json);
    ASSERT_FALSE(read.model) << row.json;
    EXPECT_THAT(read.Words(), HasSubstr(row.words)) << row.json;
  }
}

TEST(ScriptModel, KeepsToItsMemory) {
  std::string json = R"({"mainModule": {"submodules": [{})";
  for (int i = 0; i < 1000; ++i) json += ",{}";
  json += "]}}";
  EXPECT_EQ(Read(json).Words(), "read");
  const Read read(json, {.listing_bytes = 10'000});
  ASSERT_FALSE(read.model);
  EXPECT_EQ(read.model.error().code, ErrorCode::kLimit);
}

TEST(ScriptModel, KeepsToItsDepth) {
  std::string json = "{}";
  for (int i = 0; i < 40; ++i) {
    json = R"({"submodules": [)" + json + "]}";
  }
  const Read read(R"({"mainModule": )" + json + "}");
  ASSERT_FALSE(read.model);
  EXPECT_EQ(read.model.error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace ptscope::format
