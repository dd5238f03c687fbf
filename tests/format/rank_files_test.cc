#include "format/rank_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "format/folders.h"
#include "support/memory_folder.h"
#include "support/safetensors_builder.h"
#include "support/torch_pickle.h"

namespace ptscope::format {
namespace {

using test::MemoryFolder;
using test::SafetensorsOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// "name shard" of each tensor; or the error.
std::vector<std::string> Read(const MemoryFolder& folder,
                              const OpenOptions& options = {}) {
  const auto c = ReadFolder(folder, options);
  if (!c) {
    return {std::string(ToWord(c.error().code)) + ": " + c.error().Text()};
  }
  std::vector<std::string> lines;
  for (const Tensor& t : c->tensors) {
    lines.push_back(std::string(t.name) + " " +
                    std::string(c->parts[t.part].name));
  }
  return lines;
}

bool Is(const std::vector<std::string>& names) { return IsRanked(names); }

TEST(RankFiles, AreKnownByTheWordRank) {
  EXPECT_TRUE(Is({"rank_0.pt"}));
  EXPECT_TRUE(Is({"rank0.pt", "notes.txt"}));
  EXPECT_TRUE(Is({"model-rank-0.safetensors"}));
  EXPECT_TRUE(Is({"bf16_zero_pp_rank_0_mp_rank_00_optim_states.pt",
                  "mp_rank_00_model_states.pt", "latest"}));
  EXPECT_FALSE(Is({}));
  EXPECT_FALSE(Is({"model_0.pt", "model_1.pt"}));
  EXPECT_FALSE(Is({"frank_0.pt"}));
  EXPECT_FALSE(Is({"rank.pt"}));
  EXPECT_FALSE(Is({"rank_20260101123000.pt"}));
  EXPECT_FALSE(Is({"rank_0.json"}));
  // Folders of Megatron's ranks.
  EXPECT_FALSE(Is({"mp_rank_00", "mp_rank_01"}));
  // One that is none is not to be hidden behind the others.
  EXPECT_FALSE(Is({"rank_0.pt", "best.pt"}));
}

TEST(RankFiles, AreOneCheckpointInTheOrderOfTheirNumbers) {
  MemoryFolder folder;
  for (int i = 0; i < 11; ++i) {
    folder.files["rank_" + std::to_string(i) + ".safetensors"] =
        SafetensorsOf({"w" + std::to_string(i)});
  }
  const auto lines = Read(folder);
  ASSERT_EQ(lines.size(), 11u);
  EXPECT_EQ(lines[2], "w2 rank_2.safetensors");
  EXPECT_EQ(lines[10], "w10 rank_10.safetensors");
  const auto c = ReadFolder(folder, {});
  EXPECT_EQ(c->format, "rank files (safetensors)");
  EXPECT_EQ(c->files.size(), 11u);
  EXPECT_EQ(c->records[c->records.size() - 1].file, 10u);
}

TEST(RankFiles, HaveWeightsBeforeOptimizers) {
  EXPECT_THAT(Read(MemoryFolder({{"a_optim_rank_0.pt", SafetensorsOf({"o"})},
                                 {"b_model_rank_0.pt", SafetensorsOf({"m"})}})),
              ElementsAre("m b_model_rank_0.pt", "o a_optim_rank_0.pt"));
}

TEST(RankFiles, NamesARankThatIsMissing) {
  const auto missing = [](const std::vector<std::string>& names) {
    MemoryFolder folder;
    for (const auto& name : names) folder.files[name] = SafetensorsOf({name});
    return Read(folder).front();
  };
  EXPECT_THAT(missing({"rank_0.pt", "rank_2.pt"}),
              HasSubstr("damaged: rank 1 is missing: there is no 'rank_1.pt'"));
  EXPECT_THAT(missing({"mp_rank_01_x.pt", "mp_rank_02_x.pt"}),
              HasSubstr("there is no 'mp_rank_00_x.pt'"));
  EXPECT_THAT(missing({"m_world_size_3_rank_0.pt", "m_world_size_3_rank_1.pt"}),
              HasSubstr("there is no 'm_world_size_3_rank_2.pt'"));
  EXPECT_THAT(missing({"rank_0_of_2.pt"}),
              HasSubstr("there is no 'rank_1_of_2.pt'"));
  EXPECT_THAT(
      missing({"zero_pp_rank_0_mp_rank_00.pt", "zero_pp_rank_0_mp_rank_01.pt",
               "zero_pp_rank_1_mp_rank_01.pt"}),
      HasSubstr("rank 1, 0 is missing: there is no "
                "'zero_pp_rank_1_mp_rank_00.pt'"));
}

TEST(RankFiles, RefusesTwoFilesOfOneRank) {
  EXPECT_THAT(Read(MemoryFolder({{"rank_0.pt", SafetensorsOf({"a"})},
                                 {"rank_00.pt", SafetensorsOf({"b"})}})),
              ElementsAre("unsupported: 'rank_00.pt' is of a rank that another "
                          "file is of"));
}

TEST(RankFiles, RefusesTensorsOfOneName) {
  EXPECT_THAT(Read(MemoryFolder({{"rank_0.pt", SafetensorsOf({"a", "w"})},
                                 {"rank_1.pt", SafetensorsOf({"b", "w"})}})),
              ElementsAre("unsupported: the ranks have tensors of one name, "
                          "'w' in 'rank_0.pt' and 'rank_1.pt'; name the files "
                          "one by one"));
}

TEST(RankFiles, NamesTheFileOfAnError) {
  EXPECT_THAT(Read(MemoryFolder(
                  {{"rank_0.pt", SafetensorsOf({"a"})}, {"rank_1.pt", ""}})),
              ElementsAre(HasSubstr("rank_1.pt: is empty")));
}

TEST(RankFiles, KeepWithinTheLimitOfTensors) {
  EXPECT_THAT(Read(MemoryFolder({{"rank_0.pt", SafetensorsOf({"a", "b"})},
                                 {"rank_1.pt", SafetensorsOf({"c", "d"})}}),
                   {.limits = {.tensors = 3}}),
              ElementsAre(HasSubstr("limit: there are more tensors than the "
                                    "limit `tensors`")));
}

}  // namespace
}  // namespace ptscope::format
