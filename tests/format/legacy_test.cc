#include "format/legacy.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/legacy_builder.h"

namespace ptscope::format {
namespace {

using namespace test;  // the pieces of a pickle

Piece Named(std::string_view key, int64_t numel) {
  return RebuildV2(LegacyId(key, numel), {numel}, {1});
}
// Storages of 4 and 2 floats.
Piece Two() { return MakeList({Named("a", 4), Named("b", 2)}); }
std::string File() {
  return LegacyStream(
      Two(), {{"a", 4, std::string(16, '\0')}, {"b", 2, std::string(8, '\0')}});
}

struct Opened {
  Result<Checkpoint> checkpoint;

  // Names with offset or problem, findings; or the error.
  std::string text() const {
    if (!checkpoint) return checkpoint.error().Text();
    std::string text;
    for (const Tensor& t : checkpoint->tensors) {
      if (!text.empty()) text += ' ';
      text += t.name;
      if (const auto at = checkpoint->FileOffsetOf(t)) {
        text += '@' + std::to_string(*at);
      }
      if (const auto problem = checkpoint->ProblemOf(t); !problem.empty()) {
        ((text += " (") += problem) += ')';
      }
    }
    for (const Finding& f : checkpoint->findings) (text += "; ") += f.message;
    return text;
  }
};

Opened Open(const std::string& bytes, const OpenOptions& options = {}) {
  return {ReadLegacy(*OpenMemory(AsBytes(bytes)), options)};
}

TEST(Legacy, ListsAndLocates) {
  const std::string bytes = File();
  const auto opened = Open(bytes);
  const size_t a = bytes.size() - 8 - 8 - 16;
  EXPECT_EQ(opened.text(), "0@" + std::to_string(a) + " 1@" +
                               std::to_string(bytes.size() - 8));
  const Checkpoint& c = *opened.checkpoint;
  EXPECT_EQ(c.format, "torch legacy");
  EXPECT_EQ(c.version, "1001");
  EXPECT_EQ(c.byte_order, "little");
  EXPECT_EQ(c.file_size, bytes.size());
  EXPECT_EQ(c.on_disk, 24u);
  ASSERT_EQ(c.records.size(), 2u);
  EXPECT_EQ(c.records[0].name, "a");
  EXPECT_EQ(c.records[0].header, a - 8);
  EXPECT_EQ(c.records[0].size, 16u);
}

TEST(Legacy, ReadsNoWeights) {
  const std::string bytes =
      LegacyStream(MakeList({Named("a", 1 << 20), Named("b", 2)}),
                   {{"a", 1 << 20, std::string(4 << 20, '\0')},
                    {"b", 2, std::string(8, '\0')}});
  const auto memory = OpenMemory(AsBytes(bytes));
  const CountingSource source(*memory);
  ASSERT_TRUE(ReadLegacy(source, {}));
  EXPECT_LT(source.bytes(), 10'000u);
}

TEST(Legacy, ListsWhereTheFileEndsEarly) {
  const std::string bytes = File();
  const std::string b =
      " 1 (the file ends within storage b: 0 of 8 bytes are "
      "there)";
  const std::string a = "0@" + std::to_string(bytes.size() - 32);
  EXPECT_EQ(Open(bytes.substr(0, bytes.size() - 3)).text(),
            a + " 1@" + std::to_string(bytes.size() - 8) +
                " (the file ends within storage b: 5 of 8 bytes are there)");
  EXPECT_EQ(Open(bytes.substr(0, bytes.size() - 8)).text(), a + b);
  EXPECT_EQ(Open(bytes.substr(0, bytes.size() - 9)).text(), a + b);
  EXPECT_EQ(
      Open(bytes.substr(0, bytes.size() - 20)).text(),
      a + " (the file ends within storage a: 12 of 16 bytes are there)" + b);
  EXPECT_EQ(Open(bytes.substr(0, bytes.size() - 40)).text(),
            "0 (the file ends within storage a: 0 of 16 bytes are there)" + b);
}

TEST(Legacy, WantsTheCountsThatTheObjectSays) {
  for (const int64_t count : {int64_t{3}, int64_t{-1}, int64_t{1} << 62}) {
    const auto opened =
        Open(LegacyStream(Two(), {{"a", count, std::string(16, '\0')},
                                  {"b", 2, std::string(8, '\0')}}));
    ASSERT_FALSE(opened.checkpoint);
    EXPECT_EQ(opened.checkpoint.error().code, ErrorCode::kDamaged);
    EXPECT_EQ(opened.checkpoint.error().message,
              "storage a has another number of elements than its persistent "
              "id says");
    EXPECT_EQ(opened.checkpoint.error().found, std::to_string(count));
  }
}

TEST(Legacy, ListsAStorageThatHasNoKey) {
  EXPECT_EQ(Open(LegacyStream(Two(), {{"b", 2, std::string(8, '\0')}}))
                .text()
                .substr(0, 55),
            "0 (storage a is not in the list of storage keys) 1@" +
                std::to_string(LegacyStream(Two(), {{"b", 2, ""}}).size()) +
                std::string());
}

TEST(Legacy, TellsOfBytesBehindTheLastStorage) {
  EXPECT_EQ(Open(File() + "more").text().substr(Open(File()).text().size()),
            "; 4 bytes after the last storage");
  const std::string size = std::to_string(File().size());
  EXPECT_EQ(Open(File() + File()).text().substr(Open(File()).text().size()),
            "; " + size +
                " bytes after the last storage: another torch.save "
                "stream, which torch.load(FILE) does not read");
  EXPECT_EQ(Open(LegacyStream(None(), {}) + "x").text(),
            "; 1 bytes after the last storage");
}

TEST(Legacy, TellsWhereAPickleEnds) {
  const std::string bytes = LegacyHead() + "\x80\2X";
  EXPECT_EQ(Open(bytes).text(),
            "offset 0x37: the pickle ends within BINUNICODE: found 0 bytes, "
            "expected 4 or more; copy or download it again");
}

TEST(Legacy, HasLimits) {
  EXPECT_EQ(Open(File(), {.limits = {.records = 1}}).text(),
            "there are more storages than the limit `records`: found 2, "
            "expected at most 1");
  EXPECT_EQ(Open(LegacyStream(Str(std::string(9000, 'x')), {}),
                 {.limits = {.pickle = 5000}})
                .checkpoint.error()
                .code,
            ErrorCode::kLimit);
}

TEST(Legacy, ReadsWhatLoadStateDictLooksAt) {
  const std::string bytes = LegacyStream(
      WithState(WithItems(OrderedDict(), {{Str("w"), Named("a", 4)}}),
                Dict({{Str("_metadata"),
                       Dict({{Str(""), Dict({{Str("version"), Int(2)}})}})}})),
      {{"a", 4, std::string(16, '\0')}});
  const auto opened = Open(bytes, {.metadata = true});
  ASSERT_TRUE(opened.checkpoint);
  ASSERT_EQ(opened.checkpoint->modules.size(), 1u);
  EXPECT_EQ(opened.checkpoint->modules[0].version, 2);
}

}  // namespace
}  // namespace ptscope::format
