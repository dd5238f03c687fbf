#include "archive/zip_entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_reader.h"
#include "support/zip_builder.h"

namespace ptscope::archive {
namespace {

using test::AsBytes;
using test::Set16;
using test::ZipBuilder;

// The content of record `index`, or the error's text.
std::string Content(const std::string& bytes, const Limits& limits = {},
                    uint32_t index = 0) {
  const auto source = OpenMemory(AsBytes(bytes));
  std::vector<Finding> findings;
  auto directory = ReadZipDirectory(*source, {}, findings);
  if (!directory) return directory.error().Text();
  const auto content = ReadRecord(*source, *directory, index, limits);
  return content ? std::string(AsText(*content)) : content.error().Text();
}
std::string ContentOf(const test::ZipEntry& entry, const Limits& limits = {}) {
  ZipBuilder zip;
  zip.Add(entry);
  return Content(zip.Build(), limits);
}

// -------------------------------------------------------------------- whole

TEST(ReadRecord, ReadsStoredRecords) {
  EXPECT_EQ(ContentOf({.name = "a", .data = "12345"}), "12345");
  EXPECT_EQ(ContentOf({.name = "a", .data = ""}), "");
}

TEST(ReadRecord, SkipsTheLocalExtraField) {
  EXPECT_EQ(ContentOf({.name = "a",
                       .data = "12345",
                       .local_extra = test::Little(0x4246, 2) +
                                      test::Little(3, 2) + "ZZZ"}),
            "12345");
}

TEST(ReadRecord, ReadsDeflatedRecords) {
  EXPECT_EQ(ContentOf({.name = "a", .data = "12345", .method = 8}), "12345");
}

TEST(ReadRecord, ReadsDeflatedRecordsBehindPrependedBytes) {
  ZipBuilder zip;
  zip.Add({.name = "a", .data = "1"})
      .Add({.name = "b", .data = "2345", .method = 8});
  EXPECT_EQ(Content(zip.Prepend("before").Zip64().Build() + "behind", {}, 1),
            "2345");
}

TEST(ReadRecord, ReadsDeflatedRecordsOfSeveralBlocks) {
  const std::string half(60'000, 'x');
  std::string first = test::Deflated(half);
  first[0] = '\0';  // more blocks follow
  EXPECT_EQ(ContentOf({.name = "a",
                       .data = half + half,
                       .method = 8,
                       .packed = first + test::Deflated(half)}),
            half + half);
}

TEST(ReadRecord, SetsWhereTheDataIs) {
  ZipBuilder zip;
  zip.Add({.name = "a", .data = "12345", .local_extra = "xxxx"});
  const std::string bytes = zip.Build();
  const auto source = OpenMemory(AsBytes(bytes));
  std::vector<Finding> findings;
  auto directory = ReadZipDirectory(*source, {}, findings);
  ASSERT_TRUE(directory);
  ASSERT_TRUE(ReadRecord(*source, *directory, 0, {}));
  EXPECT_EQ(directory->records[0].data, zip.data(0));
}

TEST(ReadRecord, DoesNotCheckACrcOfZero) {
  EXPECT_EQ(ContentOf({.name = "a", .data = "12345", .crc = 0}), "12345");
}

TEST(ReadRecord, ReadsDeflatedRecordsWithoutACrc) {
  EXPECT_EQ(ContentOf({.name = "a", .data = "12345", .method = 8, .crc = 0}),
            "12345");
}

// ------------------------------------------------- faults, in the source's
// order

TEST(ReadRecord, RefusesEncryptedRecords) {
  EXPECT_EQ(ContentOf({.name = "a", .data = "12345", .flags = 1}),
            "a: is encrypted, or says so: torch does not read it");
}

TEST(ReadRecord, RefusesOtherMethods) {
  EXPECT_EQ(ContentOf({.name = "a", .data = "12345", .method = 99}),
            "a: has an unknown compression method: found 99, expected 0 "
            "(stored) or 8 (deflated)");
}

TEST(ReadRecord, LimitsTheSize) {
  EXPECT_EQ(ContentOf({.name = "a", .data = "12345"}, {.pickle = 4}),
            "a: is larger than the limit `pickle`: found 5 bytes, expected at "
            "most 4");
}

TEST(ReadRecord, LimitsTheRatioOfLargeRecords) {
  EXPECT_EQ(
      ContentOf(
          {.name = "a", .data = "12345", .method = 8, .size = 100'000'000}),
      "a: inflates to more than the limit `inflate_ratio`: found "
      "100000000 bytes from 10, expected 100 times at most");
}

TEST(ReadRecord, TakesALimitOfTheRatioOfZero) {
  EXPECT_NE(
      ContentOf(
          {.name = "a", .data = "12345", .method = 8, .size = 100'000'000},
          {.inflate_ratio = 0})
          .find("inflates to more than the limit"),
      std::string::npos);
}

TEST(ReadRecord, RefusesALocalHeaderWithoutSignature) {
  EXPECT_EQ(ContentOf({.name = "a", .data = "12345", .local_signature = 7}),
            "a: its local header at 0x0 has no signature: found 0x00000007, "
            "expected 0x04034b50");
}

TEST(ReadRecord, RefusesAnotherMethodInTheLocalHeader) {
  EXPECT_EQ(ContentOf({.name = "a", .data = "12345", .local_method = 8}),
            "a: its local header has another compression method: found 8, "
            "expected 0");
}

TEST(ReadRecord, RefusesAnotherNameInTheLocalHeader) {
  EXPECT_EQ(ContentOf({.name = "ab", .data = "12345", .local_name = "ac"}),
            "ab: its local header has another name: found 'ac'");
  EXPECT_EQ(ContentOf({.name = "ab",
                       .data = "12345",
                       .local_extra = "x",
                       .local_name = "a"}),
            "ab: its local header has another name: found 'a'");
  EXPECT_EQ(ContentOf({.name = "ab", .data = "12345", .local_name = "abc"}),
            "ab: its local header has another name: found 'ab'");
}

TEST(ReadRecord, RefusesDataThatReachesIntoTheDirectory) {
  ZipBuilder zip;
  zip.Add({.name = "a", .data = "12345"});
  std::string bytes = zip.Build();
  Set16(bytes, 28, 1);  // length of the local extra field
  EXPECT_EQ(Content(bytes),
            "a: its data reaches into the central directory: "
            "found 5 bytes at 0x20");
  Set16(bytes, 28, 0xFFFF);
  EXPECT_EQ(Content(bytes),
            "a: its data reaches into the central directory: "
            "found 5 bytes at 0x1001e");
}

TEST(ReadRecord, RefusesAWrongCrc) {
  EXPECT_EQ(ContentOf({.name = "a", .data = "12345", .crc = 7}),
            "a: its CRC-32 differs from the directory's: found 0xcbf53a1c, "
            "expected 0x00000007");
}

// ------------------------------------------------------------------ libzip

TEST(ReadRecord, RefusesWhatDoesNotInflate) {
  const std::string text = ContentOf(
      {.name = "a", .data = "12345", .method = 8, .packed = "\xFF\xFF\xFF"});
  EXPECT_EQ(text.substr(0, text.find(": Zlib")), "a: it does not inflate")
      << text;
}

TEST(ReadRecord, RefusesFewerBytesThanClaimed) {
  EXPECT_EQ(ContentOf({.name = "a", .data = "12345", .method = 8, .size = 6}),
            "a: it inflates to fewer bytes than it claims: found 5, expected "
            "6");
}

TEST(ReadRecord, RefusesMoreBytesThanClaimed) {
  const std::string text = ContentOf(
      {.name = "a", .data = "12345", .method = 8, .crc = 0, .size = 4});
  EXPECT_NE(text, "1234");
  EXPECT_EQ(text.substr(0, 3), "a: ") << text;
}

TEST(ReadRecord, RefusesMoreBytesThanNone) {
  const std::string text = ContentOf(
      {.name = "a", .data = "12345", .method = 8, .crc = 0, .size = 0});
  EXPECT_EQ(text.substr(0, 3), "a: ") << text;
}

TEST(ReadRecord, RefusesAWrongCrcOfDeflatedRecords) {
  const std::string text =
      ContentOf({.name = "a", .data = "12345", .method = 8, .crc = 7});
  EXPECT_EQ(text.substr(0, 3), "a: ") << text;
}

TEST(ReadRecord, RefusesAnArchiveThatLibzipReadsInAnotherWay) {
  // Two entries of one archive whose names libzip takes to be text up to NUL.
  ZipBuilder zip;
  zip.Add({.name = std::string("a\0b", 3), .data = "12345", .method = 8});
  EXPECT_NE(Content(zip.Build()), "12345");
}

// ----------------------------------------------------------- LocateRecords

struct Located {
  Result<ZipDirectory> directory;
  std::vector<Finding> findings;
  uint64_t reads = 0;
  uint64_t bytes = 0;
};

Located Locate(const std::string& bytes) {
  const auto memory = OpenMemory(AsBytes(bytes));
  std::vector<Finding> findings;
  auto directory = ReadZipDirectory(*memory, {}, findings);
  EXPECT_TRUE(directory) << directory.error().Text();
  const CountingSource source(*memory);
  const auto status = LocateRecords(source, *directory, findings);
  EXPECT_TRUE(status);
  return {std::move(directory), std::move(findings), source.reads(),
          source.bytes()};
}

TEST(LocateRecords, FindsTheDataOfEachRecord) {
  ZipBuilder zip;
  zip.Add({.name = "a", .data = "12345", .local_extra = "xxxx"});
  zip.Add({.name = "bc", .data = "678", .method = 8});
  const Located located = Locate(zip.Prepend("12345678").Build());
  EXPECT_EQ(located.directory->records[0].data, zip.data(0));
  EXPECT_EQ(located.directory->records[1].data, zip.data(1));
}

TEST(LocateRecords, ReadsNeighboursAtOnce) {
  ZipBuilder zip;
  for (int i = 0; i < 100; ++i) {
    zip.Add({.name = std::to_string(i), .data = std::string(100, 'x')});
  }
  const Located located = Locate(zip.Build());
  EXPECT_EQ(located.reads, 1u);
  EXPECT_EQ(located.bytes, zip.header(99) + 30 + 2);  // with its name
}

TEST(LocateRecords, DoesNotReadThroughGapsOf64KiB) {
  ZipBuilder zip;
  zip.Add({.name = "a", .data = std::string(64 << 10, 'x')});
  zip.Add({.name = "b", .data = std::string(1 << 20, 'x')});
  zip.Add({.name = "c"});
  const Located located = Locate(zip.Build());
  EXPECT_EQ(located.reads, 3u);
  EXPECT_EQ(located.bytes, 3 * (30u + 1u));
}

TEST(LocateRecords, ReadsAMegabyteAtMostAtOnce) {
  ZipBuilder zip;
  for (int i = 0; i < 64; ++i) {
    zip.Add({.name = std::to_string(i), .data = std::string(60'000, 'x')});
  }
  const Located located = Locate(zip.Build());
  EXPECT_EQ(located.reads, 4u);
  EXPECT_LE(located.bytes, zip.header(63) + 30 + 2);
}

TEST(LocateRecords, ReadsRecordsOutOfOrder) {
  ZipBuilder zip;
  zip.Add({.name = "a", .data = "12345"}).Add({.name = "b", .data = "67890"});
  std::string bytes = zip.Build();
  test::Set32(bytes, zip.central(0) + 42, zip.header(1));
  test::Set32(bytes, zip.central(1) + 42, zip.header(0));
  bytes[zip.header(0) + 30] = 'b';
  bytes[zip.header(1) + 30] = 'a';
  const Located located = Locate(bytes);
  EXPECT_EQ(located.directory->records[0].data, zip.data(1));
  EXPECT_EQ(located.directory->records[1].data, zip.data(0));
  EXPECT_EQ(located.reads, 1u);
}

TEST(LocateRecords, FindsLocalHeadersThatAreNone) {
  const test::ZipEntry kEntries[] = {
      {.name = "ab", .data = "12345", .local_signature = 7},
      {.name = "ab", .data = "12345", .local_name = "abc"},
  };
  for (const test::ZipEntry& entry : kEntries) {
    ZipBuilder zip;
    zip.Add(entry).Add({.name = "c"});
    const Located located = Locate(zip.Build());
    EXPECT_EQ(located.directory->records[0].data, kUnknown);
    EXPECT_EQ(located.directory->records[1].data, zip.data(1));
    ASSERT_EQ(located.findings.size(), 1u);
    EXPECT_EQ(located.findings[0].id, FindingId::kLocalHeader);
    EXPECT_EQ(located.findings[0].record, 0u);
    EXPECT_EQ(located.findings[0].message,
              "the local header of 'ab' is not what the directory says");
  }
}

TEST(LocateRecords, FindsDataThatReachesIntoTheDirectory) {
  ZipBuilder zip;
  zip.Add({.name = "a", .data = "12345"});
  std::string bytes = zip.Build();
  Set16(bytes, 28, 1);  // length of the local extra field
  const Located located = Locate(bytes);
  EXPECT_EQ(located.directory->records[0].data, kUnknown);
  EXPECT_EQ(located.findings.size(), 1u);
}

TEST(LocateRecords, ReadsNothingOfAnEmptyArchive) {
  EXPECT_EQ(Locate(ZipBuilder().Build()).reads, 0u);
}

// ------------------------------------------------------- RecordReader::Open

// A record of three deflate blocks, read as a file of its own.
class OpenDeflated : public testing::Test {
 protected:
  static constexpr size_t kBlock = 60'000;
  static constexpr size_t kBlocks = 40;  // more than the source keeps

  void Make(std::optional<uint32_t> crc = {},
            std::optional<uint32_t> size = {}) {
    std::string packed;
    for (size_t i = 0; i < kBlocks; ++i) {
      std::string block(kBlock, '\0');
      for (size_t j = 0; j < kBlock; ++j) {
        block[j] = static_cast<char>((i * kBlock + j) % 251);
      }
      content_ += block;
      std::string deflated = test::Deflated(block);
      if (i + 1 < kBlocks) deflated[0] = '\0';  // more blocks follow
      packed += deflated;
    }
    ZipBuilder zip;
    zip.Add({.name = "first", .data = "1"})
        .Add({.name = "a",
              .data = content_,
              .method = 8,
              .packed = packed,
              .crc = crc,
              .size = size});
    bytes_ = zip.Build();
    archive_ = OpenMemory(AsBytes(bytes_));
    std::vector<Finding> findings;
    auto directory = ReadZipDirectory(*archive_, {}, findings);
    ASSERT_TRUE(directory);
    directory_ = *std::move(directory);
    reader_.emplace(*archive_, directory_, limits_);
    auto source = reader_->Open(1);
    ASSERT_TRUE(source) << source.error().Text();
    source_ = *std::move(source);
  }

  std::string At(uint64_t offset, size_t size) const {
    std::string to(size, '?');
    const auto n = source_->ReadAt(
        offset, std::as_writable_bytes(std::span(to.data(), to.size())));
    return n ? to.substr(0, *n) : n.error().Text();
  }

  const Limits limits_{};
  std::string content_;
  std::string bytes_;
  std::unique_ptr<Source> archive_;
  ZipDirectory directory_;
  std::optional<RecordReader> reader_;
  std::unique_ptr<Source> source_;
};

TEST_F(OpenDeflated, ReadsForwardsAndBackwards) {
  Make();
  const size_t size = content_.size();
  EXPECT_EQ(source_->size(), size);
  EXPECT_EQ(At(0, 4), content_.substr(0, 4));
  EXPECT_EQ(At(size - 10, 20), content_.substr(size - 10));
  EXPECT_EQ(At(size - 70'000, 65'000), content_.substr(size - 70'000, 65'000));
  EXPECT_EQ(At(5, 100), content_.substr(5, 100));
  EXPECT_EQ(At(0, size + 1), content_);
  EXPECT_EQ(At(size, 1), "");
  EXPECT_EQ(At(UINT64_MAX, 1), "");
}

TEST_F(OpenDeflated, HoldsTheCrcAgainstWhatItHasGiven) {
  Make(7);
  EXPECT_EQ(At(0, 4), content_.substr(0, 4));
  EXPECT_EQ(At(content_.size() - 1, 1), "a: it does not inflate: CRC error");
}

TEST_F(OpenDeflated, DoesNotCheckACrcOfZero) {
  Make(0);
  EXPECT_EQ(At(0, content_.size()), content_);
}

TEST_F(OpenDeflated, NoticesThatThereIsMore) {
  Make({}, 1000);
  EXPECT_EQ(At(0, 1000),
            "a: it inflates to more bytes than it claims: expected 1000");
}

TEST_F(OpenDeflated, NoticesThatThereIsLess) {
  Make({}, 3'000'000);
  EXPECT_THAT(At(2'999'999, 1), testing::HasSubstr("a: it "));
}

TEST(OpenRecord, OpensStoredRecordsWhereTheyLie) {
  ZipBuilder zip;
  zip.Add({.name = "a", .data = "12345", .local_extra = "xxxx"});
  const std::string bytes = zip.Build();
  const auto archive = OpenMemory(AsBytes(bytes));
  std::vector<Finding> findings;
  auto directory = ReadZipDirectory(*archive, {}, findings);
  ASSERT_TRUE(directory);
  const Limits limits{.pickle = 1};  // is about what is read whole
  RecordReader reader(*archive, *directory, limits);
  const auto source = reader.Open(0);
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->size(), 5u);
  EXPECT_EQ(directory->records[0].data, zip.data(0));
}

}  // namespace
}  // namespace ptscope::archive
