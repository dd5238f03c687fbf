#include "format/bare_pickle.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/utf8.h"
#include "support/legacy_builder.h"

namespace ptscope::format {
namespace {

using namespace std::string_view_literals;
using namespace test;  // the pieces of a pickle

bool Is(std::string_view bytes) {
  return *IsBarePickle(*OpenMemory(AsBytes(bytes)));
}
std::string List(const std::string& bytes) {
  const auto c = ReadBarePickle(*OpenMemory(AsBytes(bytes)), {});
  if (!c) return c.error().Text();
  std::string text;
  for (const Tensor& t : c->tensors) {
    text += std::string(t.name) + ' ' + std::string(c->storages[t.storage].key);
    if (const auto at = c->FileOffsetOf(t)) text += " @" + std::to_string(*at);
    if (!c->ProblemOf(t).empty()) {
      text += " (" + std::string(c->ProblemOf(t)) + ")";
    }
    text += "; ";
  }
  for (const Finding& f : c->findings) text += f.message;
  return text;
}

TEST(IsBarePickle, EachProtocol) {
  for (const auto pickle :
       {"(dp0\nVw\np1\nI1\ns."sv, "(lp0\nI01\na."sv,
        "ccollections\nOrderedDict\np0\n(tR."sv, "(icopy_reg\nObject\np0\n."sv,
        "(S'a'\nF1.5\nL1L\ntp0\ng0\n."sv, "}q\0X\1\0\0\0aK\1s."sv,
        "\x80\2}q\0."sv, "\x80\3]q\0."sv, "\x80\4\x95\2\0\0\0\0\0\0\0}."sv,
        "\x80\5N."sv}) {
    EXPECT_TRUE(Is(pickle)) << pickle;
  }
}

TEST(IsBarePickle, TextLongerThanWhatIsLookedAt) {
  std::string bytes = "(lp0\n";
  while (bytes.size() < 9000) bytes += "Vabc\na";
  EXPECT_TRUE(Is(bytes + "."));
  EXPECT_TRUE(Is("V" + std::string(9000, 'a') + "\np0\n."));
}

TEST(IsBarePickle, TakesNoTextForOne) {
  for (const char* text :
       {"(like this) or that.", "In the end\nit stops.", "Some text.",
        "cat one\ndog two\n(end.", "Long lines\nof text.", "Floats.\n.", "}ok.",
        "aaaa.", "....", "tt(t.", "icy\nroad\n.", "gone\n.", "pull\nit.",
        "(c one\ntwo three\n.", "(Sa'\n.", "(dp0\nVw\np1\nI1\ns.\n", "N."}) {
    EXPECT_FALSE(Is(text)) << text;
  }
  std::string bytes = "(lp0\n";
  bytes.resize(9000, 'y');  // no such opcode
  EXPECT_FALSE(Is(bytes + "."));
}

TEST(IsBarePickle, WhatCannotFollowTheProtocolIsNone) {
  EXPECT_FALSE(Is("\x80\6}q\0."sv));
  EXPECT_FALSE(Is("\x80\2ss."sv));
  EXPECT_FALSE(Is("\x80\4\x95\xFF\0\0\0\0\1\0\0}."sv));
  EXPECT_FALSE(Is("\x80\4\x95\xFF\0\0\0\0\0\0\0s."sv));
}

// Its frame is longer than the file: it was cut.
TEST(IsBarePickle, OneThatIsCut) {
  EXPECT_TRUE(Is("\x80\4\x95\xFF\0\0\0\0\0\0\0}]"sv));
}

TEST(IsBarePickle, OtherFilesThatBeginLikeOne) {
  EXPECT_FALSE(Is("\x80\2ctorch.distributed.checkpoint.metadata\nMetadata\n."));
  EXPECT_FALSE(Is("GGUF\3\0\0\0."sv));
}

TEST(BarePickle, ListsStreamsInBytes) {
  const std::string stream = StorageStream();
  const std::string bytes = OnePickle(
      Dict({{Str("w"), RebuildV2(LoadFromBytes(stream), {4}, {1})},
            {Str("v"), RebuildV2(LoadFromText(Str(Latin1ToUtf8(stream))), {2},
                                 {1}, 1)}}));
  const size_t data = bytes.find(stream) + stream.size() - 16;
  EXPECT_EQ(List(bytes), "w @0:5 @" + std::to_string(data) + "; v @1:5; ");
}

TEST(BarePickle, MayHoldNoTensor) {
  EXPECT_EQ(List(OnePickle(Dict({{Str("a"), Int(1)}}))), "");
}

TEST(BarePickle, TellsOfBytesBehindIt) {
  EXPECT_EQ(List(OnePickle(None()) + OnePickle(None())),
            "4 bytes follow the pickle's STOP: they are not looked at");
}

TEST(BarePickle, HasNoPersistentIds) {
  EXPECT_EQ(List(OnePickle(MakeList({Small()}))),
            "0 0 (storage 0 is not in the file: no loader of bare pickles "
            "knows persistent ids); ");
}

TEST(BarePickle, MayEndEarly) {
  EXPECT_EQ(List("\x80\2}(X"),
            "offset 0x4: the pickle ends within BINUNICODE: found 0 bytes, "
            "expected 4 or more; copy or download it again");
}

}  // namespace
}  // namespace ptscope::format
