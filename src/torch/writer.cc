#include "torch/writer.h"

#include <fmt/format.h>

#include <cstddef>
#include <iterator>
#include <string>

namespace ptscope::torch {

namespace {

// Whether the writer made it, or it came with the data: who loads a model of a
// newer release and saves it again keeps what that release had put into it.
enum class From : uint8_t { kWriter, kData };

struct Feature {
  Sign sign;
  std::string_view what;
  std::string_view since;      // empty: any release
  std::string_view last = {};  // the last one; empty: none is certain
  From from = From::kWriter;
  std::string_view default_last = {};  // later ones only if asked to
};

constexpr From kData = From::kData;

// Sources: torch/serialization.py, torch/_tensor.py (before 1.9 tensor.py),
// torch/_utils.py, torch/storage.py, torch/nn/parameter.py,
// torch/nn/modules/module.py, torch/optim/, torch/distributed/,
// torch/jit/_pickle.py and caffe2/serialize/ (versions.h, inline_container.h)
// of each release.
constexpr Feature kFeatures[] = {
    // The container.
    {Sign::kContainer, "tar", "0.1.0", "0.1.9"},
    {.sign = Sign::kContainer,
     .what = "legacy",
     .since = "",
     .default_last = "1.5"},
    {Sign::kContainer, "zip", "1.4"},
    {Sign::kContainer, "model.json", "1.0", "1.3"},
    {Sign::kRecord, "attributes.pkl", "1.1"},
    {Sign::kContainer, "TorchScript", "1.4"},
    {Sign::kContainer, "DCP", "1.12"},
    {Sign::kContainer, "package", "1.8"},
    {Sign::kRecord, ".data/extern_modules", "1.9"},
    {Sign::kRecord, ".data/python_version", "1.12"},
    {Sign::kContainer, "export", "2.1"},
    {Sign::kRecord, "archive_format", "2.8"},
    {Sign::kRecord, "tensors/", "1.4", "1.4"},
    {Sign::kFormatVersion, "2", "1.5"},
    {Sign::kFormatVersion, "3", "1.6"},
    {Sign::kFormatVersion, "4", "1.6"},
    {Sign::kFormatVersion, "5", "1.6"},
    {Sign::kFormatVersion, "6", "1.9"},
    {Sign::kFormatVersion, "7", "1.11"},
    {Sign::kFormatVersion, "8", "1.11"},
    {Sign::kFormatVersion, "9", "1.11"},
    {Sign::kFormatVersion, "10", "1.12"},
    {Sign::kKeys, "addresses", "1.5", "1.8"},
    {Sign::kKeys, "numbers", "1.9"},
    {Sign::kFolder, "named", "1.13"},
    {Sign::kRecord, "byteorder", "2.1"},
    {Sign::kRecord, ".data/serialization_id", "2.1"},
    {Sign::kRecord, ".format_version", "2.7"},
    {Sign::kRecord, ".storage_alignment", "2.7"},
    {Sign::kAbsent, "byteorder", "1.4", "2.0"},
    {Sign::kAbsent, ".format_version", "2.1", "2.6"},
    // Functions that rebuild tensors.
    {Sign::kGlobal, "torch._utils._rebuild_qtensor", "1.2"},
    {Sign::kGlobal, "torch._utils._rebuild_xla_tensor", "1.3"},
    {Sign::kGlobal, "torch._utils._rebuild_sparse_tensor", "1.4"},
    {Sign::kGlobal, "torch.serialization._get_layout", "1.4"},
    // From 2.0 on the function is gone.
    {Sign::kGlobal, "torch._utils._rebuild_sparse_csr_tensor", "1.11", "1.13"},
    {Sign::kGlobal, "torch.tensor._rebuild_from_type", "1.8", "1.8"},
    {Sign::kGlobal, "torch._tensor._rebuild_from_type", "1.9"},
    {Sign::kGlobal, "torch._utils._rebuild_mlc_tensor", "1.9"},
    {Sign::kGlobal, "torch._tensor._rebuild_from_type_v2", "1.10"},
    {Sign::kGlobal, "torch._utils._rebuild_device_tensor_from_numpy", "1.10"},
    {Sign::kGlobal, "torch._utils._rebuild_meta_tensor_no_storage", "1.10"},
    {Sign::kGlobal, "torch._utils._rebuild_wrapper_subclass", "1.12"},
    {Sign::kGlobal, "torch._utils._rebuild_parameter_with_state", "2.0"},
    {Sign::kGlobal, "torch._utils._rebuild_nested_tensor", "2.2"},
    {Sign::kGlobal, "torch._utils._rebuild_tensor_v3", "2.2"},
    {Sign::kGlobal, "torch._utils._rebuild_device_tensor_from_cpu_tensor",
     "2.6"},
    {Sign::kGlobal, "torch.nested._internal.nested_tensor._rebuild_njt", "2.6"},
    {Sign::kGlobal, "torch.nn.parameter.UninitializedParameter", "1.8"},
    {Sign::kGlobal, "torch.nn.parameter.UninitializedBuffer", "1.9"},
    {Sign::kCall, "_rebuild_tensor_v2 with conj and neg", "2.0"},
    {Sign::kCall, "_rebuild_sparse_tensor of another layout than COO", "2.0"},
    {Sign::kCall, "_rebuild_sparse_tensor with is_coalesced", "2.1"},
    {Sign::kCall, "_rebuild_from_type_v2 of a plain tensor", "2.0"},
    // What TorchScript's pickles call.
    {Sign::kGlobal, "torch.jit._pickle.restore_type_tag", "1.5"},
    // Storages and dtypes.
    {Sign::kGlobal, "torch.BoolStorage", "1.1"},
    {Sign::kGlobal, "torch.BFloat16Storage", "1.2"},
    {Sign::kGlobal, "torch.QInt8Storage", "1.2"},
    {Sign::kGlobal, "torch.QUInt8Storage", "1.2"},
    {Sign::kGlobal, "torch.QInt32Storage", "1.2"},
    {Sign::kGlobal, "torch.ComplexFloatStorage", "1.6"},
    {Sign::kGlobal, "torch.ComplexDoubleStorage", "1.6"},
    {Sign::kGlobal, "torch.QUInt4x2Storage", "1.8"},
    {Sign::kGlobal, "torch.QUInt2x4Storage", "1.11"},
    {Sign::kGlobal, "torch._UntypedStorage", "1.11", "1.11"},
    {Sign::kGlobal, "torch.storage._UntypedStorage", "1.12", "1.12"},
    {Sign::kGlobal, "torch.storage.UntypedStorage", "1.13"},
    {Sign::kDtype, "float8_e4m3fnuz", "2.3"},
    {Sign::kDtype, "float8_e5m2fnuz", "2.3"},
    {Sign::kDtype, "complex32", "2.3"},
    {Sign::kDtype, "uint16", "2.6"},
    {Sign::kDtype, "uint32", "2.6"},
    {Sign::kDtype, "uint64", "2.6"},
    {Sign::kDtype, "float8_e8m0fnu", "2.7"},
    {Sign::kDtype, "float4_e2m1fn_x2", "2.8"},
    {Sign::kDtype, "bcomplex32", "2.14"},
    // Where the classes of distributed tensors live.
    {Sign::kGlobal, "torch.distributed._sharded_tensor.api.ShardedTensor",
     "1.10"},
    {Sign::kGlobal, "torch.distributed._shard.sharded_tensor.api.ShardedTensor",
     "1.11"},
    {Sign::kGlobal, "torch.distributed._shard.metadata.ShardMetadata", "1.12"},
    {Sign::kGlobal, "torch.distributed._tensor.api.DTensor", "2.0"},
    {Sign::kGlobal, "torch.distributed._tensor.device_mesh.DeviceMesh", "2.0"},
    {Sign::kGlobal, "torch.distributed._tensor.placement_types.TensorMeta",
     "2.2"},
    {Sign::kGlobal, "torch.distributed.device_mesh.DeviceMesh", "2.2"},
    {Sign::kGlobal, "torch.distributed.tensor.DTensor", "2.5"},
    {Sign::kGlobal, "torch.distributed.tensor._dtensor_spec.DTensorSpec",
     "2.5"},
    {Sign::kGlobal, "torch.distributed.tensor._dtensor_spec.ShardOrderEntry",
     "2.10"},
    {Sign::kGlobal, "torch.distributed._mesh_layout._MeshLayout", "2.10"},
    {Sign::kGlobal, "torch.distributed._mesh_layout._FlatLayout", "2.13"},
    // Distributed checkpoints.
    {Sign::kGlobal, "torch.distributed._shard.checkpoint.metadata.Metadata",
     "1.12"},
    {Sign::kGlobal, "torch.distributed.checkpoint.metadata.Metadata", "2.0"},
    {Sign::kGlobal, "torch.distributed.checkpoint.metadata.TensorProperties",
     "2.3"},
    {Sign::kGlobal, "torch.distributed.checkpoint.metadata.StorageMeta", "2.4"},
    {Sign::kCall, "TensorProperties with strides", "2.15"},
    // What lies in modules, optimizers and schedulers.
    {Sign::kModuleState, "_non_persistent_buffers_set", "1.6", "", kData},
    {Sign::kModuleState, "_is_full_backward_hook", "1.8", "", kData},
    {Sign::kModuleState, "_load_state_dict_post_hooks", "1.12", "", kData},
    {Sign::kModuleState, "_forward_hooks_with_kwargs", "2.0", "", kData},
    {Sign::kModuleState, "_forward_hooks_always_called", "2.1", "", kData},
    {Sign::kModuleState, "_parameters, _buffers and _modules that are dict",
     "2.5", "", kData},
    {Sign::kAdamOption, "maximize", "1.11", "", kData},
    {Sign::kAdamOption, "foreach", "1.12", "", kData},
    {Sign::kAdamOption, "capturable", "1.12", "", kData},
    {Sign::kAdamOption, "differentiable", "1.13", "", kData},
    {Sign::kAdamOption, "fused", "1.13", "", kData},
    {Sign::kAdamOption, "param_names", "2.6", "", kData},
    {Sign::kAdamOption, "decoupled_weight_decay", "2.7", "", kData},
    {Sign::kSgdOption, "fused", "2.3", "", kData},
    {Sign::kScheduler, "_get_lr_called_within_step", "1.4", "", kData},
    {Sign::kScheduler, "_is_initial", "2.8", "", kData},
};

// "1.13" as a number that grows with the release; 0 for no text.
constexpr uint64_t Order(std::string_view release) {
  uint64_t order = 0;
  uint64_t part = 0;
  int parts = 0;
  for (const char c : release) {
    if (c == '.') {
      order = order * 1000 + part;
      part = 0;
      ++parts;
    } else {
      part = part * 10 + static_cast<uint64_t>(c - '0');
    }
  }
  order = order * 1000 + part;
  for (; parts < 2; ++parts) order *= 1000;
  return order;
}
static_assert(Order("0.1.9") < Order("1.4") && Order("1.9") < Order("1.13") &&
              Order("1.13") < Order("2.0") && Order("") == 0);

std::string_view WordsOf(Sign sign) {
  switch (sign) {
    case Sign::kContainer:
      return "{} container";
    case Sign::kFormatVersion:
      return "version {}";
    case Sign::kRecord:
      return "record {}";
    case Sign::kAbsent:
      return "no record {}";
    case Sign::kKeys:
      return "{} as storage keys";
    case Sign::kFolder:
      return "{} folder";
    case Sign::kGlobal:
      return "{}";
    case Sign::kCall:
      return "{}";
    case Sign::kDtype:
      return "a tensor of {}";
    case Sign::kModuleState:
      return "modules with {}";
    case Sign::kAdamOption:
      return "Adam's option {}";
    case Sign::kSgdOption:
      return "SGD's option {}";
    case Sign::kScheduler:
      return "a scheduler with {}";
  }
  return "{}";
}

std::string Words(const Feature& feature) {
  return fmt::format(fmt::runtime(WordsOf(feature.sign)), feature.what);
}

}  // namespace

void WriterEvidence::Saw(Sign sign, std::string_view what) {
  static_assert(std::size(kFeatures) <= kMostFeatures);
  for (size_t i = 0; i < std::size(kFeatures); ++i) {
    if (kFeatures[i].sign == sign && kFeatures[i].what == what) seen_.set(i);
  }
}

Writer WriterEvidence::Conclude() const {
  const Feature* since = nullptr;  // the features that decide
  const Feature* last = nullptr;
  const Feature* data = nullptr;
  Writer writer;
  for (size_t i = 0; i < std::size(kFeatures); ++i) {
    if (!seen_.test(i)) continue;
    const Feature& f = kFeatures[i];
    const Feature*& lower = f.from == From::kData ? data : since;
    if (lower == nullptr || Order(f.since) > Order(lower->since)) lower = &f;
    if (!f.last.empty() && !open_ &&
        (last == nullptr || Order(f.last) < Order(last->last))) {
      last = &f;
    }
    if (!f.default_last.empty()) writer.default_last = f.default_last;
  }
  const auto fits = [&](const Feature* f) {
    return last == nullptr || Order(f->since) <= Order(last->last);
  };
  if (since == nullptr || !fits(since)) return {};
  if (data != nullptr && Order(data->since) > Order(since->since) &&
      fits(data)) {
    since = data;
  }
  writer.program = other_program_ ? "other" : "torch";
  writer.since = since->since;
  if (!writer.since.empty()) writer.because.push_back(Words(*since));
  if (last != nullptr) {
    writer.last = last->last;
    if (last != since) writer.because.push_back(Words(*last));
  }
  if (Order(writer.since) > Order(writer.default_last)) {
    writer.default_last = {};
  }
  return writer;
}

}  // namespace ptscope::torch
