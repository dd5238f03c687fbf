#include "format/wrong_zip.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace ptscope::format {
namespace {

using enum ErrorCode;
using Names = std::vector<std::string_view>;

std::string Dump(const Names& names) {
  const Error e = DescribeZip(names);
  std::string text(ToWord(e.code));
  text += ": " + e.message;
  if (!e.found.empty()) text += ": found " + e.found;
  if (!e.expected.empty()) text += ", expected " + e.expected;
  return text + "; " + e.hint;
}

struct Sample {
  Names names;
  ErrorCode code;
  std::string_view message;
};

const Sample kSamples[] = {
    {{"net/version", "net/model.json", "net/tensors/0"},
     kDamaged,
     "is a TorchScript archive of PyTorch 1.0 to 1.2 with several model.json"},
    {{"net/model.json", "net/attributes.pkl"},
     kDamaged,
     "is a TorchScript archive of PyTorch 1.0 to 1.2 with several model.json"},
    {{"p/.data/version", "p/.data/extern_modules", "p/model/model.pkl"},
     kUnsupported,
     "is a torch.package archive, which is not read"},
    {{"p/.data/version", "p/.data/python_version"},
     kUnsupported,
     "is a torch.package archive, which is not read"},
    {{"m/archive_format", "m/archive_version", "m/data/weights/weight_0"},
     kUnsupported,
     "is a torch.export archive (.pt2), which is not read"},
    {{"m/archive_format", "m/models/model.json"},
     kUnsupported,
     "is a torch.export archive (.pt2), which is not read"},
    {{"serialized_exported_program.json", "serialized_state_dict.pt"},
     kUnsupported,
     "is a torch.export archive (.pt2), which is not read"},
    {{"MAR-INF/MANIFEST.json", "model.pt"},
     kUnsupported,
     "is a TorchServe archive (.mar), which is not read"},
    {{"net/version", "net/data/0"},
     kDamaged,
     "is a torch archive without the record data.pkl"},
    {{"net/.data/version", "net/data/0"},
     kDamaged,
     "is a torch archive without the record data.pkl"},
    {{"metadata.json", "config.json", "model.weights.h5"},
     kNotCheckpoint,
     "is a Keras model (.keras)"},
    {{"[Content_Types].xml", "word/document.xml"},
     kNotCheckpoint,
     "is a Word document (.docx)"},
    {{"[Content_Types].xml", "xl/workbook.xml", "xl/printer.bin"},
     kNotCheckpoint,
     "is an Excel workbook (.xlsx)"},
    {{"[Content_Types].xml", "ppt/presentation.xml"},
     kNotCheckpoint,
     "is a PowerPoint presentation (.pptx)"},
    {{"[Content_Types].xml", "visio/a.xml"},
     kNotCheckpoint,
     "is an Office document"},
    {{"AndroidManifest.xml", "META-INF/MANIFEST.MF", "assets/net.pt"},
     kNotCheckpoint,
     "is an Android package (.apk)"},
    {{"mimetype", "META-INF/container.xml"}, kNotCheckpoint, "is an EPUB book"},
    {{"mimetype", "META-INF/manifest.xml", "content.xml"},
     kNotCheckpoint,
     "is an OpenDocument file"},
    {{"a/__init__.py", "a-1.0.dist-info/WHEEL"},
     kNotCheckpoint,
     "is a Python wheel (.whl)"},
    {{"META-INF/MANIFEST.MF", "A.class"},
     kNotCheckpoint,
     "is a Java archive (.jar)"},
    {{"a.npy", "b/c.npy"}, kNotCheckpoint, "is a NumPy archive (.npz)"},
    {{"readme.md", "policy.pth"},
     kUnsupported,
     "is a zip archive with a checkpoint in it"},
    {{"a.txt"}, kNotCheckpoint, "is an ordinary zip archive"},
};

TEST(WrongZip, NamesEachKind) {
  for (const Sample& sample : kSamples) {
    const Error error = DescribeZip(sample.names);
    EXPECT_EQ(error.message, sample.message) << sample.names.front();
    EXPECT_EQ(error.code, sample.code) << sample.names.front();
  }
}

TEST(WrongZip, GivesEachKindANextStep) {
  for (const Sample& sample : kSamples) {
    EXPECT_NE(DescribeZip(sample.names).hint, "") << sample.names.front();
  }
}

TEST(WrongZip, LooksBelowACommonFolder) {
  for (const Sample& sample : kSamples) {
    std::vector<std::string> names = {"__MACOSX/._a", "top/.DS_Store", "top/"};
    for (const std::string_view name : sample.names) {
      names.push_back("top/sub/" + std::string(name));
    }
    const Names views(names.begin(), names.end());
    EXPECT_EQ(DescribeZip(views).message, sample.message)
        << sample.names.front();
  }
}

TEST(WrongZip, Empty) {
  EXPECT_EQ(Dump({}),
            "not_checkpoint: is an empty zip archive, expected the record "
            "data.pkl; save, copy or download it again");
}

TEST(WrongZip, OnlyFolders) {
  EXPECT_EQ(Dump({"a/", "a/b/", "a/.DS_Store"}),
            "not_checkpoint: is a zip archive of folders without files, "
            "expected the record data.pkl; check the path and the download");
}

TEST(WrongZip, NamesTheFirstCheckpoint) {
  EXPECT_EQ(Dump({"data", "m/a.ckpt", "b.pt"}),
            "unsupported: is a zip archive with a checkpoint in it: found "
            "record \"m/a.ckpt\"; extract it and name that file: unzip FILE");
}

TEST(WrongZip, KnowsTheEndingsOfCheckpoints) {
  for (const char* name : {"a.pt", "a.pth", "a.bin", "a.ckpt", "a.pkl",
                           "a.safetensors", "a.pth.tar"}) {
    EXPECT_EQ(DescribeZip(Names{"x", name}).message,
              "is a zip archive with a checkpoint in it")
        << name;
  }
}

TEST(WrongZip, ShowsTheOnlyRecord) {
  EXPECT_EQ(Dump({"a.txt"}),
            "not_checkpoint: is an ordinary zip archive: found record "
            "\"a.txt\", expected the record data.pkl; check the path and the "
            "download");
}

TEST(WrongZip, ShowsTheFirstRecords) {
  EXPECT_EQ(DescribeZip(Names{"a", "b/", "c", "d", "e", "f"}).found,
            "records \"a\", \"c\", \"d\" and 2 more");
}

TEST(WrongZip, CutsALongName) {
  const std::string name(70000, 'a');
  EXPECT_EQ(DescribeZip(Names{name}).found,
            "record \"" + std::string(100, 'a') + "...\"");
}

TEST(WrongZip, NameMayBeEmpty) {
  EXPECT_EQ(DescribeZip(Names{""}).found, "record \"\"");
}

TEST(WrongZip, LooksAtBothEndsOfAHugeArchive) {
  Names names(1'000'000, "net/data/x");
  names.front() = "net/archive_format";
  names.back() = "net/archive_version";
  EXPECT_EQ(DescribeZip(names).message,
            "is a torch.export archive (.pt2), which is not read");
}

TEST(WrongZip, LooksNotAtTheMiddleOfAHugeArchive) {
  Names names(1'000'000, "a");
  names[500'000] = "b.pt";
  EXPECT_EQ(DescribeZip(names).found,
            "records \"a\", \"a\", \"a\" and 999997 more");
}

}  // namespace
}  // namespace ptscope::format
