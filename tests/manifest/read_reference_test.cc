#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/arena.h"
#include "ptscope/reference.h"

namespace ptscope {
namespace {

Result<ReferenceSet> Read(std::string_view text,
                          const ReferenceOptions& options = {}) {
  const auto source = OpenMemory(std::as_bytes(std::span(text)));
  return ReadReference(*source, "ref", options);
}

std::string ErrorOf(std::string_view text,
                    const ReferenceOptions& options = {}) {
  const Result<ReferenceSet> r = Read(text, options);
  return r ? "no error" : r.error().Text();
}

TEST(ReadReference, TellsKindsApart) {
  EXPECT_EQ(
      Read(R"( {"schema": "ptscope/manifest/1", "tensors": {"a": {}}})")->kind,
      ReferenceSet::Kind::kManifest);
  EXPECT_EQ(Read("\n[\"a\"]")->kind, ReferenceSet::Kind::kNames);
  EXPECT_EQ(Read("a\n")->kind, ReferenceSet::Kind::kNames);
}

// Longer than what is looked at first.
TEST(ReadReference, ReadsLongLists) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "name." + std::to_string(i) + "\n";
  const Result<ReferenceSet> r = Read(text);
  ASSERT_TRUE(r);
  EXPECT_EQ(r->versions[0].tensors.size(), 10'000u);
  EXPECT_EQ(r->versions[0].tensors.back().name, "name.9999");
}

TEST(ReadReference, RefusesOneWithoutATensor) {
  const char* error = "the reference has no tensor";
  EXPECT_EQ(ErrorOf("\n\n"), error);
  EXPECT_EQ(ErrorOf("[]"), error);
  EXPECT_EQ(ErrorOf(R"({"schema": "ptscope/manifest/1", "tensors": {}})"),
            error);
}

TEST(ReadReference, RefusesOneOfWhichTheFilterLeavesNothing) {
  const std::vector<std::string> match = {"x*"};
  ReferenceOptions options = {.filter = NameFilter(match, {})};
  EXPECT_EQ(ErrorOf("a\nb\n", options),
            "--match and --exclude leave no tensor of the reference");
  options.take_empty = true;
  EXPECT_EQ(ErrorOf("a\nb\n", options), "no error");
}

TEST(ReadReference, RefusesUtf16) {
  EXPECT_EQ(ErrorOf(std::string_view("\xFF\xFE"
                                     "a\0\n\0",
                                     6)),
            "the reference is UTF-16; save it as UTF-8 without a byte order "
            "mark");
}

TEST(ReadReference, RefusesAByteOrderMarkBeforeAManifest) {
  EXPECT_EQ(ErrorOf("\xEF\xBB\xBF{}"),
            "the text begins with a byte order mark; save it as UTF-8 without "
            "one");
}

TEST(ReadReference, RefusesAKnownWrongInput) {
  const Result<ReferenceSet> r = Read("<!DOCTYPE html><html></html>");
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, ErrorCode::kNotCheckpoint);
}

TEST(ReadReference, LimitsTheSize) {
  Limits limits;
  limits.reference = 3;
  EXPECT_EQ(ErrorOf("abcd", {.limits = limits}),
            "the reference is too large: found 4 bytes, expected at most 3; "
            "--max reference=N raises the limit");
}

}  // namespace
}  // namespace ptscope
