#include "render/manifest_json.h"

#include <gtest/gtest.h>

#include <string>

#include "base/arena.h"
#include "manifest/parse.h"
#include "support/checkpoint_builder.h"

namespace ptscope {
namespace {

using test::CheckpointBuilder;

std::string Written(const TensorList& tensors,
                    const render::ManifestHead& head = {.name = "",
                                                        .root = "auto"}) {
  JsonWriter json({}, JsonWriter::Spacing::kSpaced);
  const Status status = render::WriteManifest(head, tensors, json);
  return status ? std::string(json.text()) : status.error().Text();
}

TEST(WriteManifest, PutsEachTensorOnALine) {
  const Result<Reference> r = ReferenceFromCheckpoint(
      CheckpointBuilder()
          .Tensor({"embed.weight"}, {.shape = {64, 3}})
          .Tensor({"n"}, {.dtype = Dtype::kInt64})
          .Tensor({"head.weight"}, {.shape = {64, 3}, .storage = 0})
          .Build());
  EXPECT_EQ(Written(*r, {.name = "net", .root = "auto"}), R"({
  "schema": "ptscope/manifest/1",
  "name": "net",
  "root": "auto",
  "tensors": {
    "embed.weight": {"dtype": "float32", "shape": [64, 3]},
    "n": {"dtype": "int64", "shape": []},
    "head.weight": {"dtype": "float32", "shape": [64, 3]}
  },
  "tied": [
    ["embed.weight", "head.weight"]
  ]
}
)");
}

TEST(WriteManifest, LeavesOutWhatIsNotThere) {
  const Result<Reference> r = ReferenceFromCheckpoint(
      CheckpointBuilder().Tensor({"ema", "w"}).Build(), {.root = "ema"});
  EXPECT_EQ(Written(*r, {.name = "", .root = "ema"}), R"({
  "schema": "ptscope/manifest/1",
  "root": "ema",
  "tensors": {
    "w": {"dtype": "float32", "shape": []}
  }
}
)");
}

TEST(WriteManifest, LeavesOutAShapeThatVaries) {
  const Result<Reference> r = ReferenceFromCheckpoint(
      CheckpointBuilder().Tensor({"a"}, {.shape = {2, kIrregular}}).Build());
  EXPECT_NE(Written(*r).find(R"("a": {"dtype": "float32"})"),
            std::string::npos);
}

TEST(WriteManifest, WritesWhatParseManifestReads) {
  const Result<Reference> first =
      ReferenceFromCheckpoint(CheckpointBuilder()
                                  .Tensor({"a\"\\\n\x1B"}, {.shape = {1, 0}})
                                  .Tensor({"é\u202E"}, {.shape = {3}})
                                  .Tensor({"b"}, {.shape = {3}, .storage = 1})
                                  .Tensor({""})
                                  .Build());
  const std::string text = Written(*first);
  const Result<ReferenceSet> second = manifest::ParseManifest(text, Limits());
  ASSERT_TRUE(second);
  EXPECT_EQ(Written(second->versions[0]), text);
  EXPECT_EQ(second->versions[0].tensors[1].name, "é\u202E");
}

TEST(WriteManifest, RefusesANameThatIsNotUtf8) {
  const Result<Reference> r = ReferenceFromCheckpoint(
      CheckpointBuilder().Tensor({"a\xED\xA0\x80"}).Build());
  EXPECT_EQ(Written(*r),
            "a manifest cannot hold the name \"a\xED\xA0\x80\", which is not "
            "UTF-8; --root, --match and --exclude narrow down what is taken");
}

}  // namespace
}  // namespace ptscope
