#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "ptscope/inventory.h"
#include "ptscope/open.h"
#include "support/torch_pickle.h"
#include "support/zip_builder.h"

namespace ptscope {
namespace {

using test::AsBytes;
using test::Dict;
using test::Global;
using test::Int;
using test::Persistent;
using test::Piece;
using test::RebuildV2;
using test::Str;
using test::Tuple;
using test::ZipBuilder;
using test::ZipEntry;
using ::testing::HasSubstr;

// Four floats in the storage of that number.
Piece Floats(int64_t key) {
  return RebuildV2(
      Persistent(Tuple({Str("storage"), Global("torch", "FloatStorage"),
                        Int(key), Str("cpu"), Int(4)})),
      {4}, {1});
}
ZipEntry Pickle(std::string name, const Piece& value) {
  return {.name = std::move(name), .data = value + "."};
}
ZipEntry Storage(int key) {
  return {.name = "p/.data/" + std::to_string(key) + ".storage",
          .data = std::string(16, '\0')};
}

Result<Checkpoint> OpenPackage(std::vector<ZipEntry> entries,
                               const OpenOptions& options = {}) {
  entries.push_back({.name = "p/.data/extern_modules", .data = "sys\n"});
  entries.push_back({.name = "p/.data/version", .data = "6\n"});
  ZipBuilder zip;
  for (const ZipEntry& entry : entries) zip.Add(entry);
  return Open(*OpenMemory(AsBytes(zip.Zip64().Build())), "p.pt", options);
}

// "member name storage, …; findings", or the error.
std::string Text(const Result<Checkpoint>& c) {
  if (!c) return c.error().Text();
  std::string text;
  for (const Tensor& t : c->tensors) {
    (text += c->parts[t.part].name) += ' ';
    (text += t.name) += ' ';
    text += t.storage == kNone ? "-" : c->storages[t.storage].key;
    if (const auto problem = c->ProblemOf(t); !problem.empty()) {
      ((text += " (") += problem) += ')';
    }
    text += ", ";
  }
  for (const Finding& f : c->findings) (text += "; ") += f.message;
  return text;
}

TEST(TorchPackage, ListsEveryPickle) {
  const auto c =
      OpenPackage({Storage(0),
                   Pickle("p/weights/a.pkl", Dict({{Str("w"), Floats(0)}})),
                   Storage(1),
                   Pickle("p/b.pkl", Dict({{Str("v"), Floats(1)}})),
                   {.name = "p/notes/readme.txt", .data = "hello"}});
  EXPECT_EQ(Text(c), "weights/a.pkl w 0, b.pkl v 1, ");
  EXPECT_EQ(c->format, "torch package");
  EXPECT_EQ(c->folder, "p/");
  EXPECT_EQ(c->version, "6");
  EXPECT_EQ(c->on_disk, 32u);
}

TEST(TorchPackage, PicklesShareStorages) {
  const auto c =
      OpenPackage({Storage(0), Pickle("p/a.pkl", Dict({{Str("w"), Floats(0)}})),
                   Pickle("p/b.pkl", Dict({{Str("v"), Floats(0)}}))});
  ASSERT_EQ(Text(c), "a.pkl w 0, b.pkl v 0, ");
  EXPECT_EQ(c->storages.size(), 1u);
  const std::vector<uint32_t> all = {0, 1};
  EXPECT_EQ(TakeInventory(*c, all).tied.size(), 1u);
}

TEST(TorchPackage, SaysThatAStorageIsMissing) {
  EXPECT_EQ(Text(OpenPackage({Pickle("p/a.pkl", Floats(7))})),
            "a.pkl  7 (record .data/7.storage is not in the archive), ");
}

TEST(TorchPackage, MergesTheRoots) {
  const auto c = OpenPackage(
      {Storage(0),
       Pickle("p/a.pkl", Dict({{Str("m"), Dict({{Str("w"), Floats(0)}})}})),
       Pickle("p/b.pkl", Dict({{Str("m"), Dict({{Str("v"), Floats(0)}})}}))});
  ASSERT_TRUE(c) << c.error().Text();
  EXPECT_EQ(c->root_kind, RootKind::kDict);
  ASSERT_EQ(c->entries.size(), 1u);
  EXPECT_EQ(c->entries[0].tensors, 2u);
}

// What the exporter writes for objects that know how to be packaged.
Piece Packaged(const Piece& function, const std::vector<Piece>& args) {
  return Persistent(
      Tuple({Str("reduce_package"), Int(140000), function, Tuple(args)}));
}

TEST(TorchPackage, ListsGraphModules) {
  const Piece body = Dict({{Str("_parameters"), Dict({{Str("w"), Floats(0)}})},
                           {Str("_buffers"), Dict({{Str("b"), Floats(1)}})},
                           {Str("_modules"), Dict({})},
                           {Str("other"), Floats(2)}});
  const auto c = OpenPackage(
      {Storage(0), Storage(1), Storage(2),
       Pickle("p/a.pkl", Packaged(Global("torch.fx.graph_module",
                                         "reduce_package_graph_module"),
                                  {body, Str("fx-generated._0")}))});
  EXPECT_EQ(Text(c), "a.pkl w 0, a.pkl b 1, ");
  EXPECT_EQ(c->root_kind, RootKind::kModule);
  ASSERT_EQ(c->extras.size(), 1u);
  EXPECT_EQ(c->extras[0].name, "other");
  EXPECT_EQ(c->extras[0].part, 0u);
}

TEST(TorchPackage, ListsArgumentsOfOtherObjects) {
  EXPECT_EQ(Text(OpenPackage(
                {Storage(0), Pickle("p/a.pkl", Packaged(Global("mine", "make"),
                                                        {Floats(0)}))})),
            "a.pkl __args__.0 0, ");
}

TEST(TorchPackage, ReadsTorchScriptOfItsOwn) {
  EXPECT_EQ(
      Text(OpenPackage(
          {Storage(0),
           Pickle("p/.data/ts_code/0/data.pkl",
                  Dict({{Str("w"), RebuildV2(test::StorageId("0.storage", 4),
                                             {4}, {1})}})),
           Pickle("p/.data/ts_code/0/constants.pkl", Tuple({}))})),
      ".data/ts_code/0/data.pkl w 0, ");
}

TEST(TorchPackage, NamesThePickleThatIsDamaged) {
  EXPECT_THAT(Text(OpenPackage({Pickle("p/x/a.pkl", "junk")})),
              testing::StartsWith("x/a.pkl"));
}

TEST(TorchPackage, TakesTheMemberThatIsNamed) {
  const std::vector<ZipEntry> entries = {
      Storage(0), Pickle("p/a.pkl", Dict({{Str("w"), Floats(0)}})),
      Pickle("p/b.pkl", "junk")};
  EXPECT_EQ(Text(OpenPackage(entries, {.member = "a.pkl"})), "a.pkl w 0, ");
  EXPECT_EQ(Text(OpenPackage(entries, {.member = "c.pkl"})),
            "no checkpoint in it is named \"c.pkl\"; those that are: "
            "\"a.pkl\", \"b.pkl\"");
}

TEST(TorchPackage, LimitsTheWork) {
  EXPECT_THAT(Text(OpenPackage({Storage(0), Pickle("p/a.pkl", Floats(0))},
                               {.limits = {.steps = 3}})),
              HasSubstr("limit `steps`"));
}

}  // namespace
}  // namespace ptscope
