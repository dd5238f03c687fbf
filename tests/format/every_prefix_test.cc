// Every small whole fixture, cut at each length and with each bit of its
// headers and pickles flipped: an error, or the same listing, or a listing with
// a finding or a problem; never a crash, never another listing without a word.
//
// Each input is an allocation of its own of exactly its size, so that a memory
// checker sees the first byte too far.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ptscope/open.h"

namespace ptscope {
namespace {

namespace fs = std::filesystem;

// Larger ones have the same structures, only more of them.
constexpr uint64_t kSmall = 8 << 10;
// All in all this takes half a minute with sanitizers: of fixtures above 2 KiB
// every length is tried within the last kilobyte, which holds the end records
// and most of the directory, and every seventh before; and bits are flipped in
// some of the fixtures, evenly chosen.
constexpr size_t kEveryLength = 2 << 10;
constexpr size_t kEnd = 1 << 10;
constexpr size_t kStep = 7;
constexpr size_t kFlipped = 6;

const OpenOptions kOptions = {.limits = {.records = 1000,
                                         .directory = 1 << 20,
                                         .pickle = 1 << 20,
                                         .value_bytes = 8 << 20,
                                         .steps = 100'000,
                                         .listing_bytes = 8 << 20},
                              .locate = true};

std::vector<fs::path> WholeFixtures() {
  const char* root = std::getenv("PTSCOPE_SOURCE_DIR");
  std::vector<fs::path> files;
  if (root == nullptr) return files;
  for (const char* folder : {"safetensors", "zip", "archives", "legacy", "tar",
                             "pickle", "script", "torch-1.13", "torch-2.15"}) {
    const fs::path path = fs::path(root) / "fixtures" / folder;
    for (const auto& entry : fs::directory_iterator(path)) {
      const std::string extension = entry.path().extension().string();
      if (extension == ".json" || extension == ".py" ||
          !entry.is_regular_file() || entry.file_size() > kSmall) {
        continue;
      }
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string ReadAll(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Result<Checkpoint> OpenCopy(std::string_view bytes) {
  const auto copy = std::make_unique<std::byte[]>(bytes.size());
  std::copy_n(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size(),
              copy.get());
  return Open(*OpenMemory({copy.get(), bytes.size()}), "", kOptions);
}

// All that a listing says; absent where a word says that something is wrong.
std::string Listing(const Checkpoint& c) {
  std::string text;
  const auto add = [&](std::string_view part) { (text += part) += '|'; };
  for (const auto* list : {&c.tensors, &c.extras}) {
    for (const Tensor& t : *list) {
      add(t.name);
      add(ToName(t.dtype));
      add(ToName(t.layout));
      for (const int64_t n : t.shape) add(std::to_string(n));
      add("strides");
      for (const int64_t n : t.stride) add(std::to_string(n));
      add(std::to_string(t.storage_offset));
      add(t.storage == kNone ? "" : c.storages[t.storage].key);
      text += '\n';
    }
    text += "--\n";
  }
  return text;
}

bool HasAWord(const Checkpoint& c) {
  if (!c.findings.empty()) return true;
  return std::ranges::any_of(
      c.tensors, [&](const Tensor& t) { return !c.ProblemOf(t).empty(); });
}

TEST(EveryPrefix, IsAnErrorOrTheSameListing) {
  const auto files = WholeFixtures();
  if (files.empty()) GTEST_SKIP() << "PTSCOPE_SOURCE_DIR is not set";
  for (const fs::path& file : files) {
    const std::string bytes = ReadAll(file);
    const auto whole = OpenCopy(bytes);
    if (!whole) continue;  // of another format
    const std::string listing = Listing(*whole);
    for (size_t n = 0; n < bytes.size(); ++n) {
      if (bytes.size() > kEveryLength && n + kEnd < bytes.size() &&
          n % kStep != 0) {
        continue;
      }
      const auto cut = OpenCopy(std::string_view(bytes).substr(0, n));
      if (!cut) {
        ASSERT_FALSE(cut.error().message.empty()) << file << " at " << n;
        continue;
      }
      ASSERT_EQ(Listing(*cut), listing) << file << " at " << n;
    }
  }
}

// The bytes that are structure: everything but the content of storages.
std::vector<bool> StructureOf(const Checkpoint& c, size_t size) {
  std::vector<bool> is(size, true);
  for (const Storage& storage : c.storages) {
    if (storage.record == kNone) continue;
    const Record& r = c.records[storage.record];
    if (r.data == kUnknown) continue;
    for (uint64_t i = r.data; i < r.data + r.stored; ++i) is[i] = false;
  }
  return is;
}

// Of each format that few fixtures have, one is flipped in any case.
bool IsOneOfItsFormat(const fs::path& file) {
  return file.filename() == "constants.pt" || file.filename() == "json_1_2.pt";
}

// With the pickle's CRC a flip within it is always seen; where it is not
// computed (kCrcOff) any listing may come of it.
TEST(EveryFlippedBit, IsAnErrorOrTheSameListing) {
  auto files = WholeFixtures();
  if (files.empty()) GTEST_SKIP() << "PTSCOPE_SOURCE_DIR is not set";
  const size_t step = std::max<size_t>(files.size() / kFlipped, 1);
  for (size_t f = 0; f < files.size(); ++f) {
    if (f % step != 0 && !IsOneOfItsFormat(files[f])) continue;
    std::string bytes = ReadAll(files[f]);
    const auto whole = OpenCopy(bytes);
    if (!whole) continue;
    const bool has_crc = std::ranges::any_of(whole->records, [](const auto& r) {
      return (r.name.ends_with("data.pkl") || r.name.ends_with("model.json")) &&
             r.crc != 0;
    });
    const std::string listing = Listing(*whole);
    const auto structure = StructureOf(*whole, bytes.size());
    for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
      if (!structure[bit / 8]) continue;
      const char was = bytes[bit / 8];
      bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
      const auto flipped = OpenCopy(bytes);
      bytes[bit / 8] = was;
      if (!flipped) {
        ASSERT_FALSE(flipped.error().message.empty()) << files[f] << " " << bit;
        continue;
      }
      if (!has_crc || HasAWord(*flipped)) continue;
      ASSERT_EQ(Listing(*flipped), listing)
          << files[f] << " byte " << bit / 8 << " bit " << bit % 8;
    }
  }
}

}  // namespace
}  // namespace ptscope
