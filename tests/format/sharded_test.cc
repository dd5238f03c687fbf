#include "format/sharded.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "format/folders.h"
#include "format/shard_index.h"
#include "support/memory_folder.h"
#include "support/pickle_builder.h"
#include "support/safetensors_builder.h"
#include "support/torch_pickle.h"
#include "support/zip_builder.h"

namespace ptscope::format {
namespace {

using test::MemoryFolder;
using test::SafetensorsOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Index(const std::vector<std::pair<std::string, std::string>>& map,
                  const std::string& metadata = "{}") {
  std::string text = "{\"metadata\": " + metadata + ", \"weight_map\": {";
  for (size_t i = 0; i < map.size(); ++i) {
    text += (i == 0 ? "\"" : ", \"") + map[i].first + "\": \"" + map[i].second +
            "\"";
  }
  return text + "}}";
}

Result<Checkpoint> Read(const MemoryFolder& folder, const std::string& index,
                        const OpenOptions& options = {}) {
  return OpenPart(
      {*OpenMemory(test::AsBytes(index)), "m.index.json", &folder, options, 0});
}

// "name shard[: problem]" of each tensor, findings, or the error.
std::vector<std::string> Lines(const Result<Checkpoint>& c) {
  if (!c) {
    return {std::string(ToWord(c.error().code)) + ": " + c.error().Text()};
  }
  std::vector<std::string> lines;
  for (const Tensor& t : c->tensors) {
    lines.push_back(std::string(t.name) + " " +
                    std::string(c->parts[t.part].name) +
                    (t.only_name ? " by name" : ""));
    if (const auto problem = c->ProblemOf(t); !problem.empty()) {
      lines.back() += ": " + std::string(problem);
    }
  }
  for (const Finding& finding : c->findings) {
    lines.push_back(std::string(ToWord(finding.severity)) + ": " +
                    finding.message);
  }
  return lines;
}

TEST(Sharded, ListsShardByShardInTheOrderOfTheirNames) {
  const MemoryFolder folder(
      {{"1", SafetensorsOf({"b", "c"})}, {"2", SafetensorsOf({"a"})}});
  const auto c = Read(folder, Index({{"a", "2"}, {"b", "1"}, {"c", "1"}}));
  EXPECT_THAT(Lines(c), ElementsAre("b 1", "c 1", "a 2"));
  EXPECT_EQ(c->format, "sharded safetensors");
  EXPECT_THAT(c->files, ElementsAre("m.index.json", "1", "2"));
  EXPECT_EQ(c->records[c->storages[c->tensors[2].storage].record].file, 2u);
  EXPECT_EQ(c->parts[0].kind, Part::Kind::kShard);
  EXPECT_EQ(c->root_type, "dict");
  EXPECT_THAT(folder.opened, ElementsAre("1", "2"));
}

TEST(Sharded, TellsOfAShardThatIsAbsent) {
  const MemoryFolder folder(
      {{"1", SafetensorsOf({"a"})}, {"3", SafetensorsOf({"d"})}});
  const auto c =
      Read(folder, Index({{"d", "3"}, {"c", "2"}, {"b", "2"}, {"a", "1"}}));
  EXPECT_THAT(Lines(c),
              ElementsAre("a 1", "c 2 by name: its shard 2 is not there",
                          "b 2 by name: its shard 2 is not there", "d 3"));
  EXPECT_EQ(c->tensors[1].detail, c->tensors[2].detail);
  EXPECT_EQ(c->tensors[1].storage, kNone);
}

TEST(Sharded, TellsOfShardsThatAreAllAbsent) {
  const auto c =
      Read(MemoryFolder(), Index({{"a", "1"}}), OpenOptions{.metadata = true});
  EXPECT_THAT(Lines(c), ElementsAre("a 1 by name: its shard 1 is not there"));
  EXPECT_EQ(c->format, "sharded");
  EXPECT_NE(c->StateDictAt(""), nullptr);
}

TEST(Sharded, TellsOfAKeyThatItsShardLacks) {
  const MemoryFolder folder(
      {{"1", SafetensorsOf({"a"})}, {"2", SafetensorsOf({"c"})}});
  EXPECT_THAT(
      Lines(Read(folder, Index({{"a", "1"}, {"b", "1"}, {"c", "2"}}))),
      ElementsAre("a 1", "b 1 by name: its shard 1 does not have it", "c 2"));
}

TEST(Sharded, TellsOfKeysThatTheIndexLacks) {
  const MemoryFolder folder({{"1", SafetensorsOf({"a", "b", "c"})}});
  EXPECT_THAT(Lines(Read(folder, Index({{"b", "1"}}))),
              ElementsAre("a 1", "b 1", "c 1",
                          "warning: 1 has 2 tensors that the index does not "
                          "name, such as \"a\""));
}

TEST(Sharded, TellsOfTensorsInAnotherShard) {
  const MemoryFolder folder(
      {{"1", SafetensorsOf({"a"})}, {"2", SafetensorsOf({"b"})}});
  EXPECT_THAT(
      Lines(Read(folder, Index({{"a", "1"}, {"b", "1"}, {"x", "2"}}))),
      ElementsAre("a 1", "b 2", "x 2 by name: its shard 2 does not have it",
                  "warning: 2 has 1 tensor that the index puts in "
                  "another shard: \"b\""));
}

TEST(Sharded, ListsANameOfTwoShardsTwice) {
  const MemoryFolder folder(
      {{"1", SafetensorsOf({"a"})}, {"2", SafetensorsOf({"a", "b"})}});
  EXPECT_THAT(Lines(Read(folder, Index({{"a", "1"}, {"b", "2"}}))),
              ElementsAre("a 1", "a 2", "b 2",
                          "warning: 2 has 1 tensor that the index puts in "
                          "another shard: \"a\""));
}

TEST(Sharded, OneShardThatIsDamagedIsAnError) {
  const MemoryFolder folder({{"1", SafetensorsOf({"a"})},
                             {"2", SafetensorsOf({"b"}) + "x"},
                             {"3", "PK\3\4 and no more"}});
  EXPECT_THAT(Lines(Read(folder, Index({{"a", "1"}, {"b", "2"}}))),
              ElementsAre("damaged: 2+0x3e: bytes follow the last tensor: "
                          "found 1 byte, expected the end of the file"));
  EXPECT_THAT(Lines(Read(folder, Index({{"a", "3"}}))),
              ElementsAre(HasSubstr("damaged: 3: ")));
}

TEST(Sharded, OneShardThatIsCutKeepsItsListing) {
  std::string cut = SafetensorsOf({"a", "b"});
  cut.pop_back();
  const MemoryFolder folder({{"1", cut}});
  EXPECT_THAT(Lines(Read(folder, Index({{"a", "1"}, {"b", "1"}}))),
              ElementsAre("a 1", "b 1: the file has 0 of its 1 bytes"));
}

TEST(Sharded, RefusesShardsElsewhere) {
  EXPECT_THAT(Lines(Read(MemoryFolder(), Index({{"a", "../1"}}))),
              ElementsAre("damaged: ../1: a file name leaves its folder"));
}

TEST(Sharded, RefusesAnIndexAsAShard) {
  const std::string index = Index({{"a", "1"}});
  EXPECT_THAT(Lines(Read(MemoryFolder({{"1", index}}), index)),
              ElementsAre("damaged: 1: a shard is an index itself"));
}

TEST(Sharded, NeedsAFolder) {
  const std::string index = Index({{"a", "1"}});
  EXPECT_THAT(Lines(Open(*OpenMemory(test::AsBytes(index)), "m.index.json")),
              ElementsAre("unsupported: is the index of a sharded checkpoint, "
                          "whose shards are files beside it, out of reach "
                          "here"));
}

TEST(Sharded, ComparesTheTotal) {
  const MemoryFolder folder({{"1", SafetensorsOf({"a", "b"})}});
  const auto lines = [&](const std::string& total) {
    return Lines(Read(folder, Index({{"a", "1"}, {"b", "1"}},
                                    "{\"total_size\": " + total + "}")));
  };
  EXPECT_THAT(lines("2"), ElementsAre("a 1", "b 1"));
  EXPECT_THAT(lines("2.0"), ElementsAre("a 1", "b 1"));
  EXPECT_THAT(lines("3"),
              ElementsAre("a 1", "b 1",
                          "note: the index tells of 3 bytes in all, its "
                          "tensors have 2"));
  EXPECT_THAT(lines("1e300"), ElementsAre("a 1", "b 1", HasSubstr("note: ")));
  EXPECT_THAT(lines("\"2\""), ElementsAre("a 1", "b 1"));
}

TEST(Sharded, TiedTensorsMayCountOnceInTheTotal) {
  test::ZipBuilder zip;
  const auto tensor = test::RebuildV2(test::StorageId("0", 4), {4}, {1});
  zip.Add({.name = "a/data.pkl",
           .data = "\x80\2" +
                   test::Dict(
                       {{test::Str("x"), tensor}, {test::Str("y"), tensor}}) +
                   "."});
  zip.Add({.name = "a/data/0", .data = std::string(16, 'v')});
  zip.Add({.name = "a/version", .data = "3\n"});
  const MemoryFolder folder({{"1", zip.Build()}});
  for (const char* total : {"16", "32"}) {
    const auto c =
        Read(folder, Index({{"x", "1"}, {"y", "1"}},
                           "{\"total_size\": " + std::string(total) + "}"));
    EXPECT_THAT(Lines(c), ElementsAre("x 1", "y 1")) << total;
    EXPECT_EQ(c->format, "sharded torch zip");
  }
}

TEST(Sharded, KeepsTheMetadataOfIndexAndShards) {
  std::string header = R"({"__metadata__":{"format":"pt","total_size":"no"}})";
  const MemoryFolder folder({{"1", test::Little(header.size(), 8) + header}});
  const auto c = Read(folder, Index({{"a", "1"}}, R"({"total_size": 7, "by":)"
                                                  R"( "me", "list": [1]})"));
  ASSERT_TRUE(c) << c.error().Text();
  ASSERT_EQ(c->metadata.size(), 3u);
  EXPECT_EQ(c->metadata[0].key, "total_size");
  EXPECT_EQ(c->metadata[0].value, "7");
  EXPECT_EQ(c->metadata[1].value, "me");
  EXPECT_EQ(c->metadata[2].key, "format");
}

TEST(Sharded, HoldsTheTensorsOfAllShardsAgainstTheLimit) {
  const MemoryFolder folder(
      {{"1", SafetensorsOf({"a"})}, {"2", SafetensorsOf({"b"})}});
  const std::string index = Index({{"a", "1"}, {"b", "2"}});
  EXPECT_THAT(Lines(Read(folder, index, {.limits = {.tensors = 1}})),
              ElementsAre(HasSubstr("limit: ")));
  EXPECT_THAT(
      Lines(Read(folder, Index({{"a", "1"}}), {.limits = {.index = 10}})),
      ElementsAre(HasSubstr("larger than the limit `index`")));
}

TEST(Sharded, IsQuickWithManyShards) {
  MemoryFolder folder;
  std::vector<std::pair<std::string, std::string>> map;
  for (int i = 0; i < 2000; ++i) {
    const std::string name = std::to_string(i);
    folder.files[name] = SafetensorsOf({"t" + name});
    map.emplace_back("t" + name, name);
  }
  const auto c = Read(folder, Index(map));
  ASSERT_TRUE(c) << c.error().Text();
  EXPECT_EQ(c->tensors.size(), 2000u);
}

// --- The index ---

std::string ErrorOf(const std::string& text) {
  Arena arena;
  const auto index =
      ReadShardIndex(*OpenMemory(test::AsBytes(text)), {}, arena);
  if (index) return "read";
  return index.error().place + ": " + index.error().Text();
}

TEST(ShardIndex, RefusesWhatIsNone) {
  EXPECT_EQ(ErrorOf("[]"), "1:1: it is no object: found an array");
  EXPECT_EQ(ErrorOf("{}"), ": is an index without a `weight_map`");
  EXPECT_EQ(ErrorOf(R"({"weight_map": []})"),
            "1:16: `weight_map` is no object: found an array");
  EXPECT_EQ(ErrorOf(R"({"weight_map": 1})"),
            "1:16: `weight_map` is no object: found 1");
  for (const char* value : {"1", "1.5", "null", "true", "[]", "{}"}) {
    EXPECT_THAT(ErrorOf(R"({"weight_map": {"a": )" + std::string(value) + "}}"),
                HasSubstr("1:22: the shard of \"a\" is no file name: found "))
        << value;
  }
  EXPECT_THAT(ErrorOf(R"({"weight_map": {"a": "1", "a": "1"}})"),
              HasSubstr("the key \"a\" is there twice"));
  EXPECT_THAT(ErrorOf(R"({"weight_map": {"a": "1")"),
              HasSubstr("the JSON ends early"));
}

TEST(ShardIndex, PassesOverTheRest) {
  EXPECT_EQ(ErrorOf(R"({"x": {"weight_map": 1, "y": [{}]}, "weight_map": {},)"
                    R"( "metadata": [{"total_size": "x"}]})"),
            "read");
}

TEST(ShardIndex, IsNamedAsOne) {
  for (const char* name :
       {"model.safetensors.index.json", "pytorch_model.bin.index.json",
        "model.safetensors.index.fp16.json",
        "pytorch_model.fp16.bin.index.json",
        "diffusion_pytorch_model.safetensors.index.json"}) {
    EXPECT_TRUE(IsShardIndexName(name)) << name;
  }
  for (const char* name :
       {"index.json", "model.index.json.lock", "model.safetensors.json",
        "tf_model.h5.index.json", "flax_model.msgpack.index.json",
        "a.index.b.c.json"}) {
    EXPECT_FALSE(IsShardIndexName(name)) << name;
  }
}

TEST(ShardIndex, IsSeenByItsStart) {
  const auto is_one = [](const std::string& text) {
    return *IsShardIndex(*OpenMemory(test::AsBytes(text)));
  };
  EXPECT_TRUE(is_one(Index({})));
  EXPECT_TRUE(is_one(" \n{\"x\": \"" + std::string(10000, ' ') +
                     "\", \"weight_map\" : {"));
  EXPECT_FALSE(is_one(R"({"schema": "ptscope/manifest/1", "weight_map": {}})"));
  EXPECT_FALSE(is_one(R"({"weight_map": []})"));
  EXPECT_FALSE(is_one(R"([{"weight_map": {}}])"));
  EXPECT_FALSE(is_one(""));
}

// --- Folders ---

TEST(ShardedFolder, TakesItsIndex) {
  const MemoryFolder folder({{"m.index.json", Index({{"a", "1"}})},
                             {"1", SafetensorsOf({"a"})},
                             {"optimizer.pt", "x"}});
  EXPECT_EQ(KindOfFolder(*folder.List()), FolderKind::kCheckpoint);
  EXPECT_THAT(Lines(ReadFolder(folder, {})), ElementsAre("a 1"));
}

TEST(ShardedFolder, TakesTheIndexWhoseShardsAreThere) {
  MemoryFolder folder({{"m.bin.index.json", Index({{"a", "2"}})},
                       {"m.safetensors.index.json", Index({{"a", "1"}})},
                       {"1", SafetensorsOf({"a"})}});
  EXPECT_THAT(Lines(ReadFolder(folder, {})), ElementsAre("a 1"));
  const std::string both =
      "unsupported: holds several sharded checkpoints: found "
      "'m.bin.index.json' and 'm.safetensors.index.json'; name the index of "
      "one of them";
  folder.files["2"] = SafetensorsOf({"a"});
  EXPECT_THAT(Lines(ReadFolder(folder, {})), ElementsAre(both));
  folder.files.erase("1");
  folder.files.erase("2");
  EXPECT_THAT(Lines(ReadFolder(folder, {})), ElementsAre(both));
}

TEST(ShardedFolder, NamesAnIndexThatIsDamaged) {
  const MemoryFolder folder(
      {{"m.index.json", std::string("{\"weight_map\": ")}});
  const auto c = ReadFolder(folder, {});
  ASSERT_FALSE(c);
  EXPECT_EQ(c.error().record, "m.index.json");
  EXPECT_EQ(c.error().place, "1:16");
}

TEST(ShardedFolder, IsNotThatOfAnotherFramework) {
  const MemoryFolder folder({{"tf_model.h5.index.json", std::string("{}")}});
  EXPECT_EQ(KindOfFolder(*folder.List()), FolderKind::kPlain);
}

}  // namespace
}  // namespace ptscope::format
