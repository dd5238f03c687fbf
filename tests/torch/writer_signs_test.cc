#include "torch/writer_signs.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/torch_pickle.h"
#include "support/writer_text.h"

namespace ptscope::torch {
namespace {

using namespace test;  // the pieces of a pickle

// Bounds of what a zip archive with this pickle shows.
std::string WriterOf(const Piece& root) {
  Lister lister;
  if (const auto status = lister.Run(root); !status) {
    return status.error().Text();
  }
  WriterEvidence evidence;
  evidence.Saw(Sign::kContainer, "zip");
  FindWriterSigns(lister.values(), lister.checkpoint(), evidence);
  return TextOf(evidence.Conclude());
}

const std::string kZip = "1.4 - : zip container";

Piece DictOf(const std::vector<std::string_view>& keys) {
  std::vector<std::pair<Piece, Piece>> items;
  for (const std::string_view key : keys) items.push_back({Str(key), None()});
  return Dict(items);
}

TEST(FindWriterSigns, AStateDictShowsNothing) {
  EXPECT_EQ(WriterOf(Dict({{Str("w"), Small()}})), kZip);
}

TEST(FindWriterSigns, SeesFunctionsByName) {
  EXPECT_EQ(WriterOf(Call(Utils("_rebuild_parameter_with_state"),
                          {Small(), True(), OrderedDict(), None()})),
            "2.0 - : torch._utils._rebuild_parameter_with_state");
  EXPECT_EQ(WriterOf(Global("mine", "_rebuild_parameter_with_state")), kZip);
}

TEST(FindWriterSigns, CountsTheArgumentsOfRebuildTensorV2) {
  EXPECT_EQ(WriterOf(Call(Utils("_rebuild_tensor_v2"),
                          {StorageId("0", 4), Int(0), Ints({4}), Ints({1}),
                           False(), OrderedDict(), Dict({})})),
            "2.0 - : _rebuild_tensor_v2 with conj and neg");
}

TEST(FindWriterSigns, LooksAtTheLayoutAndPartsOfSparseTensors) {
  const auto sparse = [](std::string_view layout, const Pieces& parts) {
    return Call(
        Utils("_rebuild_sparse_tensor"),
        {Call(Global("torch.serialization", "_get_layout"), {Str(layout)}),
         Tuple(parts)});
  };
  const Piece indices =
      RebuildV2(StorageId("1", 2, "LongStorage"), {1, 2}, {2, 1});
  EXPECT_EQ(WriterOf(sparse("torch.sparse_coo", {indices, Small(), Ints({9})})),
            kZip);
  EXPECT_EQ(WriterOf(sparse("torch.sparse_coo",
                            {indices, Small(), Ints({9}), True()})),
            "2.1 - : _rebuild_sparse_tensor with is_coalesced");
}

TEST(FindWriterSigns, SeesDtypesOfUntypedStorages) {
  const auto v3 = [](std::string_view dtype) {
    return Call(Utils("_rebuild_tensor_v3"),
                {Persistent(Tuple({Str("storage"),
                                   Global("torch.storage", "UntypedStorage"),
                                   Str("0"), Str("cpu"), Int(16)})),
                 Int(0), Ints({2}), Ints({1}), False(), OrderedDict(),
                 Global("torch", dtype)});
  };
  EXPECT_EQ(WriterOf(v3("float8_e5m2")),
            "2.2 - : torch._utils._rebuild_tensor_v3");
  EXPECT_EQ(WriterOf(v3("uint16")), "2.6 - : a tensor of uint16");
  // Elsewhere a dtype is a value like any other.
  EXPECT_EQ(WriterOf(Global("torch", "uint16")), kZip);
}

TEST(FindWriterSigns, LooksIntoModules) {
  const auto module = [](const Piece& container, std::string_view key) {
    return WithState(New(Global("mine", "Net")),
                     Dict({{Str("_parameters"), container},
                           {Str("_buffers"), container},
                           {Str("_modules"), container},
                           {Str(key), None()}}));
  };
  EXPECT_EQ(WriterOf(module(OrderedDict(), "_is_full_backward_hook")),
            "1.8 - : modules with _is_full_backward_hook");
  EXPECT_EQ(WriterOf(module(Dict({}), "_is_full_backward_hook")),
            "2.5 - : modules with _parameters, _buffers and _modules that are "
            "dict");
  // Not a module's.
  EXPECT_EQ(WriterOf(DictOf(
                {"_parameters", "_buffers", "_is_full_backward_hook", "more"})),
            kZip);
}

TEST(FindWriterSigns, KnowsAdamByItsOptions) {
  const std::vector<std::string_view> old = {
      "lr", "betas", "eps", "weight_decay", "amsgrad", "params"};
  const auto with = [&](const std::vector<std::string_view>& more) {
    auto keys = old;
    keys.insert(keys.end(), more.begin(), more.end());
    return Dict({{Str("param_groups"), MakeList({DictOf(keys)})}});
  };
  EXPECT_EQ(WriterOf(with({})), kZip);
  EXPECT_EQ(WriterOf(with({"maximize", "initial_lr"})),
            "1.11 - : Adam's option maximize");
  EXPECT_EQ(WriterOf(with({"maximize", "foreach", "capturable",
                           "decoupled_weight_decay"})),
            "2.7 - : Adam's option decoupled_weight_decay");
}

// It may have had these long before torch.
TEST(FindWriterSigns, AnOptimizerWithOtherOptionsIsNotTorchs) {
  EXPECT_EQ(WriterOf(DictOf({"lr", "betas", "eps", "weight_decay", "amsgrad",
                             "params", "decoupled_weight_decay", "caution"})),
            kZip);
  EXPECT_EQ(WriterOf(DictOf({"lr", "betas", "eps", "weight_decay", "params",
                             "decoupled_weight_decay"})),
            kZip);
}

TEST(FindWriterSigns, LooksIntoSchedulers) {
  EXPECT_EQ(
      WriterOf(DictOf({"base_lrs", "_last_lr", "last_epoch", "_is_initial"})),
      "2.8 - : a scheduler with _is_initial");
  EXPECT_EQ(WriterOf(DictOf({"a", "b", "last_epoch", "_is_initial"})), kZip);
}

TEST(FindWriterSigns, LooksAtDistributedMetadata) {
  const auto properties = [](const Pieces& state) {
    return WithState(New(Global("torch.distributed.checkpoint.metadata",
                                "TensorProperties")),
                     Tuple(state));
  };
  EXPECT_EQ(WriterOf(properties({None(), None(), None(), None(), None()})),
            "2.3 - : torch.distributed.checkpoint.metadata.TensorProperties");
  EXPECT_EQ(
      WriterOf(properties({None(), None(), None(), None(), None(), None()})),
      "2.15 - : TensorProperties with strides");
}

// Its pickler calls by the names of torch.save what that has long dropped.
TEST(FindScriptWriterSigns, SeesWhatIsTorchScriptsAlone) {
  Lister lister;
  ASSERT_TRUE(
      lister.Run(Tuple({Utils("_rebuild_sparse_csr_tensor"),
                        Global("torch.jit._pickle", "restore_type_tag")})));
  WriterEvidence evidence;
  evidence.Saw(Sign::kContainer, "TorchScript");
  FindScriptWriterSigns(lister.values(), evidence);
  EXPECT_EQ(TextOf(evidence.Conclude()),
            "1.5 - : torch.jit._pickle.restore_type_tag");
}

}  // namespace
}  // namespace ptscope::torch
