#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/utf8.h"
#include "support/legacy_builder.h"

namespace ptscope::torch {
namespace {

using namespace test;  // the pieces of a pickle

Piece TensorOf(const Piece& storage) { return RebuildV2(storage, {4}, {1}); }

std::string Unread(const Lister& lister) {
  std::string text;
  for (const Finding& f : lister.checkpoint().findings) text += f.message;
  return text;
}

TEST(EmbeddedStreams, AreStoragesOfTheirOwn) {
  Lister lister;
  EXPECT_EQ(lister.Lines(MakeList({TensorOf(LoadFromBytes(StorageStream("7"))),
                                   TensorOf(StorageId("0", 4)),
                                   TensorOf(LoadFromBytes(StorageStream()))})),
            "0 float32 [4] [1] @0 storage @0:7\n"
            "1 float32 [4] [1] @0 storage 0\n"
            "2 float32 [4] [1] @0 storage @1:5");
  EXPECT_EQ(Unread(lister), "");
  const Checkpoint& c = lister.checkpoint();
  EXPECT_EQ(c.storages[0].location, "cpu");
  EXPECT_EQ(c.storages[0].nbytes, 16u);
}

TEST(EmbeddedStreams, AreCountedInTheOrderOfTheFile) {
  // The second tensor's stream comes first.
  const Piece keep = LoadFromBytes(StorageStream("a")) + Put(1);
  EXPECT_EQ(ListOf(keep + "0" +
                   MakeList({TensorOf(LoadFromBytes(StorageStream("b"))),
                             TensorOf(Get(1))})),
            "0 float32 [4] [1] @0 storage @1:b\n"
            "1 float32 [4] [1] @0 storage @0:a");
}

TEST(EmbeddedStreams, MayBeLatin1Text) {
  const std::string text = Latin1ToUtf8(StorageStream());
  EXPECT_EQ(ListOf(TensorOf(LoadFromText(Str(text)))),
            " float32 [4] [1] @0 storage @0:5");
  EXPECT_EQ(ListOf(TensorOf(LoadFromText(Str("\xC4\x80")))),
            "data.pkl: tensor '': its storage is a stream in a text that is "
            "not Latin-1");
}

TEST(EmbeddedStreams, MayHoldAStream) {
  Piece stream = LoadFromBytes(StorageStream());
  for (int depth = 2; depth <= 4; ++depth) {
    stream = LoadFromBytes(LegacyStream(stream, {}));
    std::string key = "@0:";
    for (int i = 1; i < depth; ++i) key += "@0:";
    EXPECT_EQ(ListOf(TensorOf(stream)),
              " float32 [4] [1] @0 storage " + key + "5");
  }
  EXPECT_EQ(ListOf(TensorOf(LoadFromBytes(LegacyStream(stream, {})))),
            "data.pkl: tensor '': its storage is a stream in more than 3 "
            "others");
}

TEST(EmbeddedStreams, MayEndEarly) {
  const std::string stream = StorageStream();
  EXPECT_EQ(
      ListOf(TensorOf(LoadFromBytes(stream.substr(0, stream.size() - 1)))),
      " float32 [4] [1] @0 storage @0:5 problem: the stream ends within "
      "storage @0:5: 15 of 16 bytes are there");
  EXPECT_EQ(
      ListOf(TensorOf(LoadFromBytes(stream.substr(0, stream.size() - 20)))),
      " float32 [4] [1] @0 storage @0:5 problem: the stream ends within "
      "storage @0:5: 0 of 16 bytes are there");
  EXPECT_EQ(ListOf(TensorOf(LoadFromBytes(stream.substr(0, 20)))),
            "data.pkl: tensor '': its storage is a stream in a bytes value: "
            "LONG1 has 8 bytes, and the pickle ends before: found 2 bytes");
}

struct Row {
  const char* what;
  Piece storage;
  std::string_view text;
};

TEST(EmbeddedStreams, NamesWhatCannotBeRead) {
  const Row kRows[] = {
      {"no stream", LoadFromBytes("PK\3\4"),
       "its storage is a bytes value that is no legacy torch.save stream"},
      {"no bytes", Call(Global("torch.storage", "_load_from_bytes"), {Int(1)}),
       "its storage is a stream that is no bytes value"},
      {"no argument", Call(Global("torch.storage", "_load_from_bytes"), {}),
       "its storage is a stream that is no bytes value"},
      {"another object", LoadFromBytes(LegacyStream(Int(1), {})),
       "its storage is a torch.save stream of something else"},
      {"another count",
       LoadFromBytes(
           LegacyStream(LegacyId("5", 4), {{"5", 3, std::string(16, '\0')}})),
       "its storage is a stream in a bytes value: storage 5 has another number "
       "of elements than its persistent id says: found 3, expected 4"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(ListOf(TensorOf(row.storage)),
              "data.pkl: tensor '': " + std::string(row.text))
        << row.what;
  }
}

TEST(EmbeddedStreams, AreAFindingWhereNoTensorIsOnThem) {
  Lister lister;
  const Piece module = LoadFromBytes(LegacyStream(Dict({}), {}));
  EXPECT_EQ(
      lister.Lines(MakeList({module, LoadFromBytes(StorageStream()), module})),
      "");
  EXPECT_EQ(Unread(lister),
            "2 torch.save streams in bytes values that hold no storage, or "
            "cannot be read: tensors in there are not listed");
}

}  // namespace
}  // namespace ptscope::torch
