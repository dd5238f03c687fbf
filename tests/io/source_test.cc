#include "ptscope/source.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace ptscope {
namespace {

namespace fs = std::filesystem;

class OnDisk : public testing::Test {
 protected:
  OnDisk() {
    std::string name = (fs::temp_directory_path() / "ptscope-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~OnDisk() override { fs::remove_all(folder_); }

  fs::path Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  fs::path folder_;
};

std::string ReadText(const Source& source, uint64_t offset, size_t n) {
  std::string text(n, '\0');
  const auto done =
      source.ReadAt(offset, std::as_writable_bytes(std::span(text)));
  text.resize(done ? *done : 0);
  return text;
}

TEST_F(OnDisk, FileReadsAnywhere) {
  const auto source = OpenFile(Write("a", "hello world"));
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->size(), 11u);
  EXPECT_EQ(ReadText(**source, 6, 5), "world");
}

TEST_F(OnDisk, FileIsShortOnlyAtItsEnd) {
  const auto source = OpenFile(Write("a", "hello"));
  ASSERT_TRUE(source);
  EXPECT_EQ(ReadText(**source, 3, 10), "lo");
  EXPECT_EQ(ReadText(**source, 5, 10), "");
  EXPECT_EQ(ReadText(**source, UINT64_MAX, 10), "");
}

TEST_F(OnDisk, FileThatShrinksIsAnError) {
  const fs::path path = Write("a", "hello");
  const auto source = OpenFile(path);
  ASSERT_TRUE(source);
  fs::resize_file(path, 2);
  std::byte to[5];
  const Status status = ReadExactly(**source, 0, to);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().Text(),
            "offset 0x2: the file ended while it was read");
}

TEST_F(OnDisk, MissingFileHasTheSystemsWords) {
  const auto source = OpenFile(folder_ / "none");
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().Text(), "cannot open: No such file or directory");
}

TEST_F(OnDisk, PipeIsNoFile) {
  const fs::path path = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const auto source = OpenFile(path);
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().message, "is not a regular file");
}

TEST_F(OnDisk, FolderListsInByteOrder) {
  Write("b", "");
  Write("a", "");
  Write("B", "");
  const auto folder = OpenFolder(folder_);
  ASSERT_TRUE(folder);
  EXPECT_EQ(*(*folder)->List(), (std::vector<std::string>{"B", "a", "b"}));
}

TEST_F(OnDisk, FolderOpensItsFiles) {
  Write("a", "hello");
  const auto folder = OpenFolder(folder_);
  ASSERT_TRUE(folder);
  EXPECT_EQ((*(*folder)->Open("a"))->size(), 5u);
}

TEST_F(OnDisk, FolderRefusesNamesThatLeaveIt) {
  const auto folder = OpenFolder(folder_);
  ASSERT_TRUE(folder);
  for (const std::string& name :
       {std::string("../x"), std::string(".."), std::string("."),
        std::string("/etc/hostname"), std::string("a/b"), std::string("a\\b"),
        std::string(""), std::string("a\0b", 3)}) {
    const auto source = (*folder)->Open(name);
    ASSERT_FALSE(source) << name;
    EXPECT_EQ(source.error().code, ErrorCode::kDamaged) << name;
  }
}

TEST(Memory, ReadsLikeAFile) {
  const std::string text = "hello";
  const auto source = OpenMemory(std::as_bytes(std::span(text)));
  EXPECT_EQ(ReadText(*source, 3, 10), "lo");
  EXPECT_EQ(ReadText(*source, UINT64_MAX, 1), "");
}

TEST(Counting, CountsReadsAndBytes) {
  const std::string text = "hello";
  const auto inner = OpenMemory(std::as_bytes(std::span(text)));
  const CountingSource counting(*inner);
  ReadText(counting, 0, 4);
  ReadText(counting, 4, 4);
  EXPECT_EQ(counting.reads(), 2u);
  EXPECT_EQ(counting.bytes(), 5u);
}

TEST(Window, EndsWithItsBytes) {
  const std::string text = "0123456789";
  const auto memory = OpenMemory(std::as_bytes(std::span(text)));
  const auto window = OpenWindow(*memory, 2, 5);
  EXPECT_EQ(window->size(), 5u);
  std::byte to[8] = {};
  const auto n = window->ReadAt(3, to);
  ASSERT_TRUE(n);
  EXPECT_EQ(*n, 2u);
  EXPECT_EQ(static_cast<char>(to[0]), '5');
  EXPECT_EQ(*window->ReadAt(5, to), 0u);
}

TEST(Folder, OpensFoldersByPlainNamesOnly) {
  const auto folder = OpenFolder(std::filesystem::path("/"));
  ASSERT_TRUE(folder);
  EXPECT_TRUE((*folder)->OpenFolder("tmp"));
  for (const char* name : {"..", ".", "", "tmp/x", "a\\b"}) {
    const auto inner = (*folder)->OpenFolder(name);
    ASSERT_FALSE(inner) << name;
    EXPECT_EQ(inner.error().code, ErrorCode::kDamaged);
  }
}

}  // namespace
}  // namespace ptscope
