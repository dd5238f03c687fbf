// What `info` shows beyond counts: what the file says of itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

#include "render/renderer.h"
#include "support/checkpoint_builder.h"

namespace ptscope::render {
namespace {

using test::CheckpointBuilder;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Show(const Checkpoint& checkpoint, std::string_view format) {
  std::string out;
  const auto renderer =
      MakeRenderer(format, [&out](std::string_view text) { out += text; },
                   {.command = "info"});
  const Result<RootChoice> root = ChooseRoot(checkpoint, std::nullopt);
  const Inventory inventory = TakeInventory(checkpoint, root->tensors);
  const EvidenceReport evidence;
  renderer->Show(
      Description{"x.pt", checkpoint, *root, *root, inventory, evidence});
  renderer->Finish();
  return out;
}

TEST(Description, MetadataIsALineAKey) {
  Checkpoint c = CheckpointBuilder().Tensor({"a"}).Build();
  c.metadata = {{"format", "pt"}, {"a key", "two\nlines"}};
  const std::string table = Show(c, "table");
  EXPECT_THAT(table, HasSubstr("\nmetadata.format  pt\n"));
  EXPECT_THAT(table, HasSubstr("\nmetadata.a\\x20key  two\\x0alines\n"));
}

TEST(Description, MetadataIsAnObject) {
  Checkpoint c = CheckpointBuilder().Tensor({"a"}).Build();
  EXPECT_THAT(Show(c, "ndjson"), Not(HasSubstr("\"metadata\":{")));
  c.metadata = {{"format", "pt"}, {"a \"key\"", "two\nlines"}};
  EXPECT_THAT(
      Show(c, "ndjson"),
      HasSubstr(R"("metadata":{"format":"pt","a \"key\"":"two\nlines"},)"));
  EXPECT_THAT(Show(c, "tsv"),
              HasSubstr(R"({"format":"pt","a \\"key\\"":"two\\nlines"})"
                        "\t"));
  EXPECT_THAT(
      Show(c, "csv"),
      HasSubstr(R"("{""format"":""pt"",""a \\""key\\"""":""two\\nlines""}")"
                ","));
}

// The line of the table.
std::string WriterLine(const Writer& writer) {
  Checkpoint c = CheckpointBuilder().Tensor({"a"}).Build();
  c.writer = writer;
  const std::string table = Show(c, "table");
  const size_t begin = table.find("\nwriter ");
  if (begin == table.npos) return "";
  const size_t text = table.find_first_not_of(' ', begin + 8);
  return table.substr(text, table.find('\n', text) - text);
}

TEST(Description, SaysWhichReleasesCanHaveWrittenTheFile) {
  EXPECT_EQ(WriterLine({}), "");
  EXPECT_EQ(WriterLine({.program = "torch", .since = "2.7"}),
            "torch 2.7 or newer");
  EXPECT_EQ(WriterLine({.program = "torch", .since = "1.9", .last = "2.0"}),
            "torch 1.9 - 2.0");
  EXPECT_EQ(WriterLine({.program = "torch", .since = "1.4", .last = "1.4"}),
            "torch 1.4");
  EXPECT_EQ(WriterLine({.program = "torch", .since = {}, .last = "0.9"}),
            "torch 0.9 or older");
  EXPECT_EQ(WriterLine({.program = "torch", .default_last = "1.5"}),
            "torch 1.5 or older, or newer if asked to");
  EXPECT_EQ(WriterLine({.program = "torch",
                        .since = "1.2",
                        .default_last = "1.5",
                        .because = {"one", "two"}}),
            "torch 1.2 - 1.5, or newer if asked to (one; two)");
  EXPECT_EQ(WriterLine({.program = "other", .since = "1.9"}),
            "another program, in the form of torch 1.9 or newer");
}

TEST(Description, WriterAndFrameworkAreObjects) {
  Checkpoint c = CheckpointBuilder().Tensor({"a"}).Build();
  EXPECT_THAT(Show(c, "ndjson"), Not(HasSubstr("writer")));
  EXPECT_THAT(Show(c, "ndjson"), Not(HasSubstr("framework")));
  c.writer = {.program = "torch",
              .since = "1.9",
              .last = "2.0",
              .because = {"one", "two"}};
  c.framework = {.name = "DeepSpeed", .version = "0.1\n"};
  EXPECT_THAT(Show(c, "ndjson"),
              HasSubstr(R"("writer":{"program":"torch","since":"1.9",)"
                        R"("last":"2.0","because":["one","two"]})"));
  EXPECT_THAT(
      Show(c, "ndjson"),
      HasSubstr(R"("framework":{"name":"DeepSpeed","version":"0.1\n"})"));
  EXPECT_THAT(Show(c, "table"),
              HasSubstr("\nframework    DeepSpeed 0.1\\x0a\n"));
}

TEST(Description, NamesTheTensorsOfWastefulStorages) {
  const Checkpoint c =
      CheckpointBuilder()
          .Tensor({"a b"}, {.shape = {1}, .storage_nbytes = 4096})
          .Tensor({"c"}, {.shape = {1}, .storage = 0, .offset = 1})
          .Build();
  const std::string table = Show(c, "table");
  EXPECT_THAT(table,
              HasSubstr("\nwasted by    a\\x20b, c: 4088 of 4096 bytes"));
  EXPECT_THAT(table, HasSubstr("\n# storages of 4.0 KiB for tensors of 8 B: "));
  EXPECT_THAT(Show(c, "ndjson"),
              HasSubstr(R"("wasteful":[{"storage":"0","nbytes":4096,)"
                        R"("wasted":4088,"tensors":2,"names":["a b","c"]}])"));
}

TEST(Description, HalfAStorageIsNotMostOfIt) {
  const Checkpoint c = CheckpointBuilder()
                           .Tensor({"a"}, {.shape = {1}, .storage_nbytes = 8})
                           .Build();
  EXPECT_THAT(Show(c, "table"), HasSubstr("\nwasted by    a: 4 of 8 bytes\n"));
  EXPECT_THAT(Show(c, "table"), Not(HasSubstr("# ")));
}

}  // namespace
}  // namespace ptscope::render
