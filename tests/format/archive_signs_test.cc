#include "format/archive_signs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "support/writer_text.h"
#include "support/zip_builder.h"

namespace ptscope::format {
namespace {

using Names = std::vector<std::string>;

// What an archive of torch with these records below `folder` shows.
std::string WriterOf(const Names& names, std::string_view folder = "archive/",
                     std::string_view version = "3", uint16_t zip_version = 0) {
  test::ZipBuilder zip;
  zip.Version(zip_version);
  for (const std::string& name : names) {
    zip.Add({.name = std::string(folder) + name, .data = "x"});
  }
  const std::string bytes = zip.Build();
  const auto source = OpenMemory(test::AsBytes(bytes));
  std::vector<Finding> findings;
  const auto directory = archive::ReadZipDirectory(*source, {}, findings);
  if (!directory) return directory.error().Text();
  torch::WriterEvidence evidence;
  FindArchiveSigns(*directory, folder, version, evidence);
  return test::BoundsOf(evidence.Conclude());
}

TEST(FindArchiveSigns, EachFormOfTorch) {
  EXPECT_EQ(WriterOf({"data.pkl", "tensors/94000000000001", "version"},
                     "archive/", "1"),
            "1.4 - 1.4");
  EXPECT_EQ(
      WriterOf({"data.pkl", "data/94000000000001", "version"}, "archive/", "2"),
      "1.5 - 1.8");
  EXPECT_EQ(WriterOf({"data.pkl", "data/94000000000001", "version"}),
            "1.6 - 1.8");
  EXPECT_EQ(WriterOf({"data.pkl", "data/0", "data/1", "version"}), "1.9 - 2.0");
  EXPECT_EQ(WriterOf({"data.pkl", "data/0", "version"}, "model/"),
            "1.13 - 2.0");
  EXPECT_EQ(WriterOf({"data.pkl", "byteorder", "data/0", "version",
                      ".data/serialization_id"}),
            "2.1 - 2.6");
  EXPECT_EQ(
      WriterOf({"data.pkl", ".format_version", ".storage_alignment",
                "byteorder", "data/0", "version", ".data/serialization_id"}),
      "2.7 - ");
}

TEST(FindArchiveSigns, WithoutStorages) {
  EXPECT_EQ(WriterOf({"data.pkl", "version"}), "1.6 - 2.0");
  EXPECT_EQ(WriterOf({"data.pkl", "version"}, "model/"), "1.13 - 2.0");
}

// Who asks for no byteorder gets none; what is not there then bounds nothing.
TEST(FindArchiveSigns, RecordsOfNoReleaseBoundNothing) {
  EXPECT_EQ(
      WriterOf({"data.pkl", "data/0", "version", ".data/serialization_id"}),
      "2.1 - ");
  EXPECT_EQ(WriterOf({"data/0", "data.pkl", "version"}), "1.9 - ");
  EXPECT_EQ(WriterOf({"data.pkl", "data/0", "version", "more"}), "1.9 - ");
  EXPECT_EQ(WriterOf({"data.pkl", "data/0", "version", "data/1"}, "model/"),
            "1.9 - ");
  EXPECT_EQ(WriterOf({"data.pkl", "data/0"}), "1.9 - ");
}

TEST(FindArchiveSigns, UpTo26StoragesAreSortedAsTexts) {
  Names names = {"data.pkl"};
  for (int i = 0; i < 11; ++i) names.push_back("data/" + std::to_string(i));
  names.push_back("version");
  EXPECT_EQ(WriterOf(names), "1.9 - ");
  std::swap(names[3], names[11]);  // 0 1 10 3 …
  EXPECT_EQ(WriterOf(names), "1.9 - ");
  std::sort(names.begin() + 1, names.end() - 1);
  EXPECT_EQ(WriterOf(names), "1.9 - 2.0");
}

TEST(FindArchiveSigns, KeysMayBeNeither) {
  EXPECT_EQ(WriterOf({"data.pkl", "data/1", "data/2", "version"}), "1.6 - 2.0");
  EXPECT_EQ(WriterOf({"data.pkl", "data/weights", "version"}), "1.6 - 2.0");
  EXPECT_EQ(WriterOf({"data.pkl", "data/123456789x", "version"}), "1.6 - 2.0");
}

TEST(FindArchiveSigns, AnotherProgramKeepsTheKeysAlone) {
  EXPECT_EQ(WriterOf({"data.pkl", "data/0", "version"}, "model/", "3", 20),
            "other 1.9 - ");
  EXPECT_EQ(WriterOf({"data.pkl", "data/94000000000001", "version"}, "model/",
                     "3", 20),
            "other 1.6 - ");
}

// libtorch's pickle_save() writes storages first, and has kept names that
// Python's torch has not.
TEST(FindArchiveSigns, RecordsOfNoReleaseLeaveWhatElseBoundsOpen) {
  EXPECT_EQ(WriterOf({"data/94000000000001", "data.pkl", "version"}), "1.6 - ");
}

TEST(FindArchiveSigns, TorchDoesNotDeflate) {
  test::ZipBuilder zip;
  zip.Version(0);
  zip.Add({.name = "archive/data.pkl", .data = "x", .method = 8});
  zip.Add({.name = "archive/version", .data = "3"});
  std::string bytes = zip.Build();
  test::Set16(bytes, zip.central(0) + 6, 20);  // what it takes to inflate
  std::vector<Finding> findings;
  const auto directory = archive::ReadZipDirectory(
      *OpenMemory(test::AsBytes(bytes)), {}, findings);
  ASSERT_TRUE(directory.has_value());
  torch::WriterEvidence evidence;
  FindArchiveSigns(*directory, "archive/", "3", evidence);
  EXPECT_EQ(test::BoundsOf(evidence.Conclude()), "other 1.6 - ");
  torch::WriterEvidence script;  // which it does deflate
  FindScriptSigns(*directory, "archive/", "10", script);
  EXPECT_EQ(test::BoundsOf(script.Conclude()), "1.12 - ");
}

TEST(FindArchiveSigns, AFolderWithinAnotherHasNoNameOfTorchs) {
  EXPECT_EQ(WriterOf({"data.pkl", "data/0", "version"}, ""), "1.9 - 2.0");
  EXPECT_EQ(WriterOf({"data.pkl", "data/0", "version"}, "a/b/"), "1.9 - 2.0");
}

}  // namespace
}  // namespace ptscope::format
