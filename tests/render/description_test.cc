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
  renderer->Show(Description{"x.pt", checkpoint, *root, *root, inventory});
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
  EXPECT_THAT(Show(c, "ndjson"), Not(HasSubstr("metadata")));
  c.metadata = {{"format", "pt"}, {"a \"key\"", "two\nlines"}};
  EXPECT_THAT(
      Show(c, "ndjson"),
      HasSubstr(R"("metadata":{"format":"pt","a \"key\"":"two\nlines"}})"));
  EXPECT_THAT(Show(c, "tsv"),
              HasSubstr(R"({"format":"pt","a \\"key\\"":"two\\nlines"})"
                        "\n"));
  EXPECT_THAT(
      Show(c, "csv"),
      HasSubstr(R"("{""format"":""pt"",""a \\""key\\"""":""two\\nlines""}")"
                "\r\n"));
}

}  // namespace
}  // namespace ptscope::render
