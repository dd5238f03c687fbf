#include "torch/globals.h"

#include <algorithm>

#include "pickle/compat_names.h"

namespace ptscope::torch {

namespace {

struct Row {
  std::string_view module;
  std::string_view name;
  Meaning meaning;
};

constexpr std::string_view kUtils = "torch._utils";
constexpr std::string_view kParameter = "torch.nn.parameter";
constexpr std::string_view kJit = "torch.jit._pickle";

constexpr Row kRows[] = {
    {"collections", "OrderedDict", Meaning::kOrderedDict},
    {"collections", "defaultdict", Meaning::kDefaultDict},
    {"collections", "Counter", Meaning::kCounter},
    {"collections", "deque", Meaning::kDeque},
    {"builtins", "set", Meaning::kSet},
    {"builtins", "frozenset", Meaning::kFrozenSet},
    {"builtins", "dict", Meaning::kDict},
    {"builtins", "list", Meaning::kList},
    {"builtins", "tuple", Meaning::kTuple},
    {"copyreg", "_reconstructor", Meaning::kReconstructor},
    {"_codecs", "encode", Meaning::kEncode},
    {kUtils, "_rebuild_tensor", Meaning::kRebuildTensor},
    {kUtils, "_rebuild_tensor_v2", Meaning::kRebuildTensorV2},
    {kUtils, "_rebuild_tensor_v3", Meaning::kRebuildTensorV3},
    {kUtils, "_rebuild_parameter", Meaning::kRebuildParameter},
    {kUtils, "_rebuild_parameter_with_state",
     Meaning::kRebuildParameterWithState},
    {kUtils, "_rebuild_qtensor", Meaning::kRebuildQtensor},
    {kUtils, "_rebuild_sparse_tensor", Meaning::kRebuildSparseTensor},
    {kUtils, "_rebuild_sparse_csr_tensor", Meaning::kRebuildSparseCsrTensor},
    {kUtils, "_rebuild_nested_tensor", Meaning::kRebuildNestedTensor},
    {kUtils, "_rebuild_meta_tensor_no_storage", Meaning::kRebuildMetaTensor},
    {kUtils, "_rebuild_device_tensor_from_numpy",
     Meaning::kRebuildDeviceTensorFromNumpy},
    {kUtils, "_rebuild_xla_tensor", Meaning::kRebuildDeviceTensorFromNumpy},
    {kUtils, "_rebuild_device_tensor_from_cpu_tensor",
     Meaning::kRebuildDeviceTensorFromCpu},
    {kUtils, "_rebuild_wrapper_subclass", Meaning::kRebuildWrapperSubclass},
    {"torch._tensor", "_rebuild_from_type_v2", Meaning::kRebuildFromType},
    {"torch._tensor", "_rebuild_from_type", Meaning::kRebuildFromType},
    {"torch.nested._internal.nested_tensor", "_rebuild_njt",
     Meaning::kRebuildJagged},
    {"torch.nested._internal.nested_tensor", "NestedTensor",
     Meaning::kNestedTensorClass},
    {"torch", "Tensor", Meaning::kTensorClass},
    {"torch._tensor", "Tensor", Meaning::kTensorClass},
    {kParameter, "Parameter", Meaning::kParameterClass},
    {"torch.nn", "Parameter", Meaning::kParameterClass},
    {kParameter, "Buffer", Meaning::kBufferClass},
    {kParameter, "UninitializedParameter", Meaning::kUninitialized},
    {kParameter, "UninitializedBuffer", Meaning::kUninitialized},
    {"torch.autograd.variable", "Variable", Meaning::kVariableClass},
    {"torch.distributed._shard.sharded_tensor.api", "ShardedTensor",
     Meaning::kShardedTensor},
    {"torch.distributed.tensor", "DTensor", Meaning::kDTensor},
    {"torch.distributed._tensor", "DTensor", Meaning::kDTensor},
    {"torch.distributed._tensor.api", "DTensor", Meaning::kDTensor},
    {"torch.distributed.tensor._api", "DTensor", Meaning::kDTensor},
    {"torch", "Size", Meaning::kSize},
    {"torch", "device", Meaning::kDevice},
    {"torch.serialization", "_get_layout", Meaning::kGetLayout},
    {"torch.storage", "_load_from_bytes", Meaning::kLoadFromBytes},
    {"torch.fx.graph_module", "reduce_graph_module",
     Meaning::kReduceGraphModule},
    {"torch.fx.graph_module", "reduce_package_graph_module",
     Meaning::kReduceGraphModule},
    {kJit, "restore_type_tag", Meaning::kTypeTag},
    {kJit, "build_intlist", Meaning::kTypeTag},
    {kJit, "build_tensorlist", Meaning::kTypeTag},
    {kJit, "build_doublelist", Meaning::kTypeTag},
    {kJit, "build_boollist", Meaning::kTypeTag},
    {kJit, "build_tensor_from_id", Meaning::kTensorById},
    {"__main__", "TensorID", Meaning::kTensorById},  // in 1.1
};

// Modules whose tensor and storage classes torch reads alike.
constexpr std::string_view kTensorModules[] = {
    "torch", "torch.cuda", "torch.sparse", "torch.cuda.sparse"};
constexpr std::string_view kStorageModules[] = {
    "torch", "torch.cuda", "torch.storage", "torch.hpu", "torch.sparse"};

bool Contains(std::span<const std::string_view> list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

// "FloatTensor" is float32.
Dtype LegacyTensorDtype(std::string_view name) {
  if (!name.ends_with("Tensor")) return Dtype::kUnknown;
  name.remove_suffix(6);
  std::string storage(name);
  storage += "Storage";
  return DtypeFromStorageClass(storage).value_or(Dtype::kUnknown);
}

}  // namespace

bool Globals::Mentions(Meaning meaning) {
  for (uint32_t id = 0; id < facts_.size(); ++id) {
    if (facts_[id].meaning == Meaning::kUnresolved) facts_[id] = Resolve(id);
    if (facts_[id].meaning == meaning) return true;
  }
  return false;
}

std::string Globals::NameOf(pickle::Ref global) const {
  const pickle::Global g =
      pickle::Canonical(values_.GlobalById(values_.GlobalIdOf(global)));
  std::string name(g.module);
  if (!name.empty()) name += '.';
  return name.append(g.name);
}

GlobalFact Globals::Resolve(uint32_t id) const {
  pickle::Global g = pickle::Canonical(values_.GlobalById(id));
  // 1.8 called the module of Tensor's own functions torch.tensor.
  if (g.module == "torch.tensor") g.module = "torch._tensor";
  for (const Row& row : kRows) {
    if (g.name == row.name && g.module == row.module) return {row.meaning};
  }
  if (g.module == "torch") {
    if (const auto dtype = DtypeFromName(g.name)) {
      return {Meaning::kDtype, *dtype};
    }
  }
  if (Contains(kStorageModules, g.module)) {
    if (const auto dtype = DtypeFromStorageClass(g.name)) {
      return {Meaning::kStorageClass, *dtype};
    }
  }
  if (Contains(kTensorModules, g.module)) {
    const Dtype dtype = LegacyTensorDtype(g.name);
    if (dtype != Dtype::kUnknown) {
      return {Meaning::kLegacyTensorClass, dtype};
    }
  }
  if (g.name.ends_with("Storage")) return {Meaning::kUnknownStorageClass};
  return {Meaning::kOther};
}

}  // namespace ptscope::torch
