#include "io/batched_reads.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ptscope {
namespace {

// Bytes that tell their offset.
std::string Bytes(size_t n) {
  std::string bytes(n, '\0');
  for (size_t i = 0; i < n; ++i) bytes[i] = static_cast<char>(i * 7 + i / 256);
  return bytes;
}

uint64_t ReadsOf(const std::vector<ByteRange>& ranges) {
  static const std::string bytes = Bytes(4 << 20);
  const auto memory = OpenMemory(std::as_bytes(std::span(bytes)));
  const CountingSource source(*memory);
  const auto status = ReadBatched(
      source, ranges.size(), [&](size_t i) { return ranges[i]; },
      [&](size_t i, std::span<const std::byte> got) -> Status {
        const auto [begin, end] = ranges[i];
        EXPECT_EQ(
            std::string(reinterpret_cast<const char*>(got.data()), got.size()),
            bytes.substr(begin, end - begin))
            << i;
        return {};
      });
  EXPECT_TRUE(status);
  return source.reads();
}

TEST(BatchedReads, ReadsNeighboursAtOnce) {
  EXPECT_EQ(ReadsOf({}), 0u);
  EXPECT_EQ(ReadsOf({{5, 13}}), 1u);
  EXPECT_EQ(ReadsOf({{0, 8}, {1000, 1008}, {60000, 60008}}), 1u);
  EXPECT_EQ(ReadsOf({{0, 8}, {100'000, 100'008}}), 2u);
}

TEST(BatchedReads, ReadsNoMoreThanAMegabyteAtOnce) {
  std::vector<ByteRange> ranges;
  for (uint64_t at = 0; at < 3 << 20; at += 50'000) {
    ranges.push_back({at, at + 8});
  }
  EXPECT_EQ(ReadsOf(ranges), 3u);
}

TEST(BatchedReads, PassesErrorsOn) {
  const std::string bytes(16, 'x');
  const auto source = OpenMemory(std::as_bytes(std::span(bytes)));
  const auto range = [](size_t i) { return ByteRange{i * 8, i * 8 + 8}; };
  int visits = 0;
  const auto visit = [&](size_t, std::span<const std::byte>) -> Status {
    ++visits;
    return Error{.message = "no"};
  };
  EXPECT_EQ(ReadBatched(*source, 2, range, visit).error().message, "no");
  EXPECT_EQ(visits, 1);
  EXPECT_EQ(ReadBatched(*source, 3, range, visit).error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace ptscope
