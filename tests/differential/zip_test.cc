// Our walk over a zip directory against libzip's, and our CRC-32 against
// zlib's.
#include <gtest/gtest.h>
#include <zip.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/crc32.h"
#include "archive/zip_directory.h"
#include "archive/zip_entry.h"
#include "support/pickle_builder.h"

namespace ptscope::archive {
namespace {

namespace fs = std::filesystem;
using test::AsBytes;

std::vector<fs::path> Fixtures() {
  const char* root = std::getenv("PTSCOPE_SOURCE_DIR");
  std::vector<fs::path> files;
  if (root == nullptr) return files;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(root) / "fixtures")) {
    const std::string extension = entry.path().extension().string();
    if (!entry.is_regular_file() || extension == ".json" ||
        extension == ".py" || extension == ".pyc" || extension == ".md" ||
        extension == ".txt") {
      continue;
    }
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string ReadAll(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// One line a record: what both readers know of it.
using Listing = std::vector<std::string>;

std::string Line(std::string_view name, uint64_t size, uint64_t stored,
                 unsigned method, uint32_t crc) {
  return std::string(name) + " " + std::to_string(size) + " " +
         std::to_string(stored) + " " + std::to_string(method) + " " +
         std::to_string(crc);
}

std::optional<Listing> Ours(const std::string& bytes) {
  std::vector<Finding> findings;
  const auto directory =
      ReadZipDirectory(*OpenMemory(AsBytes(bytes)), {}, findings);
  if (!directory) return std::nullopt;
  Listing listing;
  for (const Record& r : directory->records) {
    listing.push_back(Line(r.name, r.size, r.stored, r.method_code, r.crc));
  }
  return listing;
}

struct Closer {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
using Archive = std::unique_ptr<zip_t, Closer>;

Archive OpenWithLibzip(const std::string& bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source =
      zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  Archive archive(zip_open_from_source(source, ZIP_RDONLY, &error));
  if (archive == nullptr) zip_source_free(source);
  zip_error_fini(&error);
  return archive;
}

std::optional<Listing> Theirs(const std::string& bytes) {
  const Archive archive = OpenWithLibzip(bytes);
  if (archive == nullptr) return std::nullopt;
  Listing listing;
  const zip_int64_t n = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < n; ++i) {
    zip_stat_t stat = {};
    const auto index = static_cast<zip_uint64_t>(i);
    if (zip_stat_index(archive.get(), index, ZIP_FL_ENC_RAW, &stat) != 0) {
      return std::nullopt;
    }
    listing.push_back(
        Line(stat.name, stat.size, stat.comp_size, stat.comp_method, stat.crc));
  }
  return listing;
}

// Where one reader accepts what the other refuses, and why.
const std::map<std::string, std::string_view> kOnlyWe = {
    {"archives/model.nemo", "libzip wants the archive at the start"},
    {"damaged/method_99.pt", "the directory is sound; reading is refused"},
    {"zip/prepended.pt", "libzip wants the archive at the start"},
};
const std::map<std::string, std::string_view> kOnlyLibzip = {
    {"damaged/end_count.pt", "the end records differ"},
    {"damaged/end_offset.pt", "the end records differ"},
    {"hostile/zip_overlap.pt", "two records share bytes"},
    {"hostile/zip_overlap_rest.pt", "two records share bytes"},
    {"hostile/zip_size_2p63.pt", "the size reaches past the file"},
    {"hostile/zip_size_4g.pt", "the size reaches past the file"},
    {"hostile/zip_size_wraps.pt", "the size reaches past the file"},
};
// libzip shows a NUL in a name as a space.
constexpr std::string_view kOtherNames = "hostile/zip_names.pt";

TEST(ZipDifferential, AgreesWithLibzipOnEveryFixture) {
  const auto files = Fixtures();
  if (files.empty()) GTEST_SKIP() << "PTSCOPE_SOURCE_DIR is not set";
  int both = 0;
  for (const fs::path& file : files) {
    // Archives end to end, of which libzip sees the last.
    if (file.extension() == ".distcp" || file.filename() == ".metadata.tmp") {
      continue;
    }
    const std::string bytes = ReadAll(file);
    const std::string name =
        file.parent_path().filename().string() + "/" + file.filename().string();
    const auto ours = Ours(bytes);
    const auto theirs = Theirs(bytes);
    EXPECT_EQ(ours && !theirs, kOnlyWe.contains(name)) << name;
    EXPECT_EQ(theirs && !ours, kOnlyLibzip.contains(name)) << name;
    if (!ours || !theirs) continue;
    ++both;
    if (name == kOtherNames) continue;
    EXPECT_EQ(*ours, *theirs) << name;
  }
  EXPECT_GT(both, 100);
}

// libzip does not tell where data is: the bytes there must be what it reads.
TEST(ZipDifferential, FindsTheDataThatLibzipReads) {
  const auto files = Fixtures();
  if (files.empty()) GTEST_SKIP() << "PTSCOPE_SOURCE_DIR is not set";
  int records = 0;
  for (const fs::path& file : files) {
    const std::string bytes = ReadAll(file);
    const auto source = OpenMemory(AsBytes(bytes));
    std::vector<Finding> findings;
    auto directory = ReadZipDirectory(*source, {}, findings);
    const Archive archive = OpenWithLibzip(bytes);
    if (!directory || archive == nullptr) continue;
    ASSERT_TRUE(LocateRecords(*source, *directory, findings));
    for (size_t i = 0; i < directory->records.size(); ++i) {
      const Record& r = directory->records[i];
      if (r.data == kUnknown) continue;
      zip_file_t* entry = zip_fopen_index(archive.get(), i, ZIP_FL_COMPRESSED);
      if (entry == nullptr) continue;
      std::string content(r.stored, '\0');
      const zip_int64_t n = zip_fread(entry, content.data(), content.size());
      zip_fclose(entry);
      if (n < 0) continue;
      content.resize(static_cast<size_t>(n));
      EXPECT_EQ(content, bytes.substr(r.data, r.stored))
          << file << " " << r.name;
      ++records;
    }
  }
  EXPECT_GT(records, 1000);
}

TEST(Crc32Differential, AgreesWithZlib) {
  std::string bytes;
  uint32_t x = 1;
  for (size_t n = 0; n < 300; ++n) {
    EXPECT_EQ(Crc32(0, AsBytes(bytes)),
              crc32(0, reinterpret_cast<const Bytef*>(bytes.data()),
                    static_cast<uInt>(bytes.size())));
    x = x * 1664525 + 1013904223;
    bytes += static_cast<char>(x >> 24);
  }
}

TEST(Crc32Differential, GoesOnWhereItLeftOff) {
  const std::string bytes(100'000, 'x');
  const auto whole = AsBytes(bytes);
  EXPECT_EQ(Crc32(Crc32(0, whole.first(12'345)), whole.subspan(12'345)),
            Crc32(0, whole));
}

}  // namespace
}  // namespace ptscope::archive
