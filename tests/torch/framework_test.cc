#include "torch/framework.h"

#include <gtest/gtest.h>

#include <string>

#include "support/torch_pickle.h"

namespace ptscope::torch {
namespace {

using namespace test;  // the pieces of a pickle

// "name version".
std::string FrameworkOf(const Piece& root) {
  Lister lister;
  if (const auto status = lister.Run(root); !status) {
    return status.error().Text();
  }
  Checkpoint checkpoint;
  FindFramework(lister.values(), lister.root(), checkpoint);
  std::string text(checkpoint.framework.name);
  if (!checkpoint.framework.version.empty()) {
    (text += ' ') += checkpoint.framework.version;
  }
  return text;
}

TEST(FindFramework, AStateDictIsOfNone) {
  EXPECT_EQ(FrameworkOf(Dict({{Str("w"), Small()}})), "");
  EXPECT_EQ(FrameworkOf(Small()), "");
  EXPECT_EQ(FrameworkOf(None()), "");
}

TEST(FindFramework, GoesByTheKeysOfTheRoot) {
  EXPECT_EQ(
      FrameworkOf(Dict({{Str("epoch"), Int(1)},
                        {Str("pytorch-lightning_version"), Str("2.6.6")}})),
      "PyTorch Lightning 2.6.6");
  EXPECT_EQ(FrameworkOf(
                WithItems(OrderedDict(), {{Str("ds_version"), Str("0.19.8")}})),
            "DeepSpeed 0.19.8");
  EXPECT_EQ(FrameworkOf(MakeList({Str("ds_version")})), "");
}

TEST(FindFramework, AVersionIsShortText) {
  EXPECT_EQ(FrameworkOf(Dict({{Str("ds_version"), None()}})), "DeepSpeed");
  EXPECT_EQ(
      FrameworkOf(Dict({{Str("ds_version"), Str(std::string(1000, '1'))}})),
      "DeepSpeed");
}

TEST(FindFramework, AllKeysMustBeThere) {
  EXPECT_EQ(FrameworkOf(Dict(
                {{Str("args"), None()}, {Str("checkpoint_version"), Int(3)}})),
            "");
  EXPECT_EQ(FrameworkOf(Dict({{Str("args"), None()},
                              {Str("checkpoint_version"), Int(3)},
                              {Str("iteration"), Int(0)}})),
            "Megatron-LM");
}

TEST(FindFramework, FollowsPaths) {
  EXPECT_EQ(FrameworkOf(Dict(
                {{Str("meta"), Dict({{Str("mmcv_version"), Str("1.3.17")}})}})),
            "MMCV 1.3.17");
  EXPECT_EQ(FrameworkOf(Dict({{Str("meta"), MakeList({Str("mmcv_version")})}})),
            "");
  EXPECT_EQ(FrameworkOf(Dict({{Str("meta.mmcv_version"), Str("1.3.17")}})), "");
}

TEST(FindFramework, GoesByClasses) {
  const auto object = [](std::string_view module) {
    return WithState(New(Global(module, "Thing")), Dict({}));
  };
  EXPECT_EQ(FrameworkOf(object("fastai.learner")), "fastai");
  EXPECT_EQ(FrameworkOf(object("fastainot.learner")), "");
  EXPECT_EQ(FrameworkOf(Dict({{Str("model"), None()},
                              {Str("ema"), object("ultralytics.nn.tasks")},
                              {Str("version"), Str("8.4.190")}})),
            "Ultralytics 8.4.190");
  // It is in there, but did not arrange the file.
  EXPECT_EQ(FrameworkOf(Dict({{Str("net"), object("timm.models")}})), "");
}

}  // namespace
}  // namespace ptscope::torch
