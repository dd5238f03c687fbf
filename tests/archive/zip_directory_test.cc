#include "archive/zip_directory.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/zip_builder.h"

namespace ptscope::archive {
namespace {

using test::AsBytes;
using test::Extra64;
using test::Set16;
using test::Set32;
using test::Set64;
using test::ZipBuilder;

struct Outcome {
  Result<ZipDirectory> directory;
  std::vector<Finding> findings;

  std::string text() const {
    if (!directory) return directory.error().Text();
    std::string text;
    for (const Record& r : directory->records) {
      text += text.empty() ? "" : " ";
      text += r.name;
    }
    for (const Finding& f : findings) (text += "; ") += f.message;
    return text;
  }
};

Outcome Read(std::string_view bytes, const Limits& limits = {}) {
  std::vector<Finding> findings;
  const auto source = OpenMemory(AsBytes(bytes));
  auto directory = ReadZipDirectory(*source, limits, findings);
  return {std::move(directory), std::move(findings)};
}
std::string TextOf(std::string_view bytes, const Limits& limits = {}) {
  return Read(bytes, limits).text();
}

ZipBuilder Two() {
  ZipBuilder zip;
  zip.Add({.name = "a", .data = "12345"}).Add({.name = "b/c", .data = "678"});
  return zip;
}

// ------------------------------------------------------------------- whole

TEST(ZipDirectory, ListsRecords) {
  ZipBuilder zip;
  zip.Add({.name = "a", .data = "12345"});
  zip.Add({.name = "b/c", .data = "678", .method = 8});
  const std::string bytes = zip.Build();
  const Outcome outcome = Read(bytes);
  ASSERT_TRUE(outcome.directory) << outcome.text();
  ASSERT_EQ(outcome.directory->records.size(), 2u);
  const Record& a = outcome.directory->records[0];
  EXPECT_EQ(a.name, "a");
  EXPECT_EQ(a.header, 0u);
  EXPECT_EQ(a.data, kUnknown);
  EXPECT_EQ(a.stored, 5u);
  EXPECT_EQ(a.size, 5u);
  EXPECT_EQ(a.crc, 0xCBF53A1Cu);
  EXPECT_EQ(a.method, Record::Method::kStored);
  EXPECT_FALSE(a.encrypted);
  const Record& c = outcome.directory->records[1];
  EXPECT_EQ(c.name, "b/c");
  EXPECT_EQ(c.header, zip.header(1));
  EXPECT_EQ(c.stored, 8u);
  EXPECT_EQ(c.size, 3u);
  EXPECT_EQ(c.method, Record::Method::kDeflated);
  EXPECT_TRUE(outcome.findings.empty());
}

TEST(ZipDirectory, TellsWhereTheArchiveIs) {
  ZipBuilder zip = Two();
  const std::string bytes = zip.Zip64().Prepend("12345678").Build() + "tail";
  const Outcome outcome = Read(bytes);
  ASSERT_TRUE(outcome.directory);
  EXPECT_EQ(outcome.directory->begin, 8u);
  EXPECT_EQ(outcome.directory->offset, zip.directory());
  EXPECT_EQ(outcome.directory->end, bytes.size() - 4);
}

TEST(ZipDirectory, ReadsAnEmptyArchive) {
  EXPECT_EQ(TextOf(ZipBuilder().Build()), "");
  EXPECT_EQ(TextOf(ZipBuilder().Zip64().Build()), "");
}

TEST(ZipDirectory, ReadsWithAndWithoutTheZip64Trailer) {
  EXPECT_EQ(TextOf(Two().Build()), "a b/c");
  EXPECT_EQ(TextOf(Two().Zip64().Build()), "a b/c");
}

TEST(ZipDirectory, FollowsTheEndRecordToTheZip64One) {
  ZipBuilder zip = Two();
  std::string bytes = zip.Zip64().Build();
  Set16(bytes, zip.end() + 8, 0xFFFF);
  Set16(bytes, zip.end() + 10, 0xFFFF);
  Set32(bytes, zip.end() + 12, 0xFFFFFFFF);
  Set32(bytes, zip.end() + 16, 0xFFFFFFFF);
  EXPECT_EQ(TextOf(bytes), "a b/c");
}

TEST(ZipDirectory, FindsAZip64EndRecordThatIsNotBesideItsLocator) {
  ZipBuilder zip = Two();
  std::string bytes = zip.Zip64().Build();
  bytes.insert(zip.locator(), 100, '\0');
  EXPECT_EQ(TextOf(bytes), "a b/c");
}

TEST(ZipDirectory, ReadsBehindAComment) {
  EXPECT_EQ(TextOf(Two().Comment("hello").Build()), "a b/c");
  EXPECT_EQ(TextOf(Two().Zip64().Comment(std::string(65535, 'x')).Build()),
            "a b/c");
}

TEST(ZipDirectory, ReadsBehindACommentThatHoldsAnEndSignature) {
  EXPECT_EQ(TextOf(Two()
                       .Comment("PK\x05\x06 and more than an end record "
                                "would have")
                       .Build()),
            "a b/c");
}

// Its own comment ends with the file, but its directory is nowhere: the other
// one is taken.
TEST(ZipDirectory, ReadsBehindACommentThatIsAnEndRecord) {
  std::string fake("PK\x05\x06", 4);
  fake += std::string(18, '\x7F');
  Set16(fake, 20, 0);
  EXPECT_EQ(TextOf(Two().Comment(fake).Build()), "a b/c");
}

TEST(ZipDirectory, ReadsCommentsOfEntries) {
  ZipBuilder zip;
  zip.Add({.name = "a", .comment = "one"}).Add({.name = "b"});
  EXPECT_EQ(TextOf(zip.Build()), "a b");
}

TEST(ZipDirectory, ReadsRecordsOutOfOrder) {
  ZipBuilder zip;
  zip.Add({.name = "a", .data = "12345"}).Add({.name = "b", .data = "678"});
  std::string bytes = zip.Build();
  Set32(bytes, zip.central(0) + 42, zip.header(1));
  Set32(bytes, zip.central(0) + 20, 3);
  Set32(bytes, zip.central(0) + 24, 3);
  Set32(bytes, zip.central(1) + 42, zip.header(0));
  EXPECT_EQ(TextOf(bytes), "a b");
}

TEST(ZipDirectory, MarksEncryptedRecords) {
  for (const uint16_t flag : {0x1, 0x40, 0x2000}) {
    ZipBuilder zip;
    zip.Add({.name = "a", .flags = flag});
    const Outcome outcome = Read(zip.Build());
    ASSERT_TRUE(outcome.directory);
    EXPECT_TRUE(outcome.directory->records[0].encrypted) << flag;
  }
}

TEST(ZipDirectory, KeepsTheCodeOfOtherMethods) {
  ZipBuilder zip;
  zip.Add({.name = "a", .method = 99});
  const Outcome outcome = Read(zip.Build());
  ASSERT_TRUE(outcome.directory);
  EXPECT_EQ(outcome.directory->records[0].method, Record::Method::kOther);
  EXPECT_EQ(outcome.directory->records[0].method_code, 99);
}

// ------------------------------------------------------ ZIP64 fields of
// entries

TEST(ZipDirectory, ReadsEachNumberFromTheZip64Field) {
  const uint32_t see64 = 0xFFFFFFFF;
  const std::string other = test::Little(7, 2) + test::Little(2, 2) + "xx";
  struct Row {
    const char* what;
    test::ZipEntry entry;
  } kRows[] = {
      {"size",
       {.name = "b", .data = "678", .extra = Extra64({3}), .size = see64}},
      {"stored size",
       {.name = "b", .data = "678", .extra = Extra64({3}), .stored = see64}},
      {"offset",
       {.name = "b", .data = "678", .extra = Extra64({36}), .header = see64}},
      {"all three",
       {.name = "b",
        .data = "678",
        .extra = Extra64({3, 3, 36}),
        .size = see64,
        .stored = see64,
        .header = see64}},
      {"behind another field",
       {.name = "b",
        .data = "678",
        .extra = other + Extra64({3}),
        .size = see64}},
      {"a field that is not asked for",
       {.name = "b", .data = "678", .extra = Extra64({999})}},
  };
  for (const Row& row : kRows) {
    ZipBuilder zip;
    zip.Add({.name = "a", .data = "12345"}).Add(row.entry);
    const Outcome outcome = Read(zip.Build());
    ASSERT_TRUE(outcome.directory) << row.what << ": " << outcome.text();
    const Record& r = outcome.directory->records[1];
    EXPECT_EQ(r.size, 3u) << row.what;
    EXPECT_EQ(r.stored, 3u) << row.what;
    EXPECT_EQ(r.header, 36u) << row.what;
  }
}

// ------------------------------------------------- faults, in the source's
// order

TEST(ZipDirectory, RefusesAFileWithoutEndRecord) {
  EXPECT_EQ(TextOf("PK\x03\x04"),
            "the zip archive has no end record: the file is cut short: found 4 "
            "bytes; copy or download it again");
}

TEST(ZipDirectory, RefusesALocatorToNowhere) {
  ZipBuilder zip = Two();
  std::string bytes = zip.Zip64().Build();
  Set32(bytes, zip.end64(), 0);
  char expected[120];
  std::snprintf(expected, sizeof expected,
                "offset 0x%x: the ZIP64 locator points to no ZIP64 end record: "
                "found 0x%x",
                static_cast<unsigned>(zip.locator() + 8),
                static_cast<unsigned>(zip.end64()));
  EXPECT_EQ(TextOf(bytes), expected);
}

TEST(ZipDirectory, RefusesALocatorPastTheFile) {
  ZipBuilder zip = Two();
  std::string bytes = zip.Zip64().Build();
  Set64(bytes, zip.locator() + 8, UINT64_MAX);
  EXPECT_NE(TextOf(bytes).find("points to no ZIP64 end record: found "
                               "0xffffffffffffffff"),
            std::string::npos);
}

std::string At(uint64_t at, std::string_view words) {
  char text[32];
  std::snprintf(text, sizeof text, "offset 0x%x: ", static_cast<unsigned>(at));
  return text + std::string(words);
}

TEST(ZipDirectory, RefusesEndRecordsThatDiffer) {
  ZipBuilder zip = Two();
  const std::string whole = zip.Zip64().Build();
  std::string bytes = whole;
  Set16(bytes, zip.end() + 10, 3);
  EXPECT_EQ(TextOf(bytes), At(zip.end() + 10,
                              "the end records differ in the number of "
                              "entries: found 3, expected 2 as in the ZIP64 "
                              "end record"));
  bytes = whole;
  Set32(bytes, zip.end() + 12, 95);
  EXPECT_EQ(TextOf(bytes), At(zip.end() + 12,
                              "the end records differ in the size of the "
                              "directory: found 95, expected 96 as in the "
                              "ZIP64 end record"));
  bytes = whole;
  Set32(bytes, zip.end() + 16, 71);
  EXPECT_EQ(TextOf(bytes), At(zip.end() + 16,
                              "the end records differ in the offset of the "
                              "directory: found 71, expected 72 as in the "
                              "ZIP64 end record"));
}

TEST(ZipDirectory, RefusesACommentThatIsCut) {
  ZipBuilder zip = Two();
  const std::string bytes = zip.Comment("hello").Build();
  EXPECT_EQ(TextOf(std::string_view(bytes).substr(0, bytes.size() - 2)),
            At(zip.end() + 20,
               "the comment of the end record ends early: "
               "found 3 bytes, expected 5"));
}

TEST(ZipDirectory, RefusesAnEndRecordThatIsCut) {
  const std::string bytes = Two().Build();
  EXPECT_EQ(TextOf(std::string_view(bytes).substr(0, bytes.size() - 1)),
            "the zip archive has no end record: the file is cut short: found "
            "189 bytes; copy or download it again");
}

TEST(ZipDirectory, RefusesAReferenceToAMissingZip64EndRecord) {
  ZipBuilder zip = Two();
  const std::string whole = zip.Build();
  const std::string text =
      At(zip.end(),
         "the end record refers to a ZIP64 end record, and there is none");
  std::string bytes = whole;
  Set16(bytes, zip.end() + 10, 0xFFFF);
  EXPECT_EQ(TextOf(bytes), text);
  bytes = whole;
  Set32(bytes, zip.end() + 12, 0xFFFFFFFF);
  EXPECT_EQ(TextOf(bytes), text);
  bytes = whole;
  Set32(bytes, zip.end() + 16, 0xFFFFFFFF);
  EXPECT_EQ(TextOf(bytes), text);
}

TEST(ZipDirectory, RefusesOnePartOfSeveralDisks) {
  ZipBuilder zip = Two();
  const std::string whole = zip.Build();
  const std::string text =
      At(zip.end() + 4,
         "is one part of a zip archive of several files; join the parts first: "
         "zip -s 0 FILE --out WHOLE");
  for (const uint64_t field : {4, 6, 8}) {  // disk, its directory's, entries
    std::string bytes = whole;
    Set16(bytes, zip.end() + field, 1);
    const Outcome outcome = Read(bytes);
    EXPECT_EQ(outcome.text(), text) << field;
    ASSERT_FALSE(outcome.directory);
    EXPECT_EQ(outcome.directory.error().code, ErrorCode::kUnsupported);
  }
}

TEST(ZipDirectory, RefusesOnePartOfSeveralDisksByTheZip64Record) {
  ZipBuilder zip = Two();
  const std::string whole = zip.Zip64().Build();
  for (const uint64_t field : {16, 20, 24}) {
    std::string bytes = whole;
    Set32(bytes, zip.end64() + field, 1);
    EXPECT_NE(TextOf(bytes).find("is one part of a zip archive"),
              std::string::npos)
        << field;
  }
}

TEST(ZipDirectory, RefusesADirectoryLargerThanTheFile) {
  ZipBuilder zip = Two();
  std::string bytes = zip.Build();
  Set32(bytes, zip.end() + 12, 5000);
  EXPECT_EQ(TextOf(bytes), At(zip.end() + 12,
                              "the central directory is larger than the file: "
                              "found 5000 bytes, expected at most 168"));
}

TEST(ZipDirectory, RefusesADirectoryBehindItsPlace) {
  ZipBuilder zip = Two();
  std::string bytes = zip.Build();
  Set32(bytes, zip.end() + 16, 73);
  EXPECT_EQ(TextOf(bytes), At(zip.end() + 16,
                              "the central directory is not where the end "
                              "record says: found 0x49, expected 0x48"));
}

TEST(ZipDirectory, RefusesEndRecordsThatDisagreeOnTheBegin) {
  ZipBuilder zip = Two();
  std::string bytes = zip.Zip64().Build();
  Set64(bytes, zip.locator() + 8, zip.end64() - 5);
  EXPECT_EQ(TextOf(bytes), At(zip.end() + 16,
                              "the end records do not agree on where the "
                              "archive begins: found 0x0, expected 0x5"));
}

TEST(ZipDirectory, RefusesMoreEntriesThanFit) {
  ZipBuilder zip = Two();
  std::string bytes = zip.Build();
  Set16(bytes, zip.end() + 8, 3);
  Set16(bytes, zip.end() + 10, 3);
  EXPECT_EQ(TextOf(bytes),
            At(zip.end(),
               "the central directory is too small for its entries: "
               "found 96 bytes, expected 3 entries of 46 bytes or "
               "more"));
}

TEST(ZipDirectory, RefusesTwoToThe63Entries) {
  ZipBuilder zip = Two();
  std::string bytes = zip.Zip64().Build();
  Set16(bytes, zip.end() + 10, 0xFFFF);
  Set64(bytes, zip.end64() + 24, 1ull << 63);
  Set64(bytes, zip.end64() + 32, 1ull << 63);
  EXPECT_NE(TextOf(bytes).find("9223372036854775808 entries of 46 bytes"),
            std::string::npos);
}

TEST(ZipDirectory, RefusesFewerEntriesThanThereAre) {
  ZipBuilder zip = Two();
  std::string bytes = zip.Build();
  Set16(bytes, zip.end() + 8, 1);
  Set16(bytes, zip.end() + 10, 1);
  EXPECT_EQ(TextOf(bytes), At(zip.central(1),
                              "the central directory has more bytes than its "
                              "entries: found 49 bytes"));
}

TEST(ZipDirectory, RefusesADirectoryThatEndsWithinAnEntry) {
  ZipBuilder zip;
  zip.Add({.name = std::string(60, 'n')});
  std::string bytes = zip.Build();
  Set16(bytes, zip.end() + 8, 2);
  Set16(bytes, zip.end() + 10, 2);
  EXPECT_EQ(TextOf(bytes),
            At(zip.end(),
               "the central directory ends early: found 0 bytes, "
               "expected 46"));
}

TEST(ZipDirectory, RefusesAnEntryWithoutSignature) {
  ZipBuilder zip = Two();
  std::string bytes = zip.Build();
  Set32(bytes, zip.central(1), 0x12345678);
  EXPECT_EQ(TextOf(bytes), At(zip.central(1),
                              "entry 1 of the central directory has no "
                              "signature: found 0x12345678, expected "
                              "0x02014b50"));
}

TEST(ZipDirectory, RefusesNamesFieldsAndCommentsThatAreCut) {
  ZipBuilder zip = Two();
  const std::string whole = zip.Build();
  struct Row {
    uint64_t field;
    uint64_t at;
    std::string_view text;
  } const kRows[] = {
      {28, zip.central(1) + 46,
       "the name of an entry ends early: found 3 "
       "bytes, expected 5000"},
      {30, zip.end(),
       "the extra field of an entry ends early: found 0 bytes, "
       "expected 5000"},
      {32, zip.end(),
       "the comment of an entry ends early: found 0 bytes, "
       "expected 5000"},
  };
  for (const Row& row : kRows) {
    std::string bytes = whole;
    Set16(bytes, zip.central(1) + row.field, 5000);
    EXPECT_EQ(TextOf(bytes), At(row.at, row.text));
  }
}

TEST(ZipDirectory, RefusesAMissingZip64Field) {
  ZipBuilder zip;
  zip.Add({.name = "a", .size = 0xFFFFFFFF});
  const std::string bytes = zip.Build();
  EXPECT_EQ(
      TextOf(bytes),
      At(zip.end(), "an entry refers to a ZIP64 field, and there is none"));
}

TEST(ZipDirectory, RefusesAZip64FieldThatIsCut) {
  ZipBuilder zip;
  zip.Add({.name = "a",
           .extra = Extra64({0}),
           .size = 0xFFFFFFFF,
           .stored = 0xFFFFFFFF});
  const std::string bytes = zip.Build();
  EXPECT_EQ(TextOf(bytes), At(zip.end(),
                              "the stored size ends early: found 0 "
                              "bytes, expected 8"));
}

TEST(ZipDirectory, RefusesAnExtraFieldThatIsCut) {
  ZipBuilder zip;
  zip.Add({.name = "a",
           .extra = test::Little(1, 2) + test::Little(8, 2) + "1234",
           .size = 0xFFFFFFFF});
  const std::string bytes = zip.Build();
  EXPECT_EQ(TextOf(bytes), At(zip.end() - 4,
                              "the extra field ends early: "
                              "found 4 bytes, expected 8"));
}

TEST(ZipDirectory, RefusesARecordPastTheDirectory) {
  ZipBuilder zip;
  zip.Add({.name = "a", .data = "12345", .size = 6, .stored = 6});
  EXPECT_EQ(TextOf(zip.Build()),
            "a: a record reaches into the central directory: found 6 bytes at "
            "0x0, expected an end before 0x24");
}

TEST(ZipDirectory, RefusesOffsetsAndSizesThatWrap) {
  const uint32_t see64 = 0xFFFFFFFF;
  ZipBuilder offset;
  offset.Add({.name = "a", .extra = Extra64({UINT64_MAX}), .header = see64});
  EXPECT_EQ(TextOf(offset.Build()),
            "a: a record reaches into the central directory: found 0 bytes at "
            "0xffffffffffffffff, expected an end before 0x1f");
  ZipBuilder size;
  size.Add({.name = "a",
            .extra = Extra64({UINT64_MAX - 10, UINT64_MAX - 10}),
            .size = see64,
            .stored = see64});
  EXPECT_EQ(TextOf(size.Build()),
            "a: a record reaches into the central directory: found "
            "18446744073709551605 bytes at 0x0, expected an end before 0x1f");
}

TEST(ZipDirectory, RefusesAStoredRecordOfTwoSizes) {
  ZipBuilder zip;
  zip.Add({.name = "a", .data = "12345", .size = 4});
  EXPECT_EQ(TextOf(zip.Build()),
            "a: a stored record has two sizes: found 4, expected 5");
}

TEST(ZipDirectory, RefusesRecordsThatShareBytes) {
  ZipBuilder zip = Two();
  std::string bytes = zip.Build();
  Set32(bytes, zip.central(1) + 42, 0);
  EXPECT_EQ(TextOf(bytes),
            "b/c: two records share bytes: this one begins "
            "within 'a': found 0x0, expected 0x24 or more");
  Set32(bytes, zip.central(1) + 42, 35);
  EXPECT_EQ(TextOf(bytes),
            "b/c: two records share bytes: this one begins "
            "within 'a': found 0x23, expected 0x24 or more");
}

TEST(ZipDirectory, RefusesSeveralArchivesEndToEnd) {
  const Outcome outcome = Read(Two().Build() + Two().Build());
  EXPECT_EQ(outcome.text(),
            "offset 0xbe: holds several zip archives end to end; only the last "
            "would be seen; a .distcp file is read with its directory: name "
            "that");
  EXPECT_EQ(outcome.directory.error().code, ErrorCode::kUnsupported);
}

// ---------------------------------------------------------------- findings

TEST(ZipDirectory, FindsPrependedBytes) {
  const Outcome outcome = Read(Two().Prepend("#!/bin/sh\n").Build());
  ASSERT_TRUE(outcome.directory);
  ASSERT_EQ(outcome.findings.size(), 1u);
  EXPECT_EQ(outcome.findings[0].id, FindingId::kPrependedBytes);
  EXPECT_EQ(outcome.findings[0].offset, 0u);
  EXPECT_EQ(outcome.findings[0].length, 10u);
  EXPECT_EQ(outcome.findings[0].message,
            "10 bytes lie before the archive: torch does not accept such a "
            "file");
}

TEST(ZipDirectory, TakesOffsetsThatCountThePrependedBytes) {
  ZipBuilder zip = Two();
  std::string bytes = zip.Prepend("12345678").Build();
  for (const size_t i : {0, 1}) {
    Set32(bytes, zip.central(i) + 42, zip.header(i));
  }
  Set32(bytes, zip.end() + 16, zip.directory());
  const Outcome outcome = Read(bytes);
  ASSERT_TRUE(outcome.directory) << outcome.text();
  EXPECT_EQ(outcome.directory->begin, 0u);
  EXPECT_EQ(outcome.directory->records[0].header, 8u);
}

TEST(ZipDirectory, FindsTrailingBytes) {
  ZipBuilder zip = Two();
  const std::string bytes = zip.Build();
  const Outcome outcome = Read(bytes + "tail");
  ASSERT_TRUE(outcome.directory);
  ASSERT_EQ(outcome.findings.size(), 1u);
  EXPECT_EQ(outcome.findings[0].id, FindingId::kTrailingBytes);
  EXPECT_EQ(outcome.findings[0].offset, bytes.size());
  EXPECT_EQ(outcome.findings[0].length, 4u);
  EXPECT_EQ(outcome.findings[0].message, "4 bytes follow the archive");
}

TEST(ZipDirectory, FindsTheEndBehind60000Bytes) {
  EXPECT_EQ(TextOf(Two().Zip64().Build() + std::string(60000, '\0')),
            "a b/c; 60000 bytes follow the archive");
}

// ------------------------------------------------------------------ limits

TEST(ZipDirectory, LimitsTheDirectory) {
  const Outcome outcome = Read(Two().Build(), {.directory = 95});
  EXPECT_EQ(outcome.text(),
            "the central directory is larger than the limit `directory`: found "
            "96 bytes, expected at most 95");
  EXPECT_EQ(outcome.directory.error().code, ErrorCode::kLimit);
}

TEST(ZipDirectory, LimitsRecords) {
  const Outcome outcome = Read(Two().Build(), {.records = 1});
  EXPECT_EQ(outcome.text(),
            "there are more records than the limit `records`: found 2, "
            "expected at most 1");
  EXPECT_EQ(outcome.directory.error().code, ErrorCode::kLimit);
}

TEST(ZipDirectory, ReadsSeventyThousandRecordsInTwoReads) {
  ZipBuilder zip;
  for (int i = 0; i < 70'000; ++i) zip.Add({.name = std::to_string(i)});
  std::string bytes = zip.Zip64().Build();
  Set16(bytes, zip.end() + 8, 0xFFFF);
  Set16(bytes, zip.end() + 10, 0xFFFF);
  const auto memory = OpenMemory(AsBytes(bytes));
  const CountingSource source(*memory);
  std::vector<Finding> findings;
  const auto directory = ReadZipDirectory(source, {}, findings);
  ASSERT_TRUE(directory) << directory.error().Text();
  EXPECT_EQ(directory->records.size(), 70'000u);
  EXPECT_EQ(source.reads(), 2u);
}

TEST(ZipDirectory, ReadsNoMoreThanTailAndDirectory) {
  ZipBuilder zip;
  zip.Add({.name = "a", .data = std::string(1 << 20, 'x')});
  const std::string bytes = zip.Zip64().Build();
  const auto memory = OpenMemory(AsBytes(bytes));
  const CountingSource source(*memory);
  std::vector<Finding> findings;
  ASSERT_TRUE(ReadZipDirectory(source, {}, findings));
  EXPECT_EQ(source.bytes(), 4096u + 47u);
}

// --------------------------------------------------------------- HasZipEnd

TEST(HasZipEnd, LooksForAnEndRecord) {
  const auto has = [](const std::string& bytes) {
    const auto found = HasZipEnd(*OpenMemory(AsBytes(bytes)));
    return found && *found;
  };
  EXPECT_TRUE(has(Two().Build()));
  EXPECT_TRUE(has(Two().Prepend("x").Build() + "tail"));
  EXPECT_FALSE(has("PK\x05\x06"));
  EXPECT_FALSE(has(std::string(100'000, 'P')));
  EXPECT_FALSE(has(""));
}

}  // namespace
}  // namespace ptscope::archive
