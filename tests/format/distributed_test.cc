#include "format/distributed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "format/folders.h"
#include "ptscope/inventory.h"
#include "ptscope/roots.h"
#include "ptscope/torch_style.h"
#include "support/distributed_builder.h"
#include "support/memory_folder.h"

namespace ptscope::format {
namespace {

using namespace test::dcp;
using test::Call;
using test::Dict;
using test::Global;
using test::Int;
using test::MakeList;
using test::MemoryFolder;
using test::New;
using test::None;
using test::Piece;
using test::Str;
using test::Tuple;
using test::WithState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kFile = "__0_0.distcp";

// A folder whose one data file has 1,000 bytes.
MemoryFolder FolderOf(const std::string& metadata) {
  return MemoryFolder(
      {{".metadata", metadata}, {kFile, std::string(1000, 'x')}});
}

// "name dtype[shape] shard[: problem]" of each tensor, then findings but for
// notes; or the error.
std::vector<std::string> Lines(const Result<Checkpoint>& c) {
  if (!c) {
    return {std::string(ToWord(c.error().code)) + ": " + c.error().Text()};
  }
  std::vector<std::string> lines;
  for (const Tensor& t : c->tensors) {
    std::string line(t.name);
    (line += ' ') += ToName(t.dtype);
    line += test::Lister::Dims(t.shape);
    if (t.part != kNone) (line += ' ') += c->parts[t.part].name;
    const auto problem = c->ProblemOf(t);
    if (!problem.empty()) (line += ": ") += problem;
    lines.push_back(line);
  }
  for (const Finding& finding : c->findings) {
    if (finding.severity == Severity::kNote) continue;
    lines.push_back(std::string(ToWord(finding.severity)) + ": " +
                    finding.message);
  }
  return lines;
}

std::vector<std::string> Read(const MemoryFolder& folder,
                              const OpenOptions& options = {}) {
  return Lines(ReadFolder(folder, options));
}

// The line of one tensor of four floats with these chunks, all of which have
// their places in the data file.
std::string LineOf(const std::vector<std::pair<Dims, Dims>>& chunks,
                   const Dims& shape = {4}) {
  Items ranges;
  for (const auto& [offsets, sizes] : chunks) {
    ranges.emplace_back(Index("w", offsets), Range(kFile, 0, 500));
  }
  const auto lines = Read(FolderOf(
      Metadata({{"w", TensorEntry("float32", shape, chunks)}}, ranges)));
  std::string joined;
  for (const auto& line : lines) joined += (joined.empty() ? "" : "; ") + line;
  return joined;
}

std::string Whole() {
  return Metadata({{"a.w", TensorEntry("float16", {4}, {{{0}, {4}}})},
                   {"a.0", BytesEntry()},
                   {"list.0", TensorEntry("int64", {}, {{{}, {}}})},
                   {"top", TensorEntry("float32", {2}, {{{0}, {2}}})},
                   {"epoch", BytesEntry()}},
                  {{Index("a.w", {{0}}), Range(kFile, 0, 100)},
                   {Index("a.0"), Range(kFile, 100, 10)},
                   {Index("list.0", {Dims()}), Range(kFile, 110, 10)},
                   {Index("top", {{0}}), Range("__1_0.distcp", 0, 50)},
                   {Index("epoch"), Range(kFile, 120, 10)}},
                  {{Str("a.w"), Tuple({Str("a"), Str("w")})},
                   {Str("a.0"), Tuple({Str("a"), Str("0")})},
                   {Str("list.0"), Tuple({Str("list"), Int(0)})},
                   {Str("top"), Tuple({Str("top")})},
                   {Str("epoch"), Tuple({Str("epoch")})}});
}

MemoryFolder WholeFolder() {
  MemoryFolder folder = FolderOf(Whole());
  folder.files["__1_0.distcp"] = std::string(50, 'x');
  return folder;
}

TEST(Distributed, ListsTheMetadata) {
  const MemoryFolder folder = WholeFolder();
  const auto c = ReadFolder(folder, {});
  EXPECT_THAT(Lines(c), ElementsAre("a.w float16[4] __0_0.distcp",
                                    "list.0 int64[] __0_0.distcp",
                                    "top float32[2] __1_0.distcp"));
  EXPECT_EQ(c->format, "distributed (DCP)");
  EXPECT_EQ(c->version, "1.0.0");
  EXPECT_EQ(c->root_kind, RootKind::kDict);
  EXPECT_EQ(c->on_disk, 160u);
  EXPECT_EQ(c->file_size, Whole().size() + 1050);
  EXPECT_EQ(c->tensors[0].nbytes, 8u);
  EXPECT_EQ(c->tensors[0].storage, kNone);
  EXPECT_FALSE(c->tensors[0].has_stride);
  EXPECT_EQ(c->tensors[0].requires_grad, 0);
}

TEST(Distributed, OpensEachFileOnce) {
  const MemoryFolder folder = WholeFolder();
  ASSERT_TRUE(ReadFolder(folder, {}));
  EXPECT_THAT(folder.opened, ElementsAre(".metadata", kFile, "__1_0.distcp"));
}

TEST(Distributed, KnowsTheRangeOfEachChunk) {
  const auto c = ReadFolder(WholeFolder(), {});
  ASSERT_TRUE(c);
  ASSERT_EQ(c->records.size(), 5u);
  const Record& record = c->records[2];
  EXPECT_EQ(record.name, kFile);
  EXPECT_EQ(record.file, 0u);
  EXPECT_EQ(record.data, 110u);
  EXPECT_EQ(record.stored, 10u);
  EXPECT_EQ(c->records[3].file, 1u);
}

TEST(Distributed, TakesPathsFromThePlanner) {
  const auto c = ReadFolder(WholeFolder(), {});
  ASSERT_TRUE(c);
  EXPECT_THAT(c->PathOf(c->tensors[0]), ElementsAre("a", "w"));
  EXPECT_THAT(c->PathOf(c->tensors[1]), ElementsAre("list", "0"));
  EXPECT_THAT(c->PathOf(c->tensors[2]), ElementsAre("top"));
  std::vector<std::string> entries;
  for (const Entry& e : c->entries) {
    entries.push_back(std::string(e.name) + " " + std::string(e.type) + " " +
                      std::to_string(e.tensors));
  }
  EXPECT_THAT(entries,
              ElementsAre("a dict 1", "list list 1", "epoch object 0"));
}

TEST(Distributed, KeysWithDotsAreOneStepWithoutAPath) {
  for (const Piece& path :
       {None(), Tuple({Str("a"), Str("x")}), Tuple({Str("a"), None()}),
        Tuple({Str("a.w"), Str("")}), Tuple({})}) {
    const auto c = ReadFolder(
        FolderOf(Metadata({{"a.w", TensorEntry("float32", {1}, {{{0}, {1}}})}},
                          {{Index("a.w", {{0}}), Range(kFile, 0, 9)}},
                          {{Str("a.w"), path}})),
        {});
    ASSERT_TRUE(c);
    EXPECT_THAT(c->PathOf(c->tensors[0]), ElementsAre("a.w"));
  }
}

TEST(Distributed, CountsChunksInPlaceOfStorages) {
  const auto c = ReadFolder(WholeFolder(), {});
  ASSERT_TRUE(c);
  const auto choice = ChooseRoot(*c, std::nullopt);
  ASSERT_TRUE(choice);
  const Inventory inventory = TakeInventory(*c, choice->tensors);
  EXPECT_EQ(inventory.chunks, 3u);
  EXPECT_EQ(inventory.storages, 0u);
  EXPECT_EQ(inventory.unique, 8u + 8 + 8);
  EXPECT_EQ(inventory.on_disk, 160u);
}

TEST(Distributed, DescribesContainersForLoadStateDict) {
  const auto c = ReadFolder(WholeFolder(), {.metadata = true});
  ASSERT_TRUE(c);
  const auto keys_below = [&](std::string_view root) {
    const auto choice = ChooseRoot(*c, root);
    std::vector<std::string> names;
    const StateDictKeys keys = ListKeys(*c, *choice);
    for (const auto& t : keys.tensors) names.emplace_back(t.name);
    return names;
  };
  EXPECT_THAT(keys_below(""), ElementsAre("a", "list", "top", "epoch"));
  EXPECT_THAT(keys_below("a"), ElementsAre("w", "0"));
  EXPECT_EQ(c->StateDictAt("list")->kind, StateDict::Kind::kOther);
}

// ------------------------------------------------------------ lost and wrong

TEST(Distributed, SaysWhichTensorsAFileTakesAway) {
  MemoryFolder folder = WholeFolder();
  folder.files.erase("__1_0.distcp");
  EXPECT_THAT(Read(folder), ElementsAre("a.w float16[4] __0_0.distcp",
                                        "list.0 int64[] __0_0.distcp",
                                        "top float32[2] __1_0.distcp: the file "
                                        "'__1_0.distcp' is missing"));
  // It was not even looked for.
  EXPECT_THAT(folder.opened, ElementsAre(".metadata", kFile));
}

TEST(Distributed, SaysWhatLiesBehindTheEndOfAFile) {
  MemoryFolder folder = WholeFolder();
  folder.files[kFile].resize(119);
  EXPECT_THAT(
      Read(folder),
      ElementsAre("a.w float16[4] __0_0.distcp",
                  "list.0 int64[] __0_0.distcp: the file '__0_0.distcp' is "
                  "short: it has 119 bytes, expected 120",
                  "top float32[2] __1_0.distcp",
                  "warning: the value 'epoch' is lost: the file "
                  "'__0_0.distcp' is short: it has 119 bytes, expected 130"));
}

TEST(Distributed, TellsOfLostValuesOnceAFile) {
  MemoryFolder folder = WholeFolder();
  folder.files.erase(kFile);
  EXPECT_THAT(Read(folder).back(),
              "warning: the value 'a.0' and 1 more are lost: the file "
              "'__0_0.distcp' is missing");
}

TEST(Distributed, HoldsChunksAgainstTheShape) {
  EXPECT_EQ(LineOf({{{0}, {4}}}), "w float32[4] __0_0.distcp");
  EXPECT_EQ(LineOf({{{2}, {2}}, {{0}, {2}}}), "w float32[4] __0_0.distcp");
  EXPECT_EQ(LineOf({{{0}, {3}}}),
            "w float32[4] __0_0.distcp: its chunks hold 3 of its 4 elements");
  EXPECT_EQ(LineOf({}), "w float32[4]: its chunks hold 0 of its 4 elements");
  EXPECT_EQ(LineOf({{{0}, {3}}, {{2}, {2}}}),
            "w float32[4] __0_0.distcp: its chunks overlap, and some of its "
            "elements may be in none");
  EXPECT_EQ(LineOf({{{0}, {5}}}),
            "w float32[4] __0_0.distcp: a chunk of it is not within its size");
  EXPECT_EQ(LineOf({{{0, 0}, {4, 1}}}),
            "w float32[4] __0_0.distcp: a chunk of it is not within its size");
  EXPECT_EQ(LineOf({{{0}, {2}}, {{-1}, {2}}}),
            "w float32[4] __0_0.distcp: a chunk of it is not within its size "
            "(1 of its 2 chunks is lost)");
  EXPECT_EQ(LineOf({{{0}, {4}}, {{0}, {4}}}),
            "w float32[4] __0_0.distcp; warning: tensor 'w': two chunks hold "
            "the same elements");
  EXPECT_EQ(LineOf({}, {0, 3}), "w float32[0,3]");
  EXPECT_EQ(LineOf({{{0, 0}, {1000, 1}}}, {1000, 1}),
            "w float32[1000,1] __0_0.distcp: the file '__0_0.distcp' has 500 "
            "bytes for what takes 4000");
}

TEST(Distributed, SaysWhereTheMetadataHasNoPlaceForAChunk) {
  const auto of = [](const Items& ranges) {
    return Read(FolderOf(
        Metadata({{"w", TensorEntry("float32", {1}, {{{0}, {1}}})}}, ranges)));
  };
  const std::string lost =
      "w float32[1]: the metadata does not say which file holds it";
  EXPECT_THAT(of({}), ElementsAre(lost));
  EXPECT_THAT(of({{Index("w"), Range(kFile, 0, 9)}}), ElementsAre(lost));
  EXPECT_THAT(of({{Index("w", {{1}}), Range(kFile, 0, 9)}}), ElementsAre(lost));
  EXPECT_THAT(of({{Index("v", {{0}}), Range(kFile, 0, 9)}}), ElementsAre(lost));
  // As in a Python dict, the last of equal keys counts.
  EXPECT_THAT(of({{Index("w", {{0}}), Range(kFile, 999, 9)},
                  {Index("w", {{0}}), Range(kFile, 0, 9)}}),
              ElementsAre("w float32[1] __0_0.distcp"));
}

TEST(Distributed, TellsOfOtherFiles) {
  MemoryFolder folder = WholeFolder();
  folder.files[".metadata.tmp"] = "";
  folder.files["__7_0.distcp"] = "";
  folder.files["common.pt"] = "";
  const auto c = ReadFolder(folder, {});
  ASSERT_TRUE(c);
  ASSERT_EQ(c->findings.size(), 2u);
  EXPECT_EQ(c->findings[0].id, FindingId::kUnfinishedSave);
  EXPECT_EQ(c->findings[0].message,
            "'.metadata.tmp' is left of a save that did not come to its end; "
            "it may have written over data files");
  EXPECT_EQ(c->findings[1].id, FindingId::kUnnamedFile);
  EXPECT_EQ(c->findings[1].message,
            "'__7_0.distcp' is not named by the metadata");
}

TEST(Distributed, NamesWhatIsWrongWithTheMetadata) {
  const Piece dtype = Properties("float32");
  const auto one = [](const Piece& entry) {
    return Metadata({{"w", entry}}, {});
  };
  const auto range = [](const Piece& place) {
    return Metadata({}, {{Index("w"), place}});
  };
  const struct {
    const char* what;
    std::string metadata;
    const char* words;
  } kRows[] = {
      {"no pickle", "nothing", "damaged: .metadata+0x"},
      {"another pickle", "\x80\x04}.",
       "damaged: .metadata: holds no metadata of a distributed checkpoint"},
      {"a state_dict that is none",
       "\x80\x04" +
           Object("Metadata", {{Str("state_dict_metadata"), Str("")}}) + ".",
       "damaged: .metadata: holds no metadata of a distributed checkpoint"},
      {"a key that is no text",
       "\x80\x04" +
           Object("Metadata", {{Str("state_dict_metadata"),
                                Dict({{Int(1), BytesEntry()}})}}) +
           ".",
       "damaged: .metadata: a key of its values is no text"},
      {"a number", one(Int(1)),
       "damaged: .metadata: 'w': it is described by no object"},
      {"another class", one(New(Global("m", "Other"))),
       "unsupported: .metadata: 'w': its class is not known: found m.Other"},
      {"PyTorch 1.12",
       one(Object("BytesStorage", {{Str("storage_key"), Str("k")}})),
       "unsupported: .metadata: 'w': it is described in the way of PyTorch "
       "1.12, which is not read: found "
       "torch.distributed.checkpoint.metadata.BytesStorage; load it with that "
       "release and save it again"},
      {"no size",
       one(Object("TensorStorageMetadata",
                  {{Str("chunks"), MakeList({})}, {Str("properties"), dtype}})),
       "damaged: .metadata: 'w': its size or its dtype is not told"},
      {"a negative size", one(EntryOf(dtype, Size({-1}), MakeList({}))),
       "damaged: .metadata: 'w': a dimension of its size is negative: found "
       "-1"},
      {"a size of text", one(EntryOf(dtype, Str("4"), MakeList({}))),
       "damaged: .metadata: 'w': its size is no tuple of integers"},
      {"too large",
       one(EntryOf(dtype, Size({1ll << 40, 1ll << 40}), MakeList({}))),
       "damaged: .metadata: tensor 'w': its size has too many elements"},
      {"a dtype that is none", one(EntryOf(Str(""), Size({}), MakeList({}))),
       "damaged: .metadata: 'w': its dtype is no dtype"},
      {"a new dtype",
       one(EntryOf(Properties("float2"), Size({}), MakeList({}))),
       "unsupported: .metadata: 'w': its dtype is not known: found "
       "torch.float2"},
      {"another layout",
       one(EntryOf(WithState(New(Global(kModule, "TensorProperties")),
                             Tuple({Global("torch", "float32"),
                                    LayoutCall("torch.sparse_coo"), None(),
                                    None(), None()})),
                   Size({}), MakeList({}))),
       "unsupported: .metadata: 'w': its layout is not strided"},
      {"chunks that are none", one(EntryOf(dtype, Size({}), Str(""))),
       "damaged: .metadata: 'w': its chunks are no list"},
      {"a chunk that is none",
       one(EntryOf(dtype, Size({}), MakeList({Int(1)}))),
       "damaged: .metadata: 'w': one of its chunks has no offsets or no "
       "sizes"},
      {"a range without a file", range(Int(1)),
       "damaged: .metadata: 'w': its place is no range of a file"},
      {"a negative range", range(Range(kFile, -1, 1)),
       "damaged: .metadata: 'w': its place is no range of a file"},
      {"a range of nothing", Metadata({}, {{Int(1), Range(kFile, 0, 1)}}),
       "damaged: .metadata: a key of its storage_data names no value"},
      {"a file outside", range(Range("../x", 0, 1)),
       "damaged: .metadata: a file name leaves its folder"},
  };
  for (const auto& row : kRows) {
    EXPECT_THAT(Read(FolderOf(row.metadata)), ElementsAre(HasSubstr(row.words)))
        << row.what;
  }
}

TEST(Distributed, TakesSubclassesAndLaterFields) {
  // Megatron's class, and a tuple of strides.
  const Piece properties =
      WithState(New(Global("m", "Properties")),
                Tuple({Global("torch", "int8"), LayoutCall(), None(), None(),
                       None(), test::Ints({1})}));
  const Piece metadata = WithState(
      New(Global("megatron", "MCoreMetadata")),
      Dict({{Str("state_dict_metadata"),
             Dict({{Str("w"),
                    EntryOf(properties, test::Ints({1}), MakeList({}))}})},
            {Str("mcore_data"), None()}}));
  EXPECT_THAT(Read(FolderOf("\x80\x04" + metadata + ".")),
              ElementsAre("w int8[1]: its chunks hold 0 of its 1 elements"));
}

// -------------------------------------------------------------------- limits

TEST(Distributed, KeepsWithinLimits) {
  const MemoryFolder folder = WholeFolder();
  const auto limit = [&](const Limits& limits) {
    return Read(folder, {.limits = limits}).front();
  };
  EXPECT_THAT(limit({.pickle = 100}),
              HasSubstr("limit: .metadata: has more bytes than the limit "
                        "`pickle`"));
  EXPECT_THAT(limit({.records = 4}),
              HasSubstr("limit: .metadata: it has more ranges than the limit "
                        "`records`: found 5, expected at most 4"));
  EXPECT_THAT(limit({.steps = 20}), HasSubstr("the limit `steps`"));
  EXPECT_THAT(limit({.tensors = 2}), HasSubstr("the limit `tensors`"));
  EXPECT_THAT(limit({.listing_bytes = 1000}),
              HasSubstr("the limit `listing_bytes`"));
  EXPECT_THAT(limit({.dimensions = 0}), HasSubstr("the limit `dimensions`"));
}

// ------------------------------------------------------------- which folders

TEST(Distributed, IsKnownByItsNames) {
  const auto is = [](const std::vector<std::string>& names) {
    return IsDistributed(names);
  };
  EXPECT_TRUE(is({".metadata", "a"}));
  EXPECT_TRUE(is({".metadata.tmp"}));
  EXPECT_TRUE(is({"__12.metadata"}));
  EXPECT_TRUE(is({"__0_0.distcp"}));
  EXPECT_FALSE(is({"x.metadata", "__.metadata", "__a.metadata", "metadata",
                   "a.distcp.txt"}));
}

TEST(Distributed, NamesASaveThatIsNotWhole) {
  const MemoryFolder unfinished({{".metadata.tmp", Whole()}, {kFile, ""}});
  EXPECT_THAT(Read(unfinished),
              ElementsAre(HasSubstr("whose save did not come to its end")));
  MemoryFolder without;
  without.files[kFile] = "";
  EXPECT_THAT(Read(without), ElementsAre(HasSubstr("without its '.metadata'")));
}

std::string OfRank(int64_t first, std::string_view file,
                   const char* dtype = "float32") {
  return Metadata({{"w", TensorEntry(dtype, {4}, {{{first}, {2}}})},
                   {"copy", TensorEntry("float32", {}, {{{}, {}}})}},
                  {{Index("w", {{first}}), Range(file, 0, 10)},
                   {Index("copy", {Dims()}), Range(file, 10, 10)}});
}

TEST(Distributed, JoinsTheMetadataOfRanks) {
  MemoryFolder folder({{"__0.metadata", OfRank(0, kFile)},
                       {"__1.metadata", OfRank(2, "__1_0.distcp")},
                       {kFile, std::string(20, 'x')},
                       {"__1_0.distcp", std::string(20, 'x')}});
  EXPECT_THAT(Read(folder), ElementsAre("w float32[4]", "copy float32[]"));
  folder.files["__1.metadata"] = OfRank(2, "__1_0.distcp", "int32");
  EXPECT_THAT(Read(folder),
              ElementsAre("unsupported: __1.metadata: 'w': it is another value "
                          "in another rank's metadata; the ranks saved "
                          "different models"));
  folder.files.erase("__1.metadata");
  EXPECT_THAT(Read(folder)[0],
              "w float32[4] __0_0.distcp: its chunks hold 2 of its 4 elements");
  folder.files["__2.metadata"] = OfRank(2, "__1_0.distcp");
  EXPECT_THAT(Read(folder), ElementsAre(HasSubstr("rank 1 is missing")));
}

// ------------------------------------------------------ every prefix and bit

TEST(Distributed, SurvivesEveryPrefixAndBit) {
  const std::string whole = Whole();
  const auto right = Read(WholeFolder());
  MemoryFolder folder = WholeFolder();
  std::string& metadata = folder.files[".metadata"];
  for (size_t size = 0; size < whole.size(); ++size) {
    metadata = whole.substr(0, size);
    EXPECT_FALSE(ReadFolder(folder, {})) << size;
  }
  for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    metadata = whole;
    metadata[bit / 8] = static_cast<char>(metadata[bit / 8] ^ 1 << bit % 8);
    const auto c = ReadFolder(folder, {.metadata = true});
    // A flipped bit of a name or a number is a name or a number; all that can
    // be asked is that the listing can be read.
    for (const std::string& line : Lines(c)) EXPECT_FALSE(line.empty());
  }
}

}  // namespace
}  // namespace ptscope::format
