#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "format/zip.h"
#include "support/torch_pickle.h"
#include "support/zip_builder.h"

namespace ptscope::format {
namespace {

using test::AsBytes;
using test::Dict;
using test::PickleBuilder;
using test::Small;
using test::Str;
using test::ZipBuilder;
using test::ZipEntry;

// A dict of one tensor of four floats in the storage "0".
std::string Pickle() { return Dict({{Str("w"), Small()}}) + "."; }
ZipEntry Entry(std::string name, std::string data) {
  return {.name = std::move(name), .data = std::move(data)};
}
ZipEntry Data(std::string name) { return Entry(std::move(name), Pickle()); }
ZipEntry Floats(std::string name) {
  return Entry(std::move(name), std::string(16, '\0'));
}

// An archive as torch.save lays it out.
std::vector<ZipEntry> Whole(const std::string& folder = "a/") {
  return {Data(folder + "data.pkl"), Entry(folder + "byteorder", "little"),
          Floats(folder + "data/0"), Entry(folder + "version", "3\n")};
}

struct Opened {
  Result<Checkpoint> checkpoint;

  // "folder: names; findings", or the error.
  std::string text() const {
    if (!checkpoint) return checkpoint.error().Text();
    std::string text(checkpoint->folder);
    text += ':';
    for (const Tensor& t : checkpoint->tensors) {
      (text += ' ') += t.name;
      if (const auto problem = checkpoint->ProblemOf(t); !problem.empty()) {
        ((text += " (") += problem) += ')';
      }
    }
    for (const Finding& f : checkpoint->findings) (text += "; ") += f.message;
    return text;
  }
};

Opened Open(const std::vector<ZipEntry>& entries,
            const OpenOptions& options = {}) {
  ZipBuilder zip;
  for (const ZipEntry& entry : entries) zip.Add(entry);
  const std::string bytes = zip.Zip64().Build();
  return {ReadZip({*OpenMemory(AsBytes(bytes)), "", nullptr, options, 0})};
}
std::string TextOf(const std::vector<ZipEntry>& entries) {
  return Open(entries).text();
}

TEST(TorchZip, ReadsWhatTorchSaves) {
  const Opened opened = Open(Whole());
  ASSERT_EQ(opened.text(), "a/: w");
  const Checkpoint& c = *opened.checkpoint;
  EXPECT_EQ(c.format, "torch zip");
  EXPECT_EQ(c.version, "3");
  EXPECT_EQ(c.byte_order, "little");
  EXPECT_EQ(c.folder, "a/");
  EXPECT_EQ(c.on_disk, 16u);
  EXPECT_EQ(c.records.size(), 4u);
  EXPECT_EQ(c.storages[0].record, 2u);
}

// ---------------------------------------------------- where the records lie

TEST(TorchZip, FindsRecordsWithoutFolder) {
  EXPECT_EQ(TextOf(Whole("")), ": w");
}

TEST(TorchZip, FindsRecordsInNestedFolders) {
  EXPECT_EQ(TextOf(Whole("x/y/z/")),
            "x/y/z/: w; the records lie in 'x/y/z/', not in one folder: torch "
            "does not accept that");
}

TEST(TorchZip, FindsRecordsWithBackslashes) {
  EXPECT_EQ(
      TextOf({Data("a\\data.pkl"), Floats("a\\data\\0"),
              Entry("a\\version", "3\n")}),
      "a\\: w; the records lie in 'a\\', not in one folder: torch does not "
      "accept that");
}

TEST(TorchZip, FindsDataPklWithoutRegardToCase) {
  EXPECT_EQ(TextOf({Data("A/DATA.PKL"), Floats("A/data/0"),
                    Entry("A/VERSION", "3\n"), Entry("A/ByteOrder", "little")}),
            "A/: w");
}

TEST(TorchZip, FindsTheVersionBelowDotData) {
  const Opened opened = Open({Data("a/data.pkl"), Floats("a/data/0"),
                              Entry("a/.data/version", "4\n")});
  EXPECT_EQ(opened.text(), "a/: w");
  EXPECT_EQ(opened.checkpoint->version, "4");
}

TEST(TorchZip, FindsStoragesOfTheOldestTorchBelowTensors) {
  EXPECT_EQ(TextOf({Data("a/data.pkl"), Floats("a/tensors/0"),
                    Entry("a/version", "1\n")}),
            "a/: w");
}

TEST(TorchZip, PrefersDataToTensors) {
  EXPECT_EQ(TextOf({Data("a/data.pkl"), Floats("a/tensors/0"),
                    Entry("a/data/1", ""), Entry("a/version", "3\n")}),
            "a/: w (record data/0 is not in the archive)");
}

TEST(TorchZip, DoesNotTakeStoragesOfAnotherFolder) {
  EXPECT_EQ(
      TextOf(
          {Data("a/data.pkl"), Floats("b/data/0"), Entry("a/version", "3\n")}),
      "a/: w (record data/0 is not in the archive); 1 records are outside "
      "of the folder 'a/': torch may not accept that");
}

TEST(TorchZip, IgnoresLitterOfMacOs) {
  auto entries = Whole();
  entries.push_back(Data("__MACOSX/a/data.pkl"));
  entries.push_back(Data("__MACOSX/a/._data.pkl"));
  entries.push_back(Data("a/__MACOSX/data.pkl"));
  EXPECT_EQ(TextOf(entries),
            "a/: w; 2 records are outside of the folder 'a/': torch may not "
            "accept that");
}

TEST(TorchZip, IgnoresOtherRecords) {
  auto entries = Whole();
  entries.insert(entries.begin(), Entry("a/", ""));
  entries.push_back(Entry("a/data/", ""));
  entries.push_back(Entry("a/model.pkl", "x"));
  entries.push_back(Entry("a/data.pkl/x", "x"));
  entries.push_back(Entry("a/xdata.pkl", "x"));
  EXPECT_EQ(TextOf(entries), "a/: w");
}

TEST(TorchZip, TakesTheFolderOfTheFirstRecordOfSeveral) {
  auto entries = Whole("b/");
  for (const ZipEntry& entry : Whole("a/")) entries.push_back(entry);
  EXPECT_EQ(TextOf(entries),
            "b/: w; 4 records are outside of the folder 'b/': torch may not "
            "accept that");
}

TEST(TorchZip, TakesTheOnlyOneOfSeveralWithAVersion) {
  std::vector<ZipEntry> entries = {Entry("readme", ""), Data("a/data.pkl")};
  for (const ZipEntry& entry : Whole("b/")) entries.push_back(entry);
  EXPECT_EQ(TextOf(entries),
            "b/: w; 2 records are outside of the folder 'b/': torch may not "
            "accept that");
}

TEST(TorchZip, RefusesToChooseAmongSeveral) {
  std::vector<ZipEntry> entries = {Entry("readme", "")};
  for (const ZipEntry& entry : Whole("a/")) entries.push_back(entry);
  for (const ZipEntry& entry : Whole("b/")) entries.push_back(entry);
  const Opened opened = Open(entries);
  EXPECT_EQ(opened.text(),
            "holds several checkpoints: found 'a/data.pkl' and 'b/data.pkl'; "
            "unzip it and name one of them");
  EXPECT_EQ(opened.checkpoint.error().code, ErrorCode::kUnsupported);
}

TEST(TorchZip, RefusesTwoPicklesOfOneName) {
  auto entries = Whole();
  entries.push_back(Data("a/data.pkl"));
  EXPECT_EQ(TextOf(entries),
            "a/data.pkl: two records have this name; which one torch reads is "
            "not laid down");
}

TEST(TorchZip, RefusesTwoPicklesOfOneNameInAnotherCase) {
  auto entries = Whole();
  entries.push_back(Data("a/Data.pkl"));
  EXPECT_EQ(TextOf(entries),
            "a/Data.pkl: two records have this name; which one torch reads is "
            "not laid down");
}

TEST(TorchZip, RefusesTwoPicklesOfOneNameWithAnotherBetween) {
  auto entries = Whole();
  entries.push_back(Data("b/data.pkl"));
  entries.push_back(Data("a/data.pkl"));
  EXPECT_NE(TextOf(entries).find("two records have this name"),
            std::string::npos);
}

TEST(TorchZip, FindsTwoRecordsOfOneStorage) {
  auto entries = Whole();
  entries.push_back(Floats("a/data/0"));
  EXPECT_EQ(TextOf(entries), "a/: w; two records have the name 'a/data/0'");
}

TEST(TorchZip, DescribesOtherArchives) {
  const Opened opened =
      Open({Entry("word/document.xml", ""), Entry("[Content_Types].xml", "")});
  ASSERT_FALSE(opened.checkpoint);
  EXPECT_EQ(opened.checkpoint.error().code, ErrorCode::kNotCheckpoint);
}

TEST(TorchZip, FindsRecordsOfAnEmptyArchive) {
  EXPECT_FALSE(Open({}).checkpoint);
}

// --------------------------------------------------- version and byte order

TEST(TorchZip, FindsAMissingVersion) {
  EXPECT_EQ(TextOf({Data("a/data.pkl"), Floats("a/data/0")}),
            "a/: w; the record `version` is missing: torch does not accept "
            "it");
}

std::vector<ZipEntry> WithVersion(std::string version) {
  return {Data("a/data.pkl"), Floats("a/data/0"),
          Entry("a/version", std::move(version))};
}

TEST(TorchZip, TakesVersionsOneToTen) {
  EXPECT_EQ(TextOf(WithVersion("1\n")), "a/: w");
  EXPECT_EQ(TextOf(WithVersion("10\n")), "a/: w");
  EXPECT_EQ(TextOf(WithVersion("3")), "a/: w");
  EXPECT_EQ(TextOf(WithVersion("3\r\n")), "a/: w");
}

TEST(TorchZip, RefusesOtherVersions) {
  const Opened opened = Open(WithVersion("11\n"));
  EXPECT_EQ(opened.text(),
            "a/version: the version of the file format is not known: found "
            "'11', expected 1 to 10");
  EXPECT_EQ(opened.checkpoint.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(TextOf(WithVersion("0\n")),
            "a/version: the version of the file format is not known: found "
            "'0', expected 1 to 10");
  EXPECT_EQ(TextOf(WithVersion("x")),
            "a/version: the version of the file format is not known: found "
            "'x', expected 1 to 10");
  EXPECT_EQ(TextOf(WithVersion("")),
            "a/version: the version of the file format is not known: found "
            "'', expected 1 to 10");
  EXPECT_EQ(TextOf(WithVersion(std::string(65, '3'))),
            "a/version: is too long: found 65 bytes, expected at most 64");
}

std::vector<ZipEntry> WithByteOrder(std::string order) {
  auto entries = WithVersion("3\n");
  entries.push_back(Entry("a/byteorder", std::move(order)));
  return entries;
}

TEST(TorchZip, FindsBigEndianValues) {
  const Opened opened = Open(WithByteOrder("big"));
  EXPECT_EQ(opened.text(),
            "a/: w; values are stored most significant byte first");
  EXPECT_EQ(opened.checkpoint->byte_order, "big");
}

TEST(TorchZip, RefusesOtherByteOrders) {
  EXPECT_EQ(TextOf(WithByteOrder("middle")),
            "a/byteorder: the byte order is not known: found 'middle', "
            "expected 'little' or 'big'");
}

// ------------------------------------------------------------ pickle and data

TEST(TorchZip, NamesThePickleInErrors) {
  EXPECT_EQ(TextOf({Entry("a/data.pkl", "h\x07."), Entry("a/version", "3\n")}),
            "data.pkl+0x0: BINGET reads memo 7, which was never stored");
}

TEST(TorchZip, FindsBytesBehindStop) {
  EXPECT_EQ(TextOf({Entry("a/data.pkl", "N.rest"), Entry("a/version", "3\n")}),
            "a/:; 4 bytes follow the pickle's STOP: no loader reads them");
}

TEST(TorchZip, RefusesAPickleWithAWrongCrc) {
  auto entries = Whole();
  entries[0].crc = 7;
  EXPECT_EQ(TextOf(entries).substr(0, 53),
            "a/data.pkl: its CRC-32 differs from the directory's: ");
}

TEST(TorchZip, ReadsADeflatedArchive) {
  auto entries = Whole();
  for (ZipEntry& entry : entries) entry.method = 8;
  EXPECT_EQ(TextOf(entries), "a/: w");
}

TEST(TorchZip, LocatesOnRequestOnly) {
  EXPECT_EQ(Open(Whole()).checkpoint->records[2].data, kUnknown);
  const Opened opened = Open(Whole(), {.locate = true});
  const Checkpoint& c = *opened.checkpoint;
  EXPECT_EQ(c.FileOffsetOf(c.tensors[0]), c.records[2].data);
}

TEST(TorchZip, HasNoFileOffsetForDeflatedRecords) {
  auto entries = Whole();
  entries[2].method = 8;
  const Opened opened = Open(entries, {.locate = true});
  EXPECT_EQ(opened.checkpoint->FileOffsetOf(opened.checkpoint->tensors[0]),
            std::nullopt);
}

// --------------------------------------------------------------- bytes read

// The last 4 KiB, the directory, and three records with their local headers:
// no weight, whatever the file's size.
TEST(TorchZip, ReadsNoMoreThanDirectoryAndPickle) {
  ZipBuilder zip;
  uint64_t small = 0;
  for (const ZipEntry& entry : Whole()) {
    zip.Add(entry);
    if (entry.name == "a/data/0") continue;
    small += 30 + entry.name.size() + entry.data.size();
  }
  for (int i = 1; i < 50; ++i) {
    zip.Add(Entry("a/data/" + std::to_string(i), std::string(50'000, 'x')));
  }
  const std::string bytes = zip.Zip64().Build();
  const auto memory = OpenMemory(AsBytes(bytes));
  const CountingSource source(*memory);
  ASSERT_TRUE(ReadZip({source, "", nullptr, {}, 0}));
  EXPECT_EQ(source.bytes(), 4096 + (zip.end64() - zip.directory()) + small);
}

TEST(TorchZip, ReadsLocalHeadersToLocate) {
  ZipBuilder zip;
  for (const ZipEntry& entry : Whole()) zip.Add(entry);
  for (int i = 1; i < 20; ++i) {
    zip.Add(Entry("a/data/" + std::to_string(i), std::string(100'000, 'x')));
  }
  const std::string bytes = zip.Zip64().Build();
  const auto memory = OpenMemory(AsBytes(bytes));
  const CountingSource source(*memory);
  ASSERT_TRUE(ReadZip({source, "", nullptr, {.locate = true}, 0}));
  EXPECT_LT(source.bytes(), 10'000u);
}

// ----------------------------------------------------------------- IsZip

TEST(IsZip, LooksAtTheFirstFourBytes) {
  const auto is = [](std::string_view bytes) {
    const auto found = IsZip(*OpenMemory(AsBytes(bytes)));
    return found && *found;
  };
  EXPECT_TRUE(is("PK\x03\x04"));
  EXPECT_TRUE(is("PK\x05\x06"));
  EXPECT_FALSE(is("PK\x03"));
  EXPECT_FALSE(is("PK\x01\x02"));
  EXPECT_FALSE(is(""));
}

}  // namespace
}  // namespace ptscope::format
