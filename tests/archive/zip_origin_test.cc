#include "archive/zip_origin.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/zip_builder.h"

namespace ptscope::archive {
namespace {

using test::Set16;
using test::ZipBuilder;

bool IsTorch(std::string_view bytes) {
  std::vector<Finding> findings;
  const auto source = OpenMemory(test::AsBytes(bytes));
  const auto directory = ReadZipDirectory(*source, {}, findings);
  return directory && HasHeadersOfTorch(*directory);
}

ZipBuilder Two() {
  ZipBuilder zip;
  zip.Version(0);
  zip.Add({.name = "a", .data = "12345"});
  zip.Add({.name = "b/c", .data = "678", .extra = "1234", .comment = "five"});
  return zip;
}

TEST(HasHeadersOfTorch, NoVersionAndNoDate) {
  EXPECT_TRUE(IsTorch(Two().Build()));
  EXPECT_TRUE(IsTorch(Two().Prepend("before").Comment("behind").Build()));
}

TEST(HasHeadersOfTorch, AVersionIsAnotherPrograms) {
  EXPECT_FALSE(IsTorch(Two().Version(20).Build()));
}

TEST(HasHeadersOfTorch, EveryHeaderCounts) {
  for (const size_t field : {4, 6, 12, 14}) {
    ZipBuilder zip = Two();
    std::string bytes = zip.Build();
    Set16(bytes, zip.central(1) + field, 1);
    EXPECT_FALSE(IsTorch(bytes)) << field;
  }
}

TEST(HasHeadersOfTorch, InflatingTakesVersion20) {
  ZipBuilder zip = Two();
  zip.Add({.name = "d", .data = "90", .method = 8});
  std::string bytes = zip.Build();
  EXPECT_FALSE(IsTorch(bytes));
  Set16(bytes, zip.central(2) + 6, 20);
  EXPECT_TRUE(IsTorch(bytes));
}

}  // namespace
}  // namespace ptscope::archive
