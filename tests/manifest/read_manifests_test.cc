#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "ptscope/reference.h"

namespace ptscope {
namespace {

// A folder that is gone after the test.
class ReadManifestsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name =
        (std::filesystem::temp_directory_path() / "manifests.XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(path_); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  Result<std::vector<ReferenceSet>> Read() {
    const auto folder = OpenFolder(path_);
    EXPECT_TRUE(folder);
    return ReadManifests(**folder);
  }
  std::string ErrorOfRead() {
    const auto r = Read();
    return r ? "no error" : r.error().Text();
  }

  std::filesystem::path path_;
};

constexpr const char* kNet =
    R"({"schema": "ptscope/manifest/1", "name": "net", "tensors": {"a": {}}})";

TEST_F(ReadManifestsTest, TakesThoseWithASchemaInOrder) {
  Write("z.json",
        R"({"schema": "ptscope/manifest/1", "name": "z",
            "tensors": {"b": {}}})");
  Write("a.json", kNet);
  Write("config.json", R"({"architectures": ["Bert"]})");
  Write("list.json", R"(["a", "b"])");
  Write("notes.txt", "{ nothing of ours");
  const auto r = Read();
  ASSERT_TRUE(r) << r.error().Text();
  ASSERT_EQ(r->size(), 2u);
  EXPECT_EQ((*r)[0].name, "net");
  EXPECT_EQ((*r)[1].name, "z");
}

TEST_F(ReadManifestsTest, RefusesTwoOfOneModel) {
  Write("a.json", kNet);
  Write("b.json", kNet);
  EXPECT_EQ(ErrorOfRead(),
            "a.json and b.json are manifests of one model, \"net\"");
}

TEST_F(ReadManifestsTest, NamesTheFileThatIsMalformed) {
  Write("a.json", kNet);
  Write("b.json", R"({"schema": "ptscope/manifest/1", "tensors": []})");
  EXPECT_EQ(ErrorOfRead(),
            "b.json: `/tensors` has the wrong type: found an array, expected "
            "an object");
}

TEST_F(ReadManifestsTest, RefusesAFolderWithoutAny) {
  Write("config.json", "{}");
  EXPECT_EQ(ErrorOfRead(),
            "there is no manifest in the folder: expected files whose name "
            "ends in .json, with a `schema`");
}

}  // namespace
}  // namespace ptscope
