#include "torch/storages.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/legacy_builder.h"
#include "support/torch_pickle.h"

namespace ptscope::torch {
namespace {

using namespace test;  // the pieces of a pickle

Piece TensorOf(const Piece& storage) { return RebuildV2(storage, {4}, {1}); }
Piece Id(const Piece& kind, const Piece& cls, const Piece& key,
         const Piece& location, const Piece& numel) {
  return Persistent(Tuple({kind, cls, key, location, numel}));
}
Piece Float() { return Global("torch", "FloatStorage"); }

struct Row {
  const char* what;
  Piece storage;
  std::string_view text;
};

TEST(Storages, NamesWhatIsWrongWithAPersistentId) {
  const Row kRows[] = {
      {"no id", None(), "its storage is no persistent id"},
      {"text", Persistent(Str("storage 0")),
       "the persistent id of its storage is no tuple"},
      {"short", Persistent(Tuple({Str("storage"), Float()})),
       "the persistent id of its storage is too short: found 2 parts, expected "
       "5 or more"},
      {"kind", Id(Str("module"), Float(), Str("0"), Str("cpu"), Int(4)),
       "the persistent id of its storage is of another kind: found 'module', "
       "expected 'storage'"},
      {"no kind", Id(Int(1), Float(), Str("0"), Str("cpu"), Int(4)),
       "the persistent id of its storage is of another kind: found no text, "
       "expected 'storage'"},
      {"no class", Id(Str("storage"), Str("x"), Str("0"), Str("cpu"), Int(4)),
       "the persistent id of its storage names no class"},
      {"unknown class",
       Id(Str("storage"), Global("torch", "OddStorage"), Str("0"), Str("cpu"),
          Int(4)),
       "the class of its storage is not known: found torch.OddStorage"},
      {"foreign class",
       Id(Str("storage"), Global("os", "system"), Str("0"), Str("cpu"), Int(4)),
       "the class of its storage is not known: found os.system"},
      {"key", Id(Str("storage"), Float(), None(), Str("cpu"), Int(4)),
       "the key of its storage is no text"},
      {"negative", Id(Str("storage"), Float(), Str("0"), Str("cpu"), Int(-4)),
       "storage 0 has no number of elements: found -4, expected 0 or more"},
      {"no number", Id(Str("storage"), Float(), Str("0"), Str("cpu"), None()),
       "storage 0 has no number of elements: expected 0 or more"},
      {"too large",
       Id(Str("storage"), Float(), Str("0"), Str("cpu"), Int(INT64_MAX)),
       "storage 0 is too large: found 9223372036854775807 elements"},
  };
  for (const Row& row : kRows) {
    const std::string text = ListOf(TensorOf(row.storage));
    EXPECT_EQ(text, "data.pkl: tensor '': " + std::string(row.text))
        << row.what;
  }
}

TEST(Storages, RefusesAnUnknownClassAsUnsupported) {
  Lister lister;
  const auto status = lister.Run(TensorOf(StorageId("0", 4, "OddStorage")));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kUnsupported);
}

TEST(Storages, ReadsEachKeyOnce) {
  Lister lister;
  ASSERT_TRUE(lister.Run(
      MakeList({TensorOf(StorageId("0", 4)), TensorOf(StorageId("1", 4)),
                TensorOf(StorageId("0", 4))})));
  const Checkpoint& c = lister.checkpoint();
  ASSERT_EQ(c.storages.size(), 2u);
  EXPECT_EQ(c.storages[0].key, "0");
  EXPECT_EQ(c.storages[0].location, "cpu");
  EXPECT_EQ(c.storages[0].nbytes, 16u);
  EXPECT_EQ(c.storages[0].record, 0u);
  EXPECT_EQ(c.tensors[2].storage, 0u);
  EXPECT_TRUE(c.findings.empty());
}

TEST(Storages, TakesIntegerKeys) {
  const Piece id = Id(Str("storage"), Float(), Int(1), Str("cpu"), Int(4));
  EXPECT_EQ(ListOf(TensorOf(id)), " float32 [4] [1] @0 storage 1");
}

TEST(Storages, TakesClassesOfCudaAndStorageModules) {
  for (const std::string_view module :
       {"torch", "torch.cuda", "torch.storage", "torch.hpu"}) {
    EXPECT_EQ(ListOf(TensorOf(Id(Str("storage"), Global(module, "FloatStorage"),
                                 Str("0"), Str("cuda:0"), Int(4)))),
              " float32 [4] [1] @0 storage 0")
        << module;
  }
}

TEST(Storages, KnowsEveryStorageClass) {
#define X(name, torch, alias, bits, storage)                                  \
  if (std::string_view(storage).size() > 0) {                                 \
    Lister lister({{"0", 1 << 10}});                                          \
    ASSERT_TRUE(lister.Run(RebuildV2(StorageId("0", 4, storage), {4}, {1}))); \
    EXPECT_EQ(lister.checkpoint().storages[0].dtype, Dtype::name);            \
    EXPECT_EQ(lister.checkpoint().storages[0].nbytes,                         \
              (bits) < 8 ? 4u : 4u * (bits) / 8);                             \
  }
  PTSCOPE_DTYPES(X)
#undef X
}

TEST(Storages, FindsOneDeclaredInTwoWays) {
  Lister lister;
  ASSERT_TRUE(lister.Run(
      MakeList({TensorOf(StorageId("0", 4)),
                RebuildV2(StorageId("0", 2, "LongStorage"), {2}, {1}),
                TensorOf(StorageId("0", 8))})));
  const auto& findings = lister.checkpoint().findings;
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].id, FindingId::kStorageConflict);
  EXPECT_EQ(findings[0].message,
            "storage 0 is declared as 16 bytes of float32 and as 16 of int64");
}

TEST(Storages, SeesAStorageByTheClassOfEachId) {
  EXPECT_EQ(
      ListOf(MakeList({TensorOf(StorageId("0", 4)),
                       RebuildV2(StorageId("0", 2, "LongStorage"), {2}, {1})})),
      "0 float32 [4] [1] @0 storage 0\n"
      "1 int64 [2] [1] @0 storage 0");
}

struct RecordRow {
  const char* what;
  std::vector<Content> records;
  std::string_view problem;
};

TEST(Storages, TellsWhyBytesAreNotThere) {
  const RecordRow kRows[] = {
      {"none", {}, "record data/0 is not in the archive"},
      {"encrypted", {{"0", 16, true}}, "record data/0 is encrypted"},
      {"method",
       {{"0", 16, false, 99}},
       "record data/0 has the unknown compression method 99"},
      {"short", {{"0", 15}}, "record data/0 has 15 bytes, its storage 16"},
      {"whole", {{"0", 16}}, ""},
      {"long", {{"0", 17}}, ""},
  };
  for (const RecordRow& row : kRows) {
    Lister lister(row.records);
    ASSERT_TRUE(lister.Run(TensorOf(StorageId("0", 4))));
    EXPECT_EQ(lister.checkpoint().ProblemOf(lister.checkpoint().tensors[0]),
              row.problem)
        << row.what;
  }
}

TEST(Storages, FindsARecordThatIsLonger) {
  Lister lister({{"0", 17}});
  ASSERT_TRUE(lister.Run(TensorOf(StorageId("0", 4))));
  ASSERT_EQ(lister.checkpoint().findings.size(), 1u);
  EXPECT_EQ(lister.checkpoint().findings[0].message,
            "record data/0 has 17 bytes, its storage 16");
}

TEST(Storages, NeedsNoRecordForAnEmptyStorage) {
  Lister lister(std::vector<Content>{});
  ASSERT_TRUE(lister.Run(RebuildV2(StorageId("0", 0), {0}, {1})));
  EXPECT_EQ(lister.checkpoint().ProblemOf(lister.checkpoint().tensors[0]), "");
}

TEST(Storages, ReadsViewsOfTheLegacyForm) {
  Lister lister;
  const Piece view = LegacyId("0", 4, "FloatStorage", ViewOf("7", 1, 2));
  EXPECT_EQ(lister.Lines(
                MakeList({RebuildV2(view, {2}, {1}), TensorOf(LegacyId("0", 4)),
                          RebuildV2(view, {1}, {1}, 1)})),
            "0 float32 [2] [1] @0 storage 7\n"
            "1 float32 [4] [1] @0 storage 0\n"
            "2 float32 [1] [1] @1 storage 7");
  const Checkpoint& c = lister.checkpoint();
  ASSERT_EQ(c.storages.size(), 2u);
  const Storage& storage = c.storages[c.tensors[0].storage];
  EXPECT_EQ(storage.nbytes, 8u);
  EXPECT_EQ(storage.view_of, c.tensors[1].storage);
  EXPECT_EQ(storage.view_offset, 4u);
  EXPECT_EQ(storage.record, 0u);
}

TEST(Storages, NamesWhatIsWrongWithAView) {
  const auto view = [](const Piece& part) {
    return TensorOf(LegacyId("0", 4, "FloatStorage", part));
  };
  EXPECT_EQ(ListOf(view(ViewOf("7", 1, 4))),
            " float32 [4] [1] @0 storage 7 problem: view 7 reaches to byte 20 "
            "of its storage 0, which has 16");
  for (const Piece& part : {ViewOf("7", -1, 2), Tuple({Str("7"), Int(0)}),
                            Tuple({Int(7), Int(0), Int(1)}), Str("7")}) {
    EXPECT_EQ(ListOf(view(part)),
              "data.pkl: tensor '': the view of storage 0 is no key, offset "
              "and size");
  }
  EXPECT_EQ(ListOf(view(ViewOf("7", INT64_MAX, 1))),
            "data.pkl: tensor '': view 7 of storage 0 is too large");
  EXPECT_EQ(ListOf(MakeList({view(ViewOf("7", 0, 4)),
                             TensorOf(LegacyId("7", 4, "FloatStorage",
                                               ViewOf("8", 0, 4)))})),
            "data.pkl: tensor '1': view 8 is of another view, 7");
}

// Two bytes of pickle a visit: a copy of the location for each would take
// gigabytes.
TEST(Storages, KeepsALocationOnce) {
  const auto tensor = [](std::string_view key, char c) {
    return TensorOf(StorageId(key, 4, "FloatStorage", std::string(10'000, c)));
  };
  Piece visits;
  for (int i = 0; i < 1000; ++i) visits += Get(0) + Get(1);
  Lister lister;
  ASSERT_TRUE(lister.Run(MakeList(
      {tensor("0", 'a') + Put(0), tensor("1", 'b') + Put(1), visits})));
  EXPECT_EQ(lister.checkpoint().storages[0].location, std::string(10'000, 'a'));
  EXPECT_LT(lister.checkpoint().arena().used(), 1'000'000u);
}

}  // namespace
}  // namespace ptscope::torch
