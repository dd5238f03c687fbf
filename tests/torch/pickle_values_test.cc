#include "torch/pickle_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

#include "json/writer.h"
#include "support/torch_pickle.h"

namespace ptscope::torch {
namespace {

using namespace test;  // the pieces of a pickle
using testing::HasSubstr;

// Compact JSON.
class Text final : public ValueVisitor {
 public:
  explicit Text(size_t most = SIZE_MAX) : most_(most) {}

  void BeginObject(Lines) override { json_.BeginObject(); }
  void EndObject() override { json_.EndObject(); }
  void Key(std::string_view key) override { json_.TextKey(key); }
  void BeginArray(Lines) override { json_.BeginArray(); }
  void EndArray() override { json_.EndArray(); }
  void String(std::string_view text) override { json_.String(text); }
  void Number(std::string_view json) override { json_.Raw(json); }
  void Bool(bool value) override { json_.Bool(value); }
  void Null() override { json_.Null(); }
  bool IsFull() const override { return json_.text().size() > most_; }

  std::string text() const { return std::string(json_.text()); }

 private:
  const size_t most_;
  JsonWriter json_;
};

std::shared_ptr<const KeptValues> Kept(const Piece& value) {
  const std::string pickle = value + ".";
  auto kept = std::make_shared<OwnedPickle>();
  kept->bytes.resize_uninitialized(pickle.size());
  std::memcpy(kept->bytes.data(), pickle.data(), pickle.size());
  const auto program = pickle::Run({kept->bytes.data(), kept->bytes.size()}, "",
                                   {}, kept->values);
  EXPECT_TRUE(program);
  if (program) kept->root = program->root;
  return PickleValues::Of(std::move(kept));
}

// What is shown at `path`, or the error.
std::string Show(const Piece& value, std::string_view path = {},
                 const Limits& limits = {}) {
  const auto kept = Kept(value);
  Text text;
  const Status status = kept->Show(path, limits, text);
  return status ? text.text() : status.error().Text();
}

Piece Bytes(std::string_view text) {
  return PickleBuilder().BinBytes(text).bytes();
}
Piece Latin1(std::string_view text) {
  return Call(Global("_codecs", "encode"), {Str(text), Str("latin1")});
}

TEST(ShowValue, ShowsWhatJsonHas) {
  EXPECT_EQ(Show(None()), "null");
  EXPECT_EQ(Show(MakeList({True(), Int(-1), PickleBuilder().BinFloat(1).bytes(),
                           Str("x")})),
            R"([true,-1,1.0,"x"])");
  EXPECT_EQ(Show(Dict({{Str("a"), Tuple({})}, {Str("b"), Dict({})}})),
            R"({"a":[],"b":{}})");
}

TEST(ShowValue, ShowsNumbersOfAnySize) {
  const auto number = [](std::string_view bytes) {
    return PickleBuilder().Long1(bytes).bytes();
  };
  EXPECT_EQ(Show(number(Little(0, 8) + std::string("\x01", 1))),
            "18446744073709551616");
  EXPECT_EQ(
      Show(PickleBuilder().Long("123456789012345678901234567890L").bytes()),
      "123456789012345678901234567890");
  EXPECT_EQ(Show(PickleBuilder().Long(std::string(5000, '7') + "L").bytes()),
            R"({"int":")" + std::string(5000, '7') + "\"}");
  EXPECT_THAT(Show(PickleBuilder().Long4(std::string(300, '\x55')).bytes()),
              HasSubstr(R"({"int":"0x5555)"));
}

TEST(ShowValue, ShowsBytesHoweverTheyAreWritten) {
  const std::string two = R"({"bytes":2,"base64":"YcM="})";
  EXPECT_EQ(Show(Bytes("a\xC3")), two);
  EXPECT_EQ(Show(Latin1("a\u00C3")), two);
  EXPECT_EQ(Show(Call(Global("__builtin__", "bytearray"),
                      {Str("a\u00C3"), Str("latin-1")})),
            two);
  EXPECT_EQ(Show(Call(Global("builtins", "bytearray"), {Bytes("a\xC3")})), two);
  EXPECT_EQ(Show(Call(Global("__builtin__", "bytes"), {})),
            R"({"bytes":0,"base64":""})");
  EXPECT_EQ(Show(Bytes(std::string(65, 'x'))), R"({"bytes":65})");
  // Nothing that Python could encode.
  EXPECT_EQ(Show(Latin1("\u0100")),
            R"({"class":"_codecs.encode","args":["Ā","latin1"]})");
}

TEST(ShowValue, ShowsTextOfPython2) {
  EXPECT_EQ(Show(PickleBuilder().ShortBinString("text").bytes()), "\"text\"");
  EXPECT_EQ(Show(PickleBuilder().ShortBinString("\xFF").bytes()),
            R"({"bytes":1,"base64":"/w=="})");
}

TEST(ShowValue, NumbersKeysThatJsonWouldMerge) {
  EXPECT_EQ(Show(Dict({{Int(1), Int(10)},
                       {Str("1"), Int(20)},
                       {Bytes("1"), Int(30)},
                       {Str("1#2"), Int(40)}})),
            R"({"1":10,"1#2":20,"1#3":30,"1#2#2":40})");
  const Piece twins = Dict({{Int(1), Int(10)}, {Str("1"), Int(20)}});
  EXPECT_EQ(Show(twins, "1"), "10");
  EXPECT_EQ(Show(twins, "1#2"), "20");
  EXPECT_EQ(Show(Dict({{Str("\xED\xA0\x80"), Int(1)},
                       {Str("\xED\xA0\x81"), Int(2)}})),
            "{\"\uFFFD\uFFFD\uFFFD\":1,\"\uFFFD\uFFFD\uFFFD#2\":2}");
}

TEST(ShowValue, RefersToWhatIsShownAlready) {
  const Piece shared = Dict({{Str("k"), MakeList({Str("v"), Dict({})})}});
  EXPECT_EQ(Show(Dict({{Str("a"), shared + Put(1)}, {Str("b"), Get(1)}})),
            R"({"a":{"k":["v",{}]},"b":{"ref":"a"}})");
  const Piece loop = "]" + Put(1) + Get(1) + "a";
  EXPECT_EQ(Show(loop), R"([{"ref":""}])");
  EXPECT_EQ(Show(loop, "0.0.0"), R"([{"ref":"0.0.0"}])");
  const Piece parent =
      "}" + Put(1) + Str("child") + Dict({{Str("up"), Get(1)}}) + "s";
  EXPECT_EQ(Show(parent, "child"), R"({"up":{"ref":""}})");
}

TEST(ShowValue, ShowsTensorsByTheirType) {
  EXPECT_EQ(Show(Dict({{Str("w"), test::Small()}})),
            R"({"w":{"tensor":{"dtype":"float32","shape":[4]}}})");
  EXPECT_EQ(Show(Dict({{Str("w"), test::Small()}}), "w"),
            R"({"tensor":{"dtype":"float32","shape":[4]}})");
}

TEST(ShowValue, ShowsObjectsThatItDoesNotKnow) {
  const Piece cls = Global("my", "Thing");
  EXPECT_EQ(Show(New(cls)), R"({"class":"my.Thing"})");
  const Piece whole =
      WithState(WithItems(Call(cls, {Int(1)}), {{Str("k"), Int(2)}}),
                Dict({{Str("attribute"), Dict({{Str("x"), Int(3)}})}}));
  EXPECT_EQ(Show(whole), R"({"class":"my.Thing","args":[1],"items":{"k":2},)"
                         R"("state":{"attribute":{"x":3}}})");
  EXPECT_EQ(Show(whole, "__args__.0"), "1");
  EXPECT_EQ(Show(whole, "k"), "2");
  EXPECT_EQ(Show(whole, "attribute.x"), "3");
  EXPECT_EQ(Show(WithState(New(cls), Int(5)), "__state__"), "5");
  EXPECT_EQ(
      Show(Call(Global("copy_reg", "_reconstructor"),
                {cls, Global("__builtin__", "list"), MakeList({Str("a")})})),
      R"({"class":"my.Thing","items":["a"]})");
  EXPECT_EQ(Show(Call(Call(cls, {}), {Int(1)})),
            R"({"callable":{"class":"my.Thing"},"args":[1]})");
}

TEST(ShowValue, DoesNotBelieveWhatNoClassWouldWrite) {
  const auto opaque = [](std::string_view module, std::string_view name,
                         const Pieces& args) {
    return Show(Call(Global(module, name), args));
  };
  EXPECT_THAT(opaque("datetime", "date", {Bytes("\x07\xE8\x0D\x01")}),
              HasSubstr(R"("class":"datetime.date")"));
  EXPECT_THAT(opaque("datetime", "timedelta", {Int(INT64_MIN), Int(0), Int(0)}),
              HasSubstr("class"));
  EXPECT_THAT(opaque("builtins", "complex", {Int(1), Str("x")}),
              HasSubstr("class"));
  EXPECT_THAT(opaque("collections", "OrderedDict", {Int(1)}),
              HasSubstr(R"("args":[1])"));
  EXPECT_THAT(opaque("builtins", "set", {Str("abc")}),
              HasSubstr(R"("args":["abc"])"));
}

Piece Array(std::string_view code, const Piece& shape, const Piece& data) {
  const Piece dtype =
      WithState(Call(Global("numpy", "dtype"), {Str(code), False(), True()}),
                Tuple({Int(3), Str("<"), None(), None(), None(), Int(-1),
                       Int(-1), Int(0)}));
  return WithState(Call(Global("numpy._core.multiarray", "_reconstruct"),
                        {Global("numpy", "ndarray"), Ints({0}), Bytes("b")}),
                   Tuple({Int(1), shape, dtype, False(), data}));
}

TEST(ShowValue, ShowsArraysWhoseBytesAreThere) {
  EXPECT_EQ(Show(Array("u1", Ints({2, 2}), Bytes("\x01\x02\x03\x04"))),
            "[[1,2],[3,4]]");
  EXPECT_EQ(Show(Array("u1", Ints({1001}), Bytes(std::string(1001, 'x')))),
            R"({"ndarray":{"dtype":"uint8","shape":[1001]}})");
  const std::string opaque = R"({"class":"numpy._core.multiarray)";
  EXPECT_THAT(Show(Array("u1", Ints({5}), Bytes("\x01"))), HasSubstr(opaque));
  EXPECT_THAT(Show(Array("u1", Ints({-1}), Bytes(""))), HasSubstr(opaque));
  const int64_t huge = int64_t{1} << 62;
  EXPECT_THAT(Show(Array("u8", Ints({huge, 4}), Bytes(""))), HasSubstr(opaque));
  EXPECT_THAT(Show(Array("f8", Ints({huge, 0}), Bytes(""))),
              HasSubstr(R"({"ndarray":{"dtype":"float64")"));
}

TEST(ShowValue, TriesTheLongestStepFirst) {
  const Piece value =
      Dict({{Str("a"), Dict({{Str("b.c"), Int(1)}, {Str("d"), Int(2)}})},
            {Str("a.b"), Dict({{Str("c"), Int(3)}})}});
  EXPECT_EQ(Show(value, "a.b.c"), "3");
  EXPECT_EQ(Show(value, "a.d"), "2");
  EXPECT_EQ(Show(Dict({{Str(""), Dict({{Str(""), Int(1)}})}}), "."), "1");
}

TEST(ShowValue, DoesNotTryAWayTwice) {
  // Each level leads to the next by two steps: 2^60 ways through it.
  Piece value = Dict({{Str("z"), Int(1)}});
  for (int i = 0; i < 60; ++i) {
    value += Put(1);
    value = value + "0" + Dict({{Str("a"), Get(1)}, {Str("a.a"), Get(1)}});
  }
  std::string path = "a";
  for (int i = 0; i < 110; ++i) path += ".a";
  EXPECT_THAT(Show(value, path + ".x"), HasSubstr("nothing is at"));
}

TEST(ShowValue, SaysWhatIsThere) {
  const Piece value = Dict({{Str("model"), Dict({})},
                            {Str("optimizer"), Dict({{Str("lr"), Int(1)}})}});
  EXPECT_EQ(Show(value, "optimiser.lr"),
            "nothing is at \"optimiser.lr\"; the top level has \"model\", "
            "\"optimizer\"; did you mean \"optimizer\"?");
  EXPECT_EQ(Show(value, "optimizer.lr.x"),
            "nothing is at \"optimizer.lr.x\"; \"optimizer.lr\" has nothing "
            "below it");
  std::vector<std::pair<Piece, Piece>> many;
  for (int i = 0; i < 25; ++i) many.push_back({Int(i), None()});
  EXPECT_THAT(Show(Dict(many), "x"), HasSubstr("\"19\" and 5 more"));
}

TEST(ShowValue, HasLimits) {
  const std::string deep = std::string(1000, ']') + std::string(999, 'a');
  EXPECT_THAT(Show(deep), HasSubstr("`shown_depth`"));
  EXPECT_THAT(Show(deep, {}, {.shown_depth = 1000}), HasSubstr("[[[["));
  Pieces texts(1000, Str("x"));
  EXPECT_THAT(Show(MakeList(texts), {}, {.shown_memory = 1000}),
              HasSubstr("`shown_memory`"));
  EXPECT_THAT(Show(MakeList(texts), "5", {.steps = 100}), HasSubstr("`steps`"));
}

TEST(ShowValue, StopsWhenNoMoreIsTaken) {
  const auto kept = Kept(MakeList(Pieces(1000, Str("x"))));
  Text text(100);
  EXPECT_TRUE(kept->Show({}, {}, text));
  EXPECT_LT(text.text().size(), 200u);
}

}  // namespace
}  // namespace ptscope::torch
