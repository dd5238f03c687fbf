#include "torch/globals.h"

#include <gtest/gtest.h>

#include <string_view>

#include "support/torch_pickle.h"

namespace ptscope::torch {
namespace {

using namespace test;  // the pieces of a pickle

GlobalFact Of(std::string_view module, std::string_view name) {
  const std::string bytes = Global(module, name) + ".";
  pickle::Values values;
  const auto program = pickle::Run(AsBytes(bytes), "", {}, values);
  EXPECT_TRUE(program);
  return Globals(values).Of(program->root);
}

TEST(Globals, KnowsFunctionsByModuleAndName) {
  EXPECT_EQ(Of("torch._utils", "_rebuild_tensor_v2").meaning,
            Meaning::kRebuildTensorV2);
  EXPECT_EQ(Of("m", "_rebuild_tensor_v2").meaning, Meaning::kOther);
  EXPECT_EQ(Of("torch._utils", "_rebuild_tensor_v9").meaning, Meaning::kOther);
}

TEST(Globals, KnowsOlderNames) {
  EXPECT_EQ(Of("torch.tensor", "_rebuild_from_type").meaning,
            Meaning::kRebuildFromType);
  EXPECT_EQ(Of("torch.nn", "Parameter").meaning, Meaning::kParameterClass);
  EXPECT_EQ(Of("__builtin__", "set").meaning, Meaning::kSet);
  EXPECT_EQ(Of("copy_reg", "_reconstructor").meaning, Meaning::kReconstructor);
}

TEST(Globals, KnowsDtypesWithTheirAliases) {
  EXPECT_EQ(Of("torch", "float16").dtype, Dtype::kFloat16);
  EXPECT_EQ(Of("torch", "half").dtype, Dtype::kFloat16);
  EXPECT_EQ(Of("torch", "half").meaning, Meaning::kDtype);
  EXPECT_EQ(Of("m", "half").meaning, Meaning::kOther);
}

TEST(Globals, KnowsStorageAndTensorClasses) {
  EXPECT_EQ(Of("torch", "HalfStorage").meaning, Meaning::kStorageClass);
  EXPECT_EQ(Of("torch.cuda", "HalfStorage").dtype, Dtype::kFloat16);
  EXPECT_EQ(Of("torch", "HalfTensor").meaning, Meaning::kLegacyTensorClass);
  EXPECT_EQ(Of("torch.sparse", "HalfTensor").dtype, Dtype::kFloat16);
  EXPECT_EQ(Of("m", "HalfStorage").meaning, Meaning::kUnknownStorageClass);
  EXPECT_EQ(Of("m", "HalfTensor").meaning, Meaning::kOther);
}

}  // namespace
}  // namespace ptscope::torch
