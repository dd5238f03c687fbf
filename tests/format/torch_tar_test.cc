#include "format/torch_tar.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/legacy_builder.h"

namespace ptscope::format {
namespace {

using namespace test;  // the pieces of a pickle

Piece StorageEntry(int64_t key, std::string_view cls = "FloatStorage") {
  return Tuple({Int(key), Str("cpu"), Global("torch", cls)});
}
std::string Count(int64_t n) { return Little(static_cast<uint64_t>(n), 8); }
// Four floats, key 101.
std::string StorageTable(const Pieces& views = {}) {
  return OnePickle(Int(1)) + OnePickle(StorageEntry(101)) + Count(4) +
         std::string(16, '\0') + OnePickle(MakeList(views));
}
std::string TensorEntry(int64_t key, int64_t storage,
                        const std::vector<int64_t>& shape,
                        const std::vector<int64_t>& stride, int64_t offset) {
  std::string bytes = OnePickle(
      Tuple({Int(key), Int(storage), Global("torch", "FloatTensor")}));
  bytes += Little(shape.size(), 4) + Little(0, 4);
  for (const int64_t n : shape) bytes += Count(n);
  for (const int64_t n : stride) bytes += Count(n);
  return bytes + Count(offset);
}
std::string TensorTable(const std::vector<std::string>& entries) {
  std::string bytes = OnePickle(Int(static_cast<int64_t>(entries.size())));
  for (const std::string& entry : entries) bytes += entry;
  return bytes;
}
Piece Key(std::string_view key) { return Persistent(Str(key)); }

std::string Tar(const Piece& object, const std::string& tensors,
                const std::string& storages) {
  return TarEntry("sys_info", OnePickle(Dict({}))) +
         TarEntry("pickle", OnePickle(object)) + TarEntry("tensors", tensors) +
         TarEntry("storages", storages) + TarEnd();
}
std::string Whole() {
  return Tar(Dict({{Str("w"), Key("201")}}),
             TensorTable({TensorEntry(201, 101, {2, 2}, {2, 1}, 0)}),
             StorageTable());
}

std::string List(const std::string& bytes, const OpenOptions& options = {}) {
  const auto c = ReadTorchTar(*OpenMemory(AsBytes(bytes)), options);
  if (!c) return c.error().Text();
  std::string text;
  for (const Tensor& t : c->tensors) {
    if (!text.empty()) text += '\n';
    text += std::string(t.name) + ' ' + std::string(ToName(t.dtype)) + ' ' +
            Lister::Dims(t.shape) + " storage " +
            std::string(c->storages[t.storage].key);
    if (const auto at = c->FileOffsetOf(t)) text += " @" + std::to_string(*at);
    if (!c->ProblemOf(t).empty()) text += " problem";
  }
  return text;
}

TEST(TorchTar, KnowsItsMembers) {
  const auto is = [](const std::string& bytes) {
    return *IsTorchTar(*OpenMemory(AsBytes(bytes)));
  };
  EXPECT_TRUE(is(Whole()));
  EXPECT_TRUE(is(TarEntry("notes", "x") + TarEntry("./pickle", "N.")));
  EXPECT_FALSE(is(TarEntry("notes", "x") + TarEntry("pickle/x", "N.")));
  EXPECT_FALSE(is(TarEntry("pickle", "", '5')));
  EXPECT_FALSE(is("sys_info"));
  std::string late;
  for (int i = 0; i < 16; ++i) late += TarEntry("notes", "x");
  EXPECT_FALSE(is(late + TarEntry("pickle", "N.")));
}

TEST(TorchTar, ListsAndLocates) {
  const std::string bytes = Whole();
  const auto c = ReadTorchTar(*OpenMemory(AsBytes(bytes)), {});
  ASSERT_TRUE(c) << c.error().Text();
  EXPECT_EQ(c->format, "torch tar");
  EXPECT_EQ(c->on_disk, 16u);
  // Behind the number of entries, the entry and the count.
  const size_t storages = 7 * 512;
  const size_t data = storages + OnePickle(Int(1)).size() +
                      OnePickle(StorageEntry(101)).size() + 8;
  EXPECT_EQ(List(bytes),
            "w float32 [2,2] storage 101 @" + std::to_string(data));
}

TEST(TorchTar, ReadsViews) {
  const std::string bytes =
      Tar(MakeList({Key("201"), Key("202")}),
          TensorTable({TensorEntry(201, 101, {4}, {1}, 0),
                       TensorEntry(202, 103, {2}, {1}, 0)}),
          StorageTable({Tuple({Int(103), Int(101), Int(1), Int(2)})}));
  const std::string text = List(bytes);
  const size_t at = std::stoul(text.substr(text.find('@') + 1));
  EXPECT_EQ(text, "0 float32 [4] storage 101 @" + std::to_string(at) +
                      "\n1 float32 [2] storage 103 @" + std::to_string(at + 4));
}

TEST(TorchTar, SeesTheClassInAPersistentId) {
  const Piece cls =
      Persistent(Tuple({Global("model", "Net"), Str("f"), Str("source")}));
  const Piece module = WithState(
      New(cls), Dict({{Str("_parameters"), Dict({{Str("w"), Key("201")}})},
                      {Str("_buffers"), Dict({})},
                      {Str("_modules"), Dict({})}}));
  const std::string bytes =
      Tar(module, TensorTable({TensorEntry(201, 101, {4}, {1}, 0)}),
          StorageTable());
  const auto c = ReadTorchTar(*OpenMemory(AsBytes(bytes)), {});
  ASSERT_TRUE(c);
  EXPECT_EQ(c->root_type, "model.Net");
  EXPECT_EQ(c->root_kind, RootKind::kModule);
  EXPECT_EQ(c->tensors[0].name, "w");
}

TEST(TorchTar, TakesStoragesAsIdsWithoutATableOfTensors) {
  const Piece object = MakeList({RebuildV2(Key("101"), {4}, {1})});
  const std::string bytes = TarEntry("pickle", OnePickle(object)) +
                            TarEntry("storages", StorageTable());
  EXPECT_EQ(List(bytes).substr(0, 27), "0 float32 [4] storage 101 @");
}

TEST(TorchTar, TakesTheLastOfTwoMembers) {
  EXPECT_EQ(List(TarEntry("pickle", "?") + Whole()).substr(0, 9), "w float32");
}

TEST(TorchTar, MarksWhatReachesPastItsStorage) {
  EXPECT_EQ(
      List(Tar(Key("201"), TensorTable({TensorEntry(201, 101, {5}, {1}, 0)}),
               StorageTable()))
          .substr(0, 25),
      " float32 [5] storage 101 ");
}

struct Row {
  const char* what;
  std::string bytes;
  std::string_view text;
};

TEST(TorchTar, NamesWhatIsWrong) {
  const Piece w = Key("201");
  const std::string tensors = TensorTable({TensorEntry(201, 101, {4}, {1}, 0)});
  const std::string entry =
      OnePickle(Tuple({Int(1), Int(101), Global("torch", "FloatTensor")}));
  const Row kRows[] = {
      {"no storages", TarEntry("pickle", "N."),
       "is a tar archive of PyTorch 0.1 without its member `storages`"},
      {"no number", Tar(w, tensors, OnePickle(Str("x"))),
       "storages+0x0: it does not begin with a number of entries"},
      {"negative number", Tar(w, tensors, OnePickle(Int(-1))),
       "storages+0x0: it does not begin with a number of entries"},
      {"no entry", Tar(w, tensors, OnePickle(Int(1)) + OnePickle(Int(1))),
       "storages+0xd: a storage is no key, location and class"},
      {"class",
       Tar(w, tensors,
           OnePickle(Int(1)) + OnePickle(StorageEntry(1, "OddStorage"))),
       "storages+0xd: the class of a storage is not known: found "
       "torch.OddStorage"},
      {"numel",
       Tar(w, tensors,
           OnePickle(Int(1)) + OnePickle(StorageEntry(1)) + Count(-4)),
       "storages+0xd: storage 1 has no number of elements: found -4, expected "
       "0 or more"},
      {"no views", Tar(w, tensors, OnePickle(Int(0)) + OnePickle(Int(1))),
       "storages+0xd: the views of storages are no list"},
      {"no view", Tar(w, tensors, StorageTable({Int(1)})),
       "storages+0x50: a view is no key, storage, offset and size"},
      {"view of nothing",
       Tar(w, tensors, StorageTable({Tuple({Int(1), Int(2), Int(0), Int(1)})})),
       "storages+0x50: a view is of a storage that is not there: found 2"},
      {"one key twice",
       Tar(w, tensors,
           StorageTable({Tuple({Int(101), Int(101), Int(0), Int(1)})})),
       "storages+0x50: two storages or tensors have one key: found 101"},
      {"no tensor", Tar(w, TensorTable({OnePickle(Int(1))}), StorageTable()),
       "tensors+0xd: a tensor is no key, storage and class"},
      {"tensor of nothing",
       Tar(w, TensorTable({TensorEntry(201, 1, {4}, {1}, 0)}), StorageTable()),
       "tensors+0xd: tensor 201 is of a storage that is not there: found 1"},
      {"negative rank",
       Tar(w, TensorTable({entry + Little(0xFFFFFFFF, 4) + Little(0, 4)}),
           StorageTable()),
       "tensors+0xd: tensor 1 has no number of dimensions: found -1"},
      {"huge rank",
       Tar(w, TensorTable({entry + Little(0x7FFFFFFF, 4) + Little(0, 4)}),
           StorageTable()),
       "tensors+0xd: tensor 1 has no number of dimensions: found 2147483647"},
      {"negative size",
       Tar(w, TensorTable({TensorEntry(201, 101, {-4}, {1}, 0)}),
           StorageTable()),
       "pickle: tensor '': dimension 0 of its size is negative: found -4"},
      {"unknown id", Tar(Key("7"), tensors, StorageTable()),
       "pickle: a persistent id is neither a storage's nor a tensor's: found "
       "'7'"},
      {"id of no text", Tar(Persistent(Int(7)), tensors, StorageTable()),
       "pickle: a persistent id is neither a storage's nor a tensor's"},
  };
  for (const Row& row : kRows) EXPECT_EQ(List(row.bytes), row.text) << row.what;
}

TEST(TorchTar, HasLimits) {
  EXPECT_EQ(List(Tar(Key("201"), "", OnePickle(Int(1000))),
                 {.limits = {.records = 100}}),
            "storages: it has more entries than the limit `records`: found "
            "1000, expected at most 100");
  EXPECT_EQ(List(Whole(), {.limits = {.dimensions = 1}}),
            "tensors+0xd: tensor 201 has more dimensions than the limit "
            "`dimensions`: found 2, expected at most 1");
}

}  // namespace
}  // namespace ptscope::format
