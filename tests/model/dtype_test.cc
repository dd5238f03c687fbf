#include "ptscope/dtype.h"

#include <gtest/gtest.h>

#include "ptscope/checkpoint.h"

namespace ptscope {
namespace {

TEST(Dtype, IsFoundByNameAndAlias) {
  EXPECT_EQ(DtypeFromName("bfloat16"), Dtype::kBfloat16);
  EXPECT_EQ(DtypeFromName("half"), Dtype::kFloat16);
  EXPECT_EQ(DtypeFromName("float128"), std::nullopt);
  EXPECT_EQ(DtypeFromName(""), std::nullopt);
}

TEST(Dtype, UnknownAndUntypedAreNoNames) {
  EXPECT_EQ(DtypeFromName("unknown"), std::nullopt);
  EXPECT_EQ(DtypeFromName("untyped"), std::nullopt);
}

TEST(Dtype, IsFoundByStorageClass) {
  EXPECT_EQ(DtypeFromStorageClass("HalfStorage"), Dtype::kFloat16);
  EXPECT_EQ(DtypeFromStorageClass("_UntypedStorage"), Dtype::kUntyped);
  EXPECT_EQ(DtypeFromStorageClass("WeirdStorage"), std::nullopt);
  EXPECT_EQ(DtypeFromStorageClass(""), std::nullopt);
}

TEST(Dtype, BitsCountOneElementOfAShape) {
  EXPECT_EQ(BitsPerElement(Dtype::kQuint4x2), 4u);
  EXPECT_EQ(BitsPerElement(Dtype::kFloat4E2m1fnX2), 8u);
  EXPECT_EQ(BitsPerElement(Dtype::kComplex128), 128u);
}

TEST(Layout, IsFoundByName) {
  EXPECT_EQ(LayoutFromName("sparse_coo"), Layout::kSparseCoo);
  EXPECT_EQ(LayoutFromName("sparse"), std::nullopt);
}

TEST(Finding, HasAWordAndASeverity) {
  EXPECT_EQ(ToWord(FindingId::kRecordSize), "record_size");
  EXPECT_EQ(DefaultSeverity(FindingId::kTrailingBytes), Severity::kNote);
}

TEST(Checkpoint, KeepsTheFirstThousandFindings) {
  Checkpoint checkpoint;
  for (int i = 0; i < 1002; ++i) {
    checkpoint.AddFinding(
        {.id = FindingId::kRecordSize, .severity = Severity::kWarning});
  }
  EXPECT_EQ(checkpoint.findings.size(), 1000u);
  EXPECT_EQ(checkpoint.findings_omitted, 2u);
}

TEST(Checkpoint, FileOffsetCountsBytesFromTheRecordsData) {
  Checkpoint checkpoint;
  checkpoint.records.push_back({.data = 128, .stored = 64, .size = 64});
  checkpoint.storages.push_back({.nbytes = 64, .record = 0});
  const Tensor tensor{
      .storage = 0, .dtype = Dtype::kFloat32, .storage_offset = 3, .numel = 1};
  EXPECT_EQ(checkpoint.FileOffsetOf(tensor), 140u);
}

TEST(Checkpoint, FileOffsetIsAbsentInCompressedRecords) {
  Checkpoint checkpoint;
  checkpoint.records.push_back(
      {.data = 128, .method = Record::Method::kDeflated});
  checkpoint.storages.push_back({.nbytes = 64, .record = 0});
  const Tensor tensor{.storage = 0, .dtype = Dtype::kFloat32, .numel = 1};
  EXPECT_EQ(checkpoint.FileOffsetOf(tensor), std::nullopt);
}

}  // namespace
}  // namespace ptscope
