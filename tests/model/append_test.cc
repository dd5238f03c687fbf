#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/arena.h"
#include "ptscope/checkpoint.h"

namespace ptscope {
namespace {

using ::testing::ElementsAre;

// One tensor `layer.<name>` of four bytes, in a record at 100.
Checkpoint Shard(std::string_view name) {
  Checkpoint c;
  Arena& arena = c.arena();
  c.root_kind = RootKind::kDict;
  c.paths.push_back({.parent = 0, .prefix = 5, .step = "layer"});
  c.records.push_back(
      {.name = "data/0", .header = 60, .data = 100, .stored = 4, .size = 4});
  c.storages.push_back({.key = "0", .nbytes = 4, .record = 0});
  c.entries.push_back({.name = "layer", .type = "dict", .tensors = 1});
  Tensor part{.name = "part", .storage = 0, .numel = 1, .nbytes = 4};
  TensorDetail detail;
  detail.components = arena.Copy(std::span<const Tensor>(&part, 1));
  c.details.push_back(detail);
  c.tensors.push_back({.name = arena.Copy("layer." + std::string(name)),
                       .path = 1,
                       .storage = 0,
                       .detail = 0,
                       .dtype = Dtype::kFloat32,
                       .numel = 1,
                       .nbytes = 4});
  c.AddFinding({.id = FindingId::kTrailingBytes,
                .severity = Severity::kNote,
                .record = 0,
                .message = "junk"});
  c.on_disk = 4;
  return c;
}

std::vector<std::string> Names(const Checkpoint& c) {
  std::vector<std::string> names;
  for (const Tensor& t : c.tensors) names.emplace_back(t.name);
  return names;
}

TEST(Append, KeepsNamesPathsAndStorages) {
  Checkpoint whole;
  whole.Append(Shard("a"), {.name = "1.bin"}, 0, 0);
  whole.Append(Shard("b"), {.name = "2.bin"}, 1, 0);
  EXPECT_THAT(Names(whole), ElementsAre("layer.a", "layer.b"));
  const Tensor& b = whole.tensors[1];
  EXPECT_THAT(whole.PathOf(b), ElementsAre("layer", "b"));
  EXPECT_EQ(whole.parts[b.part].name, "2.bin");
  EXPECT_EQ(b.storage, 1u);
  EXPECT_EQ(whole.storages[1].record, 1u);
  EXPECT_EQ(whole.records[1].file, 1u);
  EXPECT_EQ(whole.details[b.detail].components[0].storage, 1u);
  EXPECT_EQ(whole.on_disk, 8u);
  EXPECT_EQ(whole.root_kind, RootKind::kDict);
}

TEST(Append, MergesTheEntriesOfTheRoots) {
  Checkpoint whole;
  whole.Append(Shard("a"), {.name = "1.bin"}, 0, 0);
  whole.Append(Shard("b"), {.name = "2.bin"}, 1, 0);
  ASSERT_EQ(whole.entries.size(), 1u);
  EXPECT_EQ(whole.entries[0].tensors, 2u);
}

TEST(Append, FindingsNameTheirPart) {
  Checkpoint whole;
  whole.Append(Shard("a"), {.name = "1.bin"}, 0, 0);
  whole.Append(Shard("b"), {.name = "2.bin"}, 1, 0);
  ASSERT_EQ(whole.findings.size(), 2u);
  EXPECT_EQ(whole.findings[1].message, "2.bin: junk");
  EXPECT_EQ(whole.findings[1].file, 1u);
  EXPECT_EQ(whole.findings[1].record, 1u);
}

TEST(Append, PlacesMembersInTheirArchive) {
  Checkpoint whole;
  const Part member{.name = "policy.pth", .kind = Part::Kind::kMember};
  whole.Append(Shard("a"), member, 0, 1000);
  whole.Append(Shard("b"), member, 0, kUnknown);
  EXPECT_EQ(whole.FileOffsetOf(whole.tensors[0]), 1100u);
  EXPECT_EQ(whole.FileOffsetOf(whole.tensors[1]), std::nullopt);
}

TEST(Append, PartsOfPartsAreNamedByTheWay) {
  Checkpoint inner;
  inner.Append(Shard("a"), {.name = "x.pt", .kind = Part::Kind::kMember}, 0, 0);
  inner.Append(Shard("b"), {.name = "y.pt", .kind = Part::Kind::kMember}, 0, 0);
  Checkpoint whole;
  whole.Append(Shard("c"), {.name = "c.pt", .kind = Part::Kind::kMember}, 0, 0);
  whole.Append(std::move(inner), {.name = "i", .kind = Part::Kind::kMember}, 0,
               0);
  ASSERT_EQ(whole.parts.size(), 3u);
  EXPECT_EQ(whole.parts[whole.tensors[0].part].name, "c.pt");
  EXPECT_EQ(whole.parts[whole.tensors[1].part].name, "i/x.pt");
  EXPECT_EQ(whole.parts[whole.tensors[2].part].name, "i/y.pt");
  EXPECT_TRUE(HasMembers(whole));
  EXPECT_FALSE(HasMembers(Shard("a")));
}

TEST(Append, ATensorThatIsTheRootStaysOne) {
  Checkpoint alone;
  alone.root_kind = RootKind::kTensor;
  alone.tensors.push_back({.path = kNone});
  Checkpoint whole;
  whole.Append(Shard("a"), {.name = "1.bin"}, 0, 0);
  whole.Append(std::move(alone), {.name = "2.bin"}, 1, 0);
  EXPECT_THAT(whole.PathOf(whole.tensors[1]), ElementsAre());
  EXPECT_EQ(whole.root_kind, RootKind::kOther);
}

TEST(Append, KeepsTheFirstFactOfAKey) {
  Checkpoint whole;
  whole.metadata = {{"format", "pt"}};
  Checkpoint other;
  other.metadata = {{"format", "np"}, {"by", "me"}};
  whole.Append(std::move(other), {.name = "1.bin"}, 0, 0);
  ASSERT_EQ(whole.metadata.size(), 2u);
  EXPECT_EQ(whole.metadata[0].value, "pt");
  EXPECT_EQ(whole.metadata[1].key, "by");
}

// A range of one part says nothing of another.
TEST(Append, KeepsTheWriterThatAllPartsHave) {
  const auto part = [](std::string_view since) {
    Checkpoint c = Shard("a");
    c.writer = {.program = "torch", .since = since, .because = {"sign"}};
    c.framework = {.name = "DeepSpeed", .version = since};
    return c;
  };
  Checkpoint whole;
  whole.Append(part("2.7"), {.name = "1.bin"}, 0, 0);
  whole.Append(part("2.7"), {.name = "2.bin"}, 1, 0);
  EXPECT_EQ(whole.writer.since, "2.7");
  EXPECT_THAT(whole.writer.because, ElementsAre("sign"));
  whole.Append(part("2.8"), {.name = "3.bin"}, 2, 0);
  EXPECT_EQ(whole.writer.program, "");
  EXPECT_EQ(whole.framework.name, "DeepSpeed");
  EXPECT_EQ(whole.framework.version, "");
}

}  // namespace
}  // namespace ptscope
