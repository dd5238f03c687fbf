#include "format/wrong_input.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ptscope::format {
namespace {

using namespace std::string_view_literals;
using enum ErrorCode;

std::unique_ptr<Source> SourceOf(std::string_view bytes) {
  return OpenMemory(std::as_bytes(std::span(bytes)));
}

Error Describe(std::string_view bytes, std::string_view name = "") {
  return DescribeWrongInput(*SourceOf(bytes), name);
}

std::optional<Error> Known(std::string_view bytes) {
  return KnownWrongInput(*SourceOf(bytes), "");
}

// `code: message: found F, expected E; hint`.
std::string Dump(const Error& e) {
  std::string text(ToWord(e.code));
  text += ": " + e.message;
  if (!e.found.empty()) text += ": found " + e.found;
  if (!e.expected.empty()) text += ", expected " + e.expected;
  if (!e.hint.empty()) text += "; " + e.hint;
  return text;
}

std::string Dump(std::string_view bytes, std::string_view name = "") {
  return Dump(Describe(bytes, name));
}

std::string WithU64(uint64_t value, std::string_view rest) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(value >> 8 * i & 0xFF);
  return bytes.append(rest);
}

constexpr auto kLfs =
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:"
    "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    "size 12345\n"sv;
constexpr auto kMagic = "\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19."sv;
constexpr auto kOnnx =
    "\x08\x07\x12\x07pytorch\x1A\x03"
    "1.9\x28\x01\x3A\x04\x0A\x02hi\x42\x02\x10\x09"sv;

std::string Legacy(std::string_view start) {
  return std::string(start).append(kMagic) + "\x80\2M\xE9\3.";
}

// --- Magics ---

struct Sample {
  std::string_view bytes;
  ErrorCode code;
  std::string_view message;
};

constexpr Sample kSamples[] = {
    {"PYTORCH1\0\0"sv, kUnsupported,
     "is a container of a PyTorch preview of 2018, which is not read"},
    {"\x18\0\0\0PTMF"sv, kUnsupported,
     "is a PyTorch Mobile flatbuffer, which is not read"},
    {"\x18\0\0\0ET12"sv, kUnsupported,
     "is an ExecuTorch program (.pte), which is not read"},
    {"graph(%x : Float(2)):\n"sv, kUnsupported,
     "is the text of a TorchScript graph, without weights"},
    {"PK\5\6\0\0\0\0"sv, kNotCheckpoint, "is an empty zip archive"},
    {"PK\7\x08PK\3\4"sv, kUnsupported,
     "is the first part of a split zip archive"},
    {"/annex/objects/MD5E-s1--0\n"sv, kNotCheckpoint,
     "is a git-annex pointer, not the file itself"},
    {"outs:\n- md5: 0\n"sv, kNotCheckpoint,
     "is a DVC pointer, not the file itself"},
    {"\x1F\x8B\x08\0"sv, kNotCheckpoint, "is compressed with gzip"},
    {"BZh9\x31\x41\x59\x26\x53\x59"sv, kNotCheckpoint,
     "is compressed with bzip2"},
    {"BZh9\x17\x72\x45\x38\x50\x90"sv, kNotCheckpoint,
     "is compressed with bzip2"},
    {"\xFD\x37zXZ\0"sv, kNotCheckpoint, "is compressed with xz"},
    {"\x5D\0\0\x80\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\x05"sv, kNotCheckpoint,
     "is compressed with LZMA"},
    {"\x28\xB5\x2F\xFD"sv, kNotCheckpoint, "is compressed with zstd"},
    {"\x04\x22\x4D\x18"sv, kNotCheckpoint, "is compressed with lz4"},
    {"\x02\x21\x4C\x18"sv, kNotCheckpoint,
     "is compressed with lz4 (legacy frame)"},
    {"7z\xBC\xAF\x27\x1C"sv, kNotCheckpoint, "is a 7-Zip archive"},
    {"Rar!\x1A\x07\0"sv, kNotCheckpoint, "is a RAR archive"},
    {"Rar!\x1A\x07\1\0"sv, kNotCheckpoint, "is a RAR archive"},
    {"\x89HDF\r\n\x1A\n"sv, kNotCheckpoint, "is an HDF5 file (.h5)"},
    {"GGUF\3\0\0\0"sv, kNotCheckpoint, "is a GGUF model"},
    {"lmgg\1\0\0\0"sv, kNotCheckpoint, "is a GGML model"},
    {"ggml\1\0\0\0"sv, kNotCheckpoint, "is a GGML model"},
    {"fmgg\1\0\0\0"sv, kNotCheckpoint, "is a GGMF model"},
    {"ggmf\1\0\0\0"sv, kNotCheckpoint, "is a GGMF model"},
    {"tjgg\1\0\0\0"sv, kNotCheckpoint, "is a GGJT model"},
    {"ggjt\1\0\0\0"sv, kNotCheckpoint, "is a GGJT model"},
    {"algg\1\0\0\0"sv, kNotCheckpoint, "is a GGLA adapter"},
    {"ggla\1\0\0\0"sv, kNotCheckpoint, "is a GGLA adapter"},
    {"\x1C\0\0\0TFL3"sv, kNotCheckpoint, "is a TensorFlow Lite model"},
    {"\x93NUMPY\1\0"sv, kNotCheckpoint, "is a NumPy array (.npy)"},
    {"MATLAB 5.0 MAT-file, \0"sv, kNotCheckpoint, "is a MATLAB file (.mat)"},
    {"MATLAB 7.3 MAT-file, \0"sv, kNotCheckpoint, "is a MATLAB file (.mat)"},
    {"ARROW1\0\0"sv, kNotCheckpoint, "is an Arrow file"},
    {"FEA1\0\0"sv, kNotCheckpoint, "is a Feather file"},
    {"PAR1\x15\0"sv, kNotCheckpoint, "is a Parquet file"},
    {"RDX2\nX\n\0"sv, kNotCheckpoint, "is R data"},
    {"RDX3\nX\n\0"sv, kNotCheckpoint, "is R data"},
    {"SQLite format 3\0"sv, kNotCheckpoint, "is an SQLite database"},
    {"\x89PNG\r\n\x1A\n"sv, kNotCheckpoint, "is a PNG image"},
    {"\xFF\xD8\xFF\xE0"sv, kNotCheckpoint, "is a JPEG image"},
    {"GIF87a\1\0"sv, kNotCheckpoint, "is a GIF image"},
    {"GIF89a\1\0"sv, kNotCheckpoint, "is a GIF image"},
    {"BM\x1A\0\0\0\0\0\0\0\x1A\0\0\0\x28\0\0\0"sv, kNotCheckpoint,
     "is a BMP image"},
    {"RIFF\0\0\0\0WEBPVP8 "sv, kNotCheckpoint, "is a WebP image"},
    {"II*\0"sv, kNotCheckpoint, "is a TIFF image"},
    {"MM\0*"sv, kNotCheckpoint, "is a TIFF image"},
    {"%PDF-1.4\n"sv, kNotCheckpoint, "is a PDF document"},
    {"%!PS-Adobe-3.0\n"sv, kNotCheckpoint, "is a PostScript document"},
    {"RIFF\0\0\0\0WAVEfmt "sv, kNotCheckpoint, "is a WAV sound"},
    {"RIFF\0\0\0\0AVI LIST"sv, kNotCheckpoint, "is an AVI video"},
    {"ID3\4\0\0"sv, kNotCheckpoint, "is an MP3 sound"},
    {"\0\0\0\x18"
     "ftypmp42"sv,
     kNotCheckpoint, "is an MP4 video"},
    {"fLaC\0\0\0"sv, kNotCheckpoint, "is a FLAC sound"},
    {"OggS\0\2"sv, kNotCheckpoint, "is an Ogg sound or video"},
    {"\x7F\x45LF\2\1\1"sv, kNotCheckpoint, "is an ELF program or library"},
    {"MZ\x90\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "\x40\0\0\0PE\0\0"sv,
     kNotCheckpoint, "is a Windows program"},
    {"\xFE\xED\xFA\xCE"sv, kNotCheckpoint, "is a Mach-O program or library"},
    {"\xFE\xED\xFA\xCF"sv, kNotCheckpoint, "is a Mach-O program or library"},
    {"\xCE\xFA\xED\xFE"sv, kNotCheckpoint, "is a Mach-O program or library"},
    {"\xCF\xFA\xED\xFE"sv, kNotCheckpoint, "is a Mach-O program or library"},
    {"\xCA\xFE\xBA\xBE\0\0\0\2"sv, kNotCheckpoint,
     "is a Mach-O program or library"},
    {"\xCA\xFE\xBA\xBE\0\0\0\x34"sv, kNotCheckpoint, "is a Java class"},
    {"#!/bin/sh\n"sv, kNotCheckpoint, "is a script"},
    {"\x78\x01\x63\x60"sv, kNotCheckpoint,
     "is compressed with zlib, as files of joblib are"},
    {"\x78\x5E\x63\0"sv, kNotCheckpoint,
     "is compressed with zlib, as files of joblib are"},
    {"\x78\x9C\x63\x60"sv, kNotCheckpoint,
     "is compressed with zlib, as files of joblib are"},
    {"\x78\xDA\x63\x60"sv, kNotCheckpoint,
     "is compressed with zlib, as files of joblib are"},
};

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    char pair[3];
    std::snprintf(pair, sizeof pair, "%02x", static_cast<unsigned char>(c));
    text += pair;
  }
  return text;
}

TEST(WrongInputMagic, NamesEachKind) {
  for (const Sample& sample : kSamples) {
    const Error error = Describe(sample.bytes);
    EXPECT_EQ(error.message, sample.message) << Hex(sample.bytes);
    EXPECT_EQ(error.code, sample.code) << Hex(sample.bytes);
  }
}

TEST(WrongInputMagic, GivesEachKindANextStep) {
  for (const Sample& sample : kSamples) {
    EXPECT_NE(Describe(sample.bytes).hint, "") << Hex(sample.bytes);
  }
}

TEST(WrongInputMagic, IsWrongAsAReferenceToo) {
  for (const Sample& sample : kSamples) {
    EXPECT_TRUE(Known(sample.bytes)) << Hex(sample.bytes);
  }
}

TEST(WrongInputMagic, TakesNoTextForAnImage) {
  for (const char* text :
       {"GGUF is a format", "ggml is a library", "MZ and PE", "BMP files only",
        "ID3 is a tag", "PAR1 and PAR2", "FEA1 is Feather", "BZh91AY&SX",
        "GIF89a says the header", "OggS says the page", "fLaC is a mark",
        "x^2 + 1 = 0", "RIFF or, WAVE", "and ftyp"}) {
    EXPECT_EQ(Describe(text).message, "is a text file") << text;
  }
}

// --- Damage by a transfer ---

TEST(WrongInputDamage, NewlineConversionOfALegacyFile) {
  EXPECT_EQ(Dump("\x80\2\x8A\r\n\x6C\xFC\x9C\x46"sv),
            "damaged: is damaged by newline conversion: found 8a 0d 0a; "
            "copy it again in binary mode, and mark it `binary` in "
            ".gitattributes");
}

TEST(WrongInputDamage, NewlineConversionOfAFramedLegacyFile) {
  EXPECT_EQ(
      Describe("\x80\4\x95\r\0\0\0\0\0\0\0\x8A\r\n\x6C\xFC\x9C"sv).message,
      "is damaged by newline conversion");
}

TEST(WrongInputDamage, NewlineConversionOfALegacyTextFile) {
  EXPECT_EQ(Describe("L119547037146038801333356L\r\n.\x80").message,
            "is damaged by newline conversion");
}

TEST(WrongInputDamage, NewlineConversionOfAZip) {
  const Error error = Describe("PK\3\4\r\n\0\0\0"sv);
  EXPECT_EQ(error.message, "is damaged by newline conversion");
  EXPECT_EQ(error.code, kDamaged);
}

TEST(WrongInputDamage, TellsItsPlace) {
  EXPECT_EQ(Describe("\x80\2\x8A\r\n\x6C\xFC\x9C\x46"sv).offset, 2u);
}

TEST(WrongInputDamage, DecodedAsText) {
  EXPECT_EQ(Describe("\xEF\xBF\xBD\2\xEF\xBF\xBD\n\x6C\xEF\xBF\xBD").message,
            "is damaged by decoding its bytes as text");
}

TEST(WrongInputDamage, EncodedAsText) {
  EXPECT_EQ(Describe("\xC2\x80\2\xC2\x8A\n\x6C\xC3\xBC").message,
            "is damaged by encoding its bytes as text");
}

TEST(WrongInputDamage, ZipWithoutItsEnd) {
  EXPECT_EQ(Dump("PK\3\4\0\0\x08\x08"sv),
            "damaged: is a zip archive without its end; "
            "copy or download it again");
}

TEST(WrongInputDamage, ZipIsNotKnownToBeWrong) {
  EXPECT_FALSE(Known("PK\3\4\0\0\x08\x08"sv));
}

// --- Empty and blank files ---

TEST(WrongInputShort, Empty) {
  EXPECT_EQ(Dump(""), "not_checkpoint: is empty; copy or download it again");
}

TEST(WrongInputShort, OneByte) {
  EXPECT_EQ(Dump("\x80"),
            "not_checkpoint: has only 1 byte: found 80; "
            "copy or download it again");
}

TEST(WrongInputShort, TwoBytes) {
  EXPECT_EQ(Dump("PK"),
            "not_checkpoint: has only 2 bytes: found 50 4b; "
            "copy or download it again");
}

TEST(WrongInputBlank, Zeros) {
  EXPECT_EQ(Dump(std::string(8192, '\0')),
            "not_checkpoint: holds nothing but bytes 00; it was not written "
            "to its end: copy or download it again");
}

TEST(WrongInputBlank, Ones) {
  EXPECT_EQ(Dump(std::string(100, '\xFF')),
            "not_checkpoint: holds nothing but bytes ff; it was not written "
            "to its end: copy or download it again");
}

TEST(WrongInputBlank, SaysThatALargeFileWasSampled) {
  EXPECT_EQ(Describe(std::string(1 << 20, '\0')).message,
            "holds nothing but bytes 00 where it was sampled");
}

TEST(WrongInputBlank, LooksAtTheTail) {
  std::string bytes(10000, '\0');
  bytes.back() = '1';
  EXPECT_EQ(Describe(bytes).message, "has no known checkpoint format");
}

TEST(WrongInputBlank, LooksBetween) {
  std::string bytes(1 << 20, '\0');
  bytes.replace(bytes.size() / 17 * 9, 3, "abc");
  EXPECT_EQ(Describe(bytes).message, "has no known checkpoint format");
}

// Forty TiB of zeros.
class Sparse final : public Source {
 public:
  uint64_t size() const override { return uint64_t{40} << 40; }
  Result<size_t> ReadAt(uint64_t, std::span<std::byte> to) const override {
    std::memset(to.data(), 0, to.size());
    return to.size();
  }
};

TEST(WrongInputBlank, ReadsLittleOfALargeFile) {
  const Sparse sparse;
  const CountingSource counting(sparse);
  (void)DescribeWrongInput(counting, "");
  EXPECT_LT(counting.bytes(), 64u << 10);
}

// --- What a server or git left ---

TEST(WrongInputLfs, Pointer) {
  EXPECT_EQ(Dump(kLfs),
            "not_checkpoint: is a git-lfs pointer, not the file itself; "
            "run `git lfs pull`: the file has 12345 bytes, oid sha256:"
            "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393");
}

TEST(WrongInputLfs, PointerWithCrLf) {
  std::string bytes(kLfs);
  for (size_t at = 0; (at = bytes.find('\n', at)) != bytes.npos; at += 2) {
    bytes.insert(at, 1, '\r');
  }
  EXPECT_EQ(Dump(bytes), Dump(kLfs));
}

TEST(WrongInputLfs, PointerWithoutOid) {
  EXPECT_EQ(Dump("version https://git-lfs.github.com/spec/v1\nsize 1\n"),
            "not_checkpoint: is a malformed git-lfs pointer; check it out "
            "again: git checkout FILE, then git lfs pull");
}

TEST(WrongInputLfs, PointerWithBadOid) {
  std::string bytes(kLfs);
  bytes[bytes.find("4d7a")] = 'x';
  EXPECT_EQ(Describe(bytes).message, "is a malformed git-lfs pointer");
}

TEST(WrongInputLfs, LongFileIsNoPointer) {
  EXPECT_EQ(Describe(std::string(kLfs) + std::string(1024, 'x')).message,
            "is a text file");
}

TEST(WrongInputHtml, QuotesTheTitle) {
  EXPECT_EQ(Dump("<!DOCTYPE html><html><head><title>\n Sign in </title>"),
            "not_checkpoint: is an HTML page, not the file itself: found "
            "\"Sign in\"; the download met a login, a quota or an error: get "
            "it again");
}

TEST(WrongInputHtml, TitleWithAttributes) {
  EXPECT_EQ(Describe("<html><TITLE lang=en>Sign in</TITLE>").found,
            "\"Sign in\"");
}

TEST(WrongInputHtml, AfterByteOrderMarkAndSpace) {
  for (const char* html :
       {"\xEF\xBB\xBF\r\n<HTML>", "  <head>", "<!doctype "}) {
    EXPECT_EQ(Describe(html).message, "is an HTML page, not the file itself");
  }
}

TEST(WrongInputXml, QuotesCodeAndMessage) {
  EXPECT_EQ(Dump("<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code>"
                 "<Message>Access Denied</Message></Error>"),
            "not_checkpoint: is an error message from cloud storage, not the "
            "file itself: found \"AccessDenied: Access Denied\"; check the "
            "address and the access rights, then get it again");
}

TEST(WrongInputXml, WithoutDeclaration) {
  EXPECT_EQ(Describe("<Error><Code>NoSuchKey</Code></Error>").found,
            "\"NoSuchKey\"");
}

TEST(WrongInputXml, Other) {
  EXPECT_EQ(Dump("<?xml version=\"1.0\"?><svg/>"),
            "not_checkpoint: is an XML file; check the path and the download");
}

TEST(WrongInputService, JsonError) {
  EXPECT_EQ(Dump("{\"error\": \"Repository \\\"a\\\" not found\"}"),
            "not_checkpoint: is an error message from a web service, not the "
            "file itself: found \"Repository \\\"a\\\" not found\"; check the "
            "address and the access rights, then get it again");
}

TEST(WrongInputService, NestedJsonError) {
  EXPECT_EQ(
      Describe("{\"error\": {\"code\": 404, \"message\": \"gone\"}}").found,
      "\"gone\"");
}

TEST(WrongInputService, JsonErrorThatIsNoString) {
  EXPECT_EQ(Describe("{\"errors\": [1]}\n").found, "\"[1]}\"");
}

TEST(WrongInputService, OtherKeys) {
  for (const char* json : {"{\"message\":\"x\"}", " {\"detail\":\"x\"}"}) {
    EXPECT_EQ(Describe(json).found, "\"x\"") << json;
  }
}

TEST(WrongInputService, CutsALongMessageBetweenCharacters) {
  std::string long_text(199, 'a');
  for (int i = 0; i < 9; ++i) long_text += "\xC3\xA4";
  EXPECT_EQ(Describe("{\"error\":\"" + long_text + "\"}").found,
            "\"" + long_text.substr(0, 199) + "...\"");
}

TEST(WrongInputService, PlainText) {
  for (const char* text :
       {"Entry not found", "Invalid credentials in Authorization header",
        "Invalid username or password.", "Repository not found",
        "Access to model a/b is restricted", "404: Not Found"}) {
    EXPECT_EQ(Dump(std::string(text) + "\n"),
              "not_checkpoint: is an error message from a web service, not the "
              "file itself: found \"" +
                  std::string(text) +
                  "\"; check the address and the access rights, then get it "
                  "again");
  }
}

// --- Checkpoints in formats that are not read ---

TEST(WrongInputLegacy, CutInItsMagic) {
  EXPECT_EQ(Dump("\x80\2\x8A\n\x6C\xFC"),
            "damaged: is a legacy torch.save file that is cut short; "
            "copy or download it again");
}

TEST(WrongInputLegacy, WrongMagicNumber) {
  std::string bytes = Legacy("\x80\2\x8A\n");
  bytes[4] = '\x6D';
  EXPECT_EQ(Dump(bytes),
            "damaged: has a wrong magic number of torch.save: found 6d fc 9c "
            "46 f9 20 6a a8 50 19, expected 6c fc 9c 46 f9 20 6a a8 50 19; "
            "copy or download it again");
}

// --- Bare pickles ---

TEST(WrongInputPickle, OfADistributedCheckpoint) {
  EXPECT_EQ(Dump("\x80\2ctorch.distributed.checkpoint.metadata\nMetadata\n."),
            "unsupported: is only the metadata of a distributed checkpoint "
            "(DCP); name its directory");
}

// --- Formats without a magic ---

TEST(WrongInputOnnx, Model) {
  EXPECT_EQ(Dump(kOnnx),
            "not_checkpoint: is an ONNX model; name the checkpoint it was "
            "made from");
}

TEST(WrongInputOnnx, OtherFieldIsNone) {
  std::string bytes(kOnnx);
  bytes[2] = '\x52';
  EXPECT_EQ(Describe(bytes).message, "has no known checkpoint format");
}

TEST(WrongInputOnnx, FieldLongerThanTheFileIsNone) {
  std::string bytes(kOnnx);
  bytes[3] = '\x7F';
  EXPECT_EQ(Describe(bytes).message, "has no known checkpoint format");
}

TEST(WrongInputOnnx, EndlessNumberIsNone) {
  EXPECT_EQ(Describe("\x08" + std::string(20, '\x81')).message,
            "has no known checkpoint format");
}

TEST(WrongInputHdf5, BehindAUserBlock) {
  for (const size_t block : {512u, 2048u, 8192u}) {
    EXPECT_EQ(Dump(std::string("user") + std::string(block - 4, '\0') +
                   "\x89HDF\r\n\x1A\n"),
              "not_checkpoint: is an HDF5 file with a user block; list it "
              "with `h5ls -r`");
  }
}

TEST(WrongInputTorch7, Binary) {
  EXPECT_EQ(Dump("\4\0\0\0\1\0\0\0"sv, "net.t7"),
            "not_checkpoint: is a Torch7 (Lua) file; the Python package "
            "torchfile reads it");
}

TEST(WrongInputTorch7, Ascii) {
  EXPECT_EQ(Describe("4\n1\n3\n", "net.t7").message, "is a Torch7 (Lua) file");
}

TEST(WrongInputTorch7, OtherContentIsNone) {
  EXPECT_EQ(Describe("hello\n", "net.t7").message, "is a text file");
}

// --- What is left ---

TEST(WrongInput, Manifest) {
  EXPECT_EQ(Dump("{\n  \"schema\": \"ptscope/manifest/1\"\n}\n"),
            "not_checkpoint: is a manifest, not a checkpoint; compare a "
            "checkpoint with it: ptscope check -m FILE CHECKPOINT");
}

TEST(WrongInput, Json) {
  for (const char* json : {"{\"a\": 1}\n", "{ }\n", "[\"a\"]", " [1, 2]"}) {
    EXPECT_EQ(Dump(json),
              "not_checkpoint: is a JSON file; check the path and the "
              "download");
  }
}

TEST(WrongInput, TextQuotesItsFirstLine) {
  EXPECT_EQ(Dump("[section]\na = b\n"),
            "not_checkpoint: is a text file: found \"[section]\"; check the "
            "path and the download");
}

TEST(WrongInput, TextMayBeCutInACharacter) {
  std::string text(4095, 'a');
  EXPECT_EQ(Describe(text + "\xC3\xA4").message, "is a text file");
}

TEST(WrongInput, TextMayNotEndInACharacter) {
  EXPECT_EQ(Describe("aaaaaa\xC3").message, "has no known checkpoint format");
}

TEST(WrongInput, Unknown) {
  EXPECT_EQ(Dump("\1\2\3\4\5\6\7\x08\x09\x0A"),
            "not_checkpoint: has no known checkpoint format: found 01 02 03 "
            "04 05 06 07 08; check the path and the download");
}

TEST(WrongInput, MayBeAReference) {
  for (const char* bytes :
       {"{\"schema\": \"ptscope/manifest/1\"}", "[\"conv.weight\"]",
        "conv.weight\nconv.bias\n", "\1\2\3\4\5"}) {
    EXPECT_FALSE(Known(bytes)) << bytes;
  }
}

class Broken final : public Source {
 public:
  uint64_t size() const override { return 10; }
  Result<size_t> ReadAt(uint64_t, std::span<std::byte>) const override {
    return Error{.code = kIo, .message = "cannot read"};
  }
};

TEST(WrongInput, PassesOnReadErrors) {
  EXPECT_EQ(Dump(DescribeWrongInput(Broken(), "")), "io: cannot read");
}

TEST(WrongInput, KnownPassesOnReadErrors) {
  EXPECT_EQ(KnownWrongInput(Broken(), "")->code, kIo);
}

// --- Unfinished downloads ---

TEST(WrongInputPartial, EachEnding) {
  for (const char* name : {"a.crdownload", "a.part", "a.partial",
                           "a.incomplete", "a.aria2", "a.lock", "a.tmp"}) {
    EXPECT_EQ(PartialDownloadHint(name),
              "its name is that of an unfinished download: finish it first");
  }
}

TEST(WrongInputPartial, OtherName) {
  EXPECT_EQ(PartialDownloadHint("parts.pt"), "");
}

TEST(WrongInputPartial, HintForWhatMayBeHalfACheckpoint) {
  for (const auto bytes : {""sv, "\0\0\0\0\0"sv, "PK\3\4\0\0"sv, "\1\2\3\4\5"sv,
                           "\x80\2\x8A\n\x6C"sv}) {
    EXPECT_EQ(Describe(bytes, "a.part").hint,
              "its name is that of an unfinished download: finish it first");
  }
}

TEST(WrongInputPartial, NoHintForOtherKinds) {
  EXPECT_EQ(Describe("\x89PNG\r\n\x1A\n", "a.part").hint,
            "check the path and the download");
}

// --- Hostile input ---

std::vector<std::string> Everything() {
  std::vector<std::string> all;
  for (const Sample& sample : kSamples) all.emplace_back(sample.bytes);
  for (const std::string_view bytes :
       {kLfs, kOnnx, "<html><title>a</title>"sv,
        "<?xml ?><Error><Code>a</Code><Message>b</Message></Error>"sv,
        "{\"error\": {\"message\": \"a\\\"b\"}}"sv, "Entry not found"sv,
        "{\"weight_map\": {}}"sv, "{\"schema\": \"ptscope/manifest/1\"}"sv,
        "(dp0\nVw\np1\nctorch\nT\nS'a'\nI1\nL1L\nF1.0\n."sv,
        "\x80\4\x95\2\0\0\0\0\0\0\0}."sv, "\xEF\xBB\xBF[1]"sv}) {
    all.emplace_back(bytes);
  }
  all.push_back(Legacy("\x80\2\x8A\n"));
  all.push_back(Legacy("\x80\4\x95\r\0\0\0\0\0\0\0\x8A\n"sv));
  all.push_back(WithU64(2, "{}"));
  return all;
}

// The bytes lie in an allocation of their own size, for memory checkers.
void Probe(std::string_view bytes) {
  const auto own = std::make_unique<std::byte[]>(bytes.size());
  if (!bytes.empty()) std::memcpy(own.get(), bytes.data(), bytes.size());
  const auto source = OpenMemory({own.get(), bytes.size()});
  EXPECT_NE(DescribeWrongInput(*source, "a.t7").message, "");
}

TEST(WrongInputHostile, EveryByte) {
  for (int c = 0; c < 256; ++c) Probe(std::string(1, static_cast<char>(c)));
}

TEST(WrongInputHostile, EveryPrefix) {
  for (const std::string& bytes : Everything()) {
    for (size_t n = 0; n <= bytes.size(); ++n) {
      Probe(std::string_view(bytes).substr(0, n));
    }
  }
}

TEST(WrongInputHostile, EveryFlippedByte) {
  for (std::string bytes : Everything()) {
    for (size_t i = 0; i < std::min<size_t>(bytes.size(), 600); ++i) {
      bytes[i] = static_cast<char>(~bytes[i]);
      Probe(bytes);
      bytes[i] = static_cast<char>(~bytes[i]);
    }
  }
}

}  // namespace
}  // namespace ptscope::format
