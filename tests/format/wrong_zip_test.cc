#include "format/wrong_zip.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace ptscope::format {
namespace {

using enum ErrorCode;
using Names = std::vector<std::string_view>;

Error DescribeZip(const Names& names) {
  return KnownZip(names).value_or(OrdinaryZip(names));
}

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
    {{"readme.md", "notes.pth"},
     kNotCheckpoint,
     "is an ordinary zip archive without a checkpoint in it"},
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

TEST(WrongZip, DoesNotKnowTheOthers) {
  EXPECT_FALSE(KnownZip(Names{"readme.md", "policy.pth"}));
  EXPECT_FALSE(KnownZip(Names{"MAR-INF/MANIFEST.json", "model.pt"}));
}

TEST(WrongZip, KnowsWhatIsLeftOver) {
  for (const char* name : {"a/", "__MACOSX/a.pt", "a/._b.pt", ".DS_Store"}) {
    EXPECT_TRUE(IsLeftOver(name)) << name;
  }
  EXPECT_FALSE(IsLeftOver("a/b.pt"));
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

TEST(WrongZip, ShowsTheOnlyRecord) {
  EXPECT_EQ(Dump({"a.txt"}),
            "not_checkpoint: is an ordinary zip archive without a checkpoint "
            "in it: found record \"a.txt\"; check the path and the download");
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
  names.front() = "net/model.json";
  names.back() = "net/attributes.pkl";
  EXPECT_EQ(DescribeZip(names).message,
            "is a TorchScript archive of PyTorch 1.0 to 1.2 with several "
            "model.json");
}

TEST(WrongZip, LooksNotAtTheMiddleOfAHugeArchive) {
  Names names(1'000'000, "a");
  names[500'000] = "b.pt";
  EXPECT_EQ(DescribeZip(names).found,
            "records \"a\", \"a\", \"a\" and 999997 more");
}

}  // namespace
}  // namespace ptscope::format
