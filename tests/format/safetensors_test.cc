#include "format/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "ptscope/open.h"
#include "support/pickle_builder.h"

namespace ptscope {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A file of this header and so many bytes of values.
std::string File(std::string_view header, size_t values = 0) {
  std::string file = test::Little(header.size(), 8);
  file += header;
  file.append(values, 'v');
  return file;
}

// A header of these members, each of one tensor.
std::string Entry(std::string_view name, std::string_view dtype,
                  std::string_view shape, uint64_t begin, uint64_t end) {
  return "\"" + std::string(name) + "\":{\"dtype\":\"" + std::string(dtype) +
         "\",\"shape\":[" + std::string(shape) + "],\"data_offsets\":[" +
         std::to_string(begin) + "," + std::to_string(end) + "]}";
}

std::string Header(std::string_view a, std::string_view b = "") {
  std::string header = "{" + std::string(a);
  if (!b.empty()) header += "," + std::string(b);
  return header + "}";
}

Result<Checkpoint> Read(std::string_view file, const OpenOptions& o = {}) {
  return Open(*OpenMemory(test::AsBytes(file)), "m.safetensors", o);
}

// The error of a file, or what it lists as.
std::string Answer(std::string_view file, const OpenOptions& o = {}) {
  const auto checkpoint = Read(file, o);
  if (!checkpoint) {
    return std::string(ToWord(checkpoint.error().code)) + ": " +
           checkpoint.error().Text();
  }
  return "listed";
}
std::string AnswerOf(std::string_view header, size_t values = 0) {
  return Answer(File(header, values));
}

TEST(Safetensors, ListsNamesInTheirOrder) {
  const std::string header =
      Header(Entry("z", "I16", "2,3", 4, 16), Entry("a", "F32", "", 0, 4));
  const std::string file = File(header, 16);
  const auto c = Read(file);
  ASSERT_TRUE(c) << c.error().Text();
  EXPECT_EQ(c->format, "safetensors");
  EXPECT_EQ(c->root_type, "dict");
  EXPECT_EQ(c->file_size, file.size());
  EXPECT_EQ(c->on_disk, 16u);
  ASSERT_EQ(c->tensors.size(), 2u);
  const Tensor& z = c->tensors[0];
  EXPECT_EQ(z.name, "z");
  EXPECT_EQ(z.dtype, Dtype::kInt16);
  EXPECT_THAT(z.shape, ElementsAre(2, 3));
  EXPECT_THAT(z.stride, ElementsAre(3, 1));
  EXPECT_EQ(z.numel, 6u);
  EXPECT_EQ(z.nbytes, 12u);
  EXPECT_EQ(z.requires_grad, -1);
  EXPECT_EQ(c->storages[z.storage].key, "z");
  EXPECT_EQ(c->FileOffsetOf(z), 8 + header.size() + 4);
  const Tensor& a = c->tensors[1];
  EXPECT_THAT(a.shape, IsEmpty());
  EXPECT_EQ(a.numel, 1u);
  EXPECT_EQ(c->FileOffsetOf(a), 8 + header.size());
  EXPECT_THAT(c->findings, IsEmpty());
}

TEST(Safetensors, KnowsTheDtypes) {
  const std::pair<const char*, const char*> kDtypes[] = {
      {"BOOL", "bool"},
      {"U8", "uint8"},
      {"I8", "int8"},
      {"F8_E5M2", "float8_e5m2"},
      {"F8_E4M3", "float8_e4m3fn"},
      {"F8_E8M0", "float8_e8m0fnu"},
      {"F8_E4M3FNUZ", "float8_e4m3fnuz"},
      {"F8_E5M2FNUZ", "float8_e5m2fnuz"},
      {"U16", "uint16"},
      {"I16", "int16"},
      {"F16", "float16"},
      {"BF16", "bfloat16"},
      {"U32", "uint32"},
      {"I32", "int32"},
      {"F32", "float32"},
      {"U64", "uint64"},
      {"I64", "int64"},
      {"F64", "float64"},
      {"C64", "complex64"},
      {"F4", "float4_e2m1fn"},
      {"F6_E2M3", "float6_e2m3fn"},
      {"F6_E3M2", "float6_e3m2fn"},
  };
  for (const auto& [word, name] : kDtypes) {
    const uint64_t size = BitsPerElement(*DtypeFromName(name));  // of 8 values
    const auto c = Read(File(Header(Entry("a", word, "8", 0, size)), size));
    ASSERT_TRUE(c) << word << c.error().Text();
    EXPECT_EQ(ToName(c->tensors[0].dtype), name);
    EXPECT_EQ(c->tensors[0].nbytes, size);
  }
}

TEST(Safetensors, ListsAnUnknownDtypeWithAWord) {
  const auto c = Read(File(
      Header(Entry("a", "I24", "2", 0, 6), Entry("b", "f32", "1", 6, 10)), 10));
  ASSERT_TRUE(c) << c.error().Text();
  EXPECT_EQ(c->tensors[0].dtype, Dtype::kUnknown);
  EXPECT_EQ(c->tensors[0].nbytes, 6u);
  ASSERT_EQ(c->findings.size(), 1u);
  EXPECT_EQ(c->findings[0].id, FindingId::kUnknownDtype);
  EXPECT_EQ(c->findings[0].message,
            "tensor \"a\" has the unknown dtype \"I24\", and 1 more");
}

TEST(Safetensors, PassesOverUnknownKeysWithAWord) {
  const auto c = Read(File(
      R"({"a":{"x":[{"shape":[7]},"y",1,-1,1.5,true,null,[]],"dtype":"U8",)"
      R"("z":{"w":{}},"shape":[1],"data_offsets":[0,1]}})",
      1));
  ASSERT_TRUE(c) << c.error().Text();
  EXPECT_THAT(c->tensors[0].shape, ElementsAre(1));
  ASSERT_EQ(c->findings.size(), 1u);
  EXPECT_EQ(c->findings[0].message,
            "tensor \"a\" has the unknown key \"x\", and 1 more");
}

TEST(Safetensors, KeepsTheMetadata) {
  const auto c =
      Read(File(R"({"__metadata__":{"format":"pt","":"\u00e9\n"}})"));
  ASSERT_TRUE(c) << c.error().Text();
  ASSERT_EQ(c->metadata.size(), 2u);
  EXPECT_EQ(c->metadata[0].key, "format");
  EXPECT_EQ(c->metadata[0].value, "pt");
  EXPECT_EQ(c->metadata[1].key, "");
  EXPECT_EQ(c->metadata[1].value, "\xC3\xA9\n");
}

TEST(Safetensors, TakesSpacesBehindTheHeader) {
  EXPECT_EQ(AnswerOf("{}      "), "listed");
  EXPECT_EQ(AnswerOf("{}\n\t "), "listed");
}

TEST(Safetensors, UnescapesNames) {
  const auto c =
      Read(File(Header(Entry("\\u0061\\\"\\n\\u0000", "U8", "1", 0, 1)), 1));
  ASSERT_TRUE(c) << c.error().Text();
  EXPECT_EQ(c->tensors[0].name, std::string_view("a\"\n\0", 4));
}

TEST(Safetensors, TensorsWithoutElementsMayLieAnywhereBetween) {
  EXPECT_EQ(AnswerOf(Header(Entry("a", "F32", "1", 0, 4),
                            Entry("b", "F32", "0,7", 0, 0) + "," +
                                Entry("c", "F32", "3,0", 4, 4)),
                     4),
            "listed");
}

// --- Files that are cut ---

TEST(Safetensors, AFileThatEndsWithinTheValuesIsListed) {
  const std::string whole =
      File(Header(Entry("a", "U8", "2", 0, 2), Entry("b", "U8", "3", 2, 5)), 5);
  const auto problems = [&](size_t less) {
    const auto c = Read(std::string_view(whole).substr(0, whole.size() - less));
    std::string text;
    if (!c) return c.error().Text();
    for (const Tensor& t : c->tensors) {
      text += std::string(c->ProblemOf(t)) + ";";
    }
    return text;
  };
  EXPECT_EQ(problems(0), ";;");
  EXPECT_EQ(problems(1), ";the file has 2 of its 3 bytes;");
  EXPECT_EQ(problems(3), ";the file has 0 of its 3 bytes;");
  EXPECT_EQ(problems(4),
            "the file has 1 of its 2 bytes;the file has 0 of its 3 bytes;");
}

TEST(Safetensors, AFileThatEndsWithinTheHeaderIsDamaged) {
  const std::string whole = File(Header(Entry("a", "U8", "1", 0, 1)), 1);
  for (size_t n = 9; n < whole.size() - 1; ++n) {
    const auto c = Read(std::string_view(whole).substr(0, n));
    ASSERT_FALSE(c) << n;
    EXPECT_EQ(c.error().message, "is a safetensors file that is cut short");
  }
}

TEST(Safetensors, OfAHugeTensorTheFileMayHaveLittle) {
  const auto c = Read(
      File(Header(Entry("a", "U8", "9223372036854775807", 0, INT64_MAX)), 3));
  ASSERT_TRUE(c) << c.error().Text();
  EXPECT_EQ(c->ProblemOf(c->tensors[0]),
            "the file has 3 of its 9223372036854775807 bytes");
}

// --- Breaches ---

TEST(Safetensors, RefusesBytesBehindTheValues) {
  EXPECT_EQ(AnswerOf(Header(Entry("a", "U8", "1", 0, 1)), 3),
            "damaged: offset 0x3e: bytes follow the last tensor: found 2 "
            "bytes, expected the end of the file");
  EXPECT_THAT(AnswerOf("{}", 1), HasSubstr("bytes follow the last tensor"));
}

TEST(Safetensors, RefusesHoles) {
  EXPECT_EQ(AnswerOf(Header(Entry("a", "U8", "1", 1, 2)), 2),
            "damaged: offset 0x9: bytes of no tensor lie between the start of "
            "the data and tensor \"a\": found it begins at 1, expected 0");
  EXPECT_EQ(
      AnswerOf(Header(Entry("a", "U8", "1", 0, 1), Entry("b", "U8", "1", 3, 4)),
               4),
      "damaged: offset 0x3d: bytes of no tensor lie between \"a\" and "
      "tensor \"b\": found it begins at 3, expected 1");
}

TEST(Safetensors, RefusesBytesOfTwoTensors) {
  EXPECT_EQ(
      AnswerOf(Header(Entry("a", "U8", "2", 0, 2), Entry("b", "U8", "2", 1, 3)),
               3),
      "damaged: offset 0x3d: tensor \"b\" shares bytes with \"a\": found "
      "it begins at 1, expected 2");
  EXPECT_THAT(
      AnswerOf(Header(Entry("a", "U8", "2", 0, 2), Entry("b", "U8", "2", 0, 2)),
               2),
      HasSubstr("tensor \"b\" shares bytes with \"a\""));
}

TEST(Safetensors, RefusesSizesThatDoNotFitTheShape) {
  EXPECT_EQ(AnswerOf(Header(Entry("a", "F32", "3", 0, 8)), 8),
            "damaged: offset 0x9: tensor \"a\": its bytes are not as many as "
            "its shape needs: found 8, expected 12");
  EXPECT_THAT(AnswerOf(Header(Entry("a", "F32", "0", 0, 4)), 4),
              HasSubstr("found 4, expected 0"));
  EXPECT_EQ(AnswerOf(Header(Entry("a", "F4", "3", 0, 1)), 1),
            "damaged: offset 0x9: tensor \"a\": its values do not fill whole "
            "bytes: found 4 bits more");
  EXPECT_THAT(AnswerOf(Header(Entry("a", "F6_E2M3", "2", 0, 1)), 1),
              HasSubstr("whole bytes"));
}

TEST(Safetensors, RefusesReversedOffsets) {
  EXPECT_EQ(AnswerOf(Header(Entry("a", "U8", "1", 1, 0)), 1),
            "damaged: offset 0x9: tensor \"a\": its bytes end before they "
            "begin: found 1 to 0");
}

TEST(Safetensors, RefusesShapesThatOverflow) {
  for (const char* shape :
       {"9223372036854775807,2", "4294967296,4294967296",
        "0,9223372036854775807,9223372036854775807", "4611686018427387904"}) {
    EXPECT_THAT(AnswerOf(Header(Entry("a", "F64", shape, 0, 0))),
                HasSubstr("its shape has too many elements"))
        << shape;
  }
}

TEST(Safetensors, RefusesNumbersThatAreNone) {
  for (const char* number :
       {"-1", "1.0", "1e3", "9223372036854775808", "18446744073709551616",
        "\"1\"", "null", "true", "[1]", "{}"}) {
    EXPECT_THAT(AnswerOf(Header(Entry("a", "U8", number, 0, 1)), 1),
                HasSubstr("tensor \"a\": a number of `shape` is none"))
        << number;
    EXPECT_THAT(
        AnswerOf(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,)" +
                     std::string(number) + "]}}",
                 1),
        HasSubstr("tensor \"a\": a number of `data_offsets` is none"))
        << number;
  }
}

TEST(Safetensors, RefusesAWrongCountOfOffsets) {
  for (const char* offsets : {"", "0", "0,1,1"}) {
    EXPECT_THAT(AnswerOf(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[)" +
                             std::string(offsets) + "]}}",
                         1),
                HasSubstr("`data_offsets` has not two numbers"))
        << offsets;
  }
}

TEST(Safetensors, RefusesMembersOfAnotherKind) {
  for (const char* value : {"1", "-1", "1.5", "null", "true", "[]", "\"x\"",
                            "18446744073709551615"}) {
    EXPECT_THAT(AnswerOf("{\"a\":" + std::string(value) + "}"),
                HasSubstr("tensor \"a\": it is described by no object"))
        << value;
    EXPECT_THAT(AnswerOf("{\"__metadata__\":" + std::string(value) + "}"),
                HasSubstr("`__metadata__` is no object"))
        << value;
  }
  for (const char* value : {"1", "1.5", "null", "true", "[]", "{}"}) {
    EXPECT_THAT(
        AnswerOf("{\"__metadata__\":{\"k\":" + std::string(value) + "}}"),
        HasSubstr("the value of \"k\" in `__metadata__` is no text"))
        << value;
    EXPECT_THAT(AnswerOf("{\"a\":{\"dtype\":" + std::string(value) + "}}"),
                HasSubstr("tensor \"a\": `dtype` is something else"))
        << value;
  }
  EXPECT_THAT(AnswerOf(R"({"a":{"shape":1}})"),
              HasSubstr("`shape` is something else: found 1, expected an "
                        "array"));
  EXPECT_THAT(AnswerOf(R"({"a":{"data_offsets":"0"}})"),
              HasSubstr("`data_offsets` is something else: found \"0\""));
}

TEST(Safetensors, RefusesTensorsWithoutAMember) {
  EXPECT_EQ(AnswerOf(R"({"a":{"shape":[1],"data_offsets":[0,1]}})", 1),
            "damaged: offset 0x9: tensor \"a\": it has no `dtype`");
  EXPECT_THAT(AnswerOf(R"({"a":{"dtype":"U8","data_offsets":[0,1]}})", 1),
              HasSubstr("it has no `shape`"));
  EXPECT_THAT(AnswerOf(R"({"a":{"dtype":"U8","shape":[1]}})", 1),
              HasSubstr("it has no `data_offsets`"));
}

TEST(Safetensors, RefusesKeysThatAreThereTwice) {
  const std::string a = Entry("a", "U8", "1", 0, 1);
  EXPECT_EQ(AnswerOf(Header(a, Entry("a", "U8", "1", 1, 2)), 2),
            "damaged: offset 0x3d: the key \"a\" is there twice, first at "
            "offset 0x9");
  EXPECT_THAT(AnswerOf(Header(a, Entry("\\u0061", "U8", "1", 1, 2)), 2),
              HasSubstr("the key \"a\" is there twice"));
  EXPECT_THAT(AnswerOf(R"({"__metadata__":{},"__metadata__":{}})"),
              HasSubstr("the key \"__metadata__\" is there twice"));
  EXPECT_THAT(AnswerOf(R"({"__metadata__":{"a":"1","a":"1"}})"),
              HasSubstr("the key \"a\" is there twice"));
  EXPECT_THAT(AnswerOf(R"({"a":{"dtype":"U8","dtype":"U8"}})"),
              HasSubstr("the key \"dtype\" is there twice"));
}

TEST(Safetensors, RefusesWhatIsNoJson) {
  EXPECT_EQ(AnswerOf("{\"a\""),
            "damaged: offset 0xc: the JSON ends early: "
            "found the end");
  EXPECT_THAT(AnswerOf("{} {}"), HasSubstr("offset 0xb"));
  EXPECT_THAT(AnswerOf("{'a'}"), HasSubstr("this is not JSON"));
  EXPECT_THAT(AnswerOf("{\"\xFF\":1}"), HasSubstr("offset 0xa"));
}

TEST(Safetensors, RefusesALongHeader) {
  EXPECT_EQ(Answer(test::Little(100'000'001, 8) + "{\"a"),
            "damaged: is a safetensors file with too long a header: found "
            "100000001 bytes, expected at most 100000000");
}

TEST(Safetensors, HasLimits) {
  const std::string two = File(
      Header(Entry("a", "U8", "1,1,1", 0, 1), Entry("b", "U8", "1", 1, 2)), 2);
  EXPECT_EQ(Answer(two, {.limits = {.tensors = 2, .dimensions = 3}}), "listed");
  EXPECT_EQ(Answer(two, {.limits = {.tensors = 1}}),
            "limit: offset 0x41: there are more tensors than the limit "
            "`tensors`: expected at most 1");
  EXPECT_THAT(Answer(two, {.limits = {.dimensions = 2}}),
              HasSubstr("more dimensions than the limit `dimensions`"));
  EXPECT_THAT(AnswerOf("{\"a\":{\"x\":" + std::string(100, '[')),
              HasSubstr("limit: "));
}

// --- Other files ---

bool IsOne(std::string_view bytes) {
  const auto answer = format::IsSafetensors(*OpenMemory(test::AsBytes(bytes)));
  return answer && *answer;
}

TEST(IsSafetensors, TakesAHeaderOfAPlausibleLength) {
  EXPECT_TRUE(IsOne(test::Little(2, 8) + "{}"));
  EXPECT_TRUE(IsOne(test::Little(100'000'000, 8) + "{"));
  EXPECT_FALSE(IsOne(test::Little(1, 8) + "{}"));
  EXPECT_FALSE(IsOne(test::Little(2, 8) + "[]"));
  EXPECT_FALSE(IsOne(test::Little(2, 8)));
  EXPECT_FALSE(IsOne(""));
}

TEST(IsSafetensors, TakesALongerHeaderIfItIsNoText) {
  EXPECT_TRUE(IsOne(test::Little(1ull << 62, 8) + "{}"));
  EXPECT_TRUE(IsOne(test::Little(1ull << 62, 8) + "{\""));
  EXPECT_FALSE(IsOne(test::Little(1ull << 62, 8) + "{"));
  EXPECT_FALSE(IsOne(test::Little(1ull << 62, 8) + "{ab"));
  EXPECT_FALSE(IsOne("var x = {\"a\": 1}"));
}

}  // namespace
}  // namespace ptscope
