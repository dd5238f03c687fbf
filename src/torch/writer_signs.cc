#include "torch/writer_signs.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ptscope::torch {

using pickle::Kind;
using pickle::Ref;
using pickle::Values;

namespace {

// Callables whose arguments tell more than their name.
enum class Callee : uint8_t {
  kOther,
  kTensorV2,
  kSparse,
  kFromTypeV2,
  kGetLayout,
  kTensorProperties,
};

struct NamedCallee {
  std::string_view name;
  Callee callee;
};

constexpr NamedCallee kCallees[] = {
    {"torch._utils._rebuild_tensor_v2", Callee::kTensorV2},
    {"torch._utils._rebuild_sparse_tensor", Callee::kSparse},
    {"torch._tensor._rebuild_from_type_v2", Callee::kFromTypeV2},
    {"torch.serialization._get_layout", Callee::kGetLayout},
    {"torch.distributed.checkpoint.metadata.TensorProperties",
     Callee::kTensorProperties},
};

// An optimizer is known by the options that it has had in every release. Others
// are modelled on it, with options of their own: what has such is not torch's.
struct Optimizer {
  Sign sign;
  std::span<const std::string_view> always;
  std::span<const std::string_view> later;
};

constexpr std::string_view kAdamAlways[] = {
    "params", "lr", "betas", "eps", "weight_decay", "amsgrad"};
constexpr std::string_view kAdamLater[] = {
    "maximize",       "foreach", "capturable",
    "differentiable", "fused",   "decoupled_weight_decay",
    "param_names"};
constexpr std::string_view kSgdAlways[] = {
    "params", "lr", "momentum", "dampening", "weight_decay", "nesterov"};
constexpr std::string_view kSgdLater[] = {
    "maximize", "foreach", "differentiable", "fused", "param_names"};
constexpr Optimizer kOptimizers[] = {
    {Sign::kAdamOption, kAdamAlways, kAdamLater},
    {Sign::kSgdOption, kSgdAlways, kSgdLater},
};

// What learning rate schedulers leave in a parameter group.
constexpr std::string_view kOfSchedulers[] = {"initial_lr",    "swa_lr",
                                              "max_lr",        "min_lr",
                                              "base_momentum", "max_momentum"};

bool Contains(std::span<const std::string_view> list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

class Finder {
 public:
  Finder(const Values& values, WriterEvidence& evidence)
      : values_(values), evidence_(evidence) {}

  void Run() {
    LookAtGlobals();
    for (uint32_t i = 0; i < values_.node_count(); ++i) {
      const Ref ref = Ref::Node(i);
      const Kind kind = values_.KindOf(ref);
      if (kind == Kind::kObject) LookAtCall(ref);
      if (kind == Kind::kDict) LookAtDict(ref);
    }
  }

 private:
  void LookAtGlobals() {
    callees_.resize(values_.global_count(), Callee::kOther);
    std::string name;
    for (uint32_t id = 0; id < values_.global_count(); ++id) {
      const pickle::Global& global = values_.GlobalById(id);
      if (!global.module.starts_with("torch")) continue;
      name.assign(global.module).append(".").append(global.name);
      evidence_.Saw(Sign::kGlobal, name);
      for (const NamedCallee& known : kCallees) {
        if (known.name == name) callees_[id] = known.callee;
      }
    }
  }

  Callee CalleeOf(Ref object) const {
    const Ref callable = values_.CallableOf(object);
    if (!values_.Is(callable, Kind::kGlobal)) return Callee::kOther;
    return callees_[values_.GlobalIdOf(callable)];
  }

  void LookAtCall(Ref object) {
    const Callee callee = CalleeOf(object);
    if (callee == Callee::kOther) return;
    const auto args = values_.ItemsOf(values_.ArgsOf(object));
    switch (callee) {
      case Callee::kTensorV2:
        if (args.size() == 7) Saw("_rebuild_tensor_v2 with conj and neg");
        return;
      case Callee::kSparse:
        if (args.size() == 2) LookAtSparse(args[0], args[1]);
        return;
      case Callee::kFromTypeV2:
        if (args.size() == 4 && IsPlainTensor(args[1])) {
          Saw("_rebuild_from_type_v2 of a plain tensor");
        }
        return;
      case Callee::kTensorProperties:
        if (SizeOfTuple(values_.StateOf(object)) == 6) {
          Saw("TensorProperties with strides");
        }
        return;
      default:
        return;
    }
  }

  void Saw(std::string_view call) { evidence_.Saw(Sign::kCall, call); }

  // Parts of a COO tensor: indices, values, size, is_coalesced.
  void LookAtSparse(Ref layout, Ref parts) {
    if (!values_.Is(layout, Kind::kObject) ||
        CalleeOf(layout) != Callee::kGetLayout) {
      return;
    }
    const auto args = values_.ItemsOf(values_.ArgsOf(layout));
    if (args.size() != 1 || !values_.Is(args[0], Kind::kStr)) return;
    if (values_.TextOf(args[0]) != "torch.sparse_coo") {
      Saw("_rebuild_sparse_tensor of another layout than COO");
    } else if (SizeOfTuple(parts) == 4) {
      Saw("_rebuild_sparse_tensor with is_coalesced");
    }
  }

  bool IsPlainTensor(Ref type) const {
    if (!values_.Is(type, Kind::kGlobal)) return false;
    const pickle::Global& g = values_.GlobalById(values_.GlobalIdOf(type));
    return g.module == "torch" && g.name == "Tensor";
  }

  size_t SizeOfTuple(Ref ref) const {
    if (ref == Ref::kAbsent || !values_.Is(ref, Kind::kTuple)) return 0;
    return values_.ItemsOf(ref).size();
  }

  // States and parameter groups have no more members than this.
  static constexpr uint32_t kMostMembers = 1000;

  void LookAtDict(Ref dict) {
    const uint32_t count = values_.CountOf(dict);
    if (count < 8 || count > 2 * kMostMembers) return;
    ReadKeys(dict);
    LookAtModule();
    LookAtParameterGroup();
    if (HasKey("_last_lr") && HasKey("base_lrs")) SawKeys(Sign::kScheduler);
  }

  void ReadKeys(Ref dict) {
    keys_.clear();
    modules_.fill(Ref::kAbsent);
    Ref key = Ref::kAbsent;
    values_.ForEachRun(dict, [&](std::span<const Ref> run) {
      for (const Ref ref : run) {
        if (key == Ref::kAbsent) {
          key = ref;
          continue;
        }
        AddItem(key, ref);
        key = Ref::kAbsent;
      }
    });
  }

  void AddItem(Ref key, Ref value) {
    const Kind kind = values_.KindOf(key);
    if (kind != Kind::kStr && kind != Kind::kPy2Str) return;
    keys_.push_back(values_.TextOf(key));
    for (size_t i = 0; i < std::size(kOfModules); ++i) {
      if (keys_.back() == kOfModules[i]) modules_[i] = value;
    }
  }

  bool HasKey(std::string_view key) const { return Contains(keys_, key); }

  void SawKeys(Sign sign) {
    for (const std::string_view key : keys_) evidence_.Saw(sign, key);
  }

  void LookAtModule() {
    bool plain = true;
    for (const Ref ref : modules_) {
      if (ref == Ref::kAbsent) return;
      plain = plain && values_.Is(ref, Kind::kDict);
    }
    SawKeys(Sign::kModuleState);
    if (plain) {
      evidence_.Saw(Sign::kModuleState,
                    "_parameters, _buffers and _modules that are dict");
    }
  }

  void LookAtParameterGroup() {
    for (const Optimizer& optimizer : kOptimizers) {
      const bool is_one =
          std::ranges::all_of(optimizer.always,
                              [&](auto key) { return HasKey(key); }) &&
          std::ranges::all_of(keys_, [&](auto key) {
            return Contains(optimizer.always, key) ||
                   Contains(optimizer.later, key) ||
                   Contains(kOfSchedulers, key);
          });
      if (is_one) SawKeys(optimizer.sign);
    }
  }

  static constexpr std::string_view kOfModules[] = {"_parameters", "_buffers",
                                                    "_modules"};

  const Values& values_;
  WriterEvidence& evidence_;
  std::vector<Callee> callees_;  // by global
  // Of the dict that is looked at.
  std::vector<std::string_view> keys_;
  std::array<Ref, std::size(kOfModules)> modules_;
};

void LookAtDtypes(const Checkpoint& checkpoint, WriterEvidence& evidence) {
  uint64_t seen = 0;
  const auto look = [&](const Table<Tensor>& tensors) {
    for (const Tensor& t : tensors) {
      const uint64_t bit = uint64_t{1} << static_cast<unsigned>(t.dtype);
      if ((seen & bit) != 0 || t.storage == kNone ||
          checkpoint.storages[t.storage].dtype != Dtype::kUntyped) {
        continue;
      }
      seen |= bit;
      evidence.Saw(Sign::kDtype, ToName(t.dtype));
    }
  };
  look(checkpoint.tensors);
  look(checkpoint.extras);
}

}  // namespace

void FindScriptWriterSigns(const Values& values, WriterEvidence& evidence) {
  for (uint32_t id = 0; id < values.global_count(); ++id) {
    const pickle::Global& global = values.GlobalById(id);
    if (global.module != "torch.jit._pickle") continue;
    evidence.Saw(Sign::kGlobal,
                 std::string(global.module).append(".").append(global.name));
  }
}

void FindWriterSigns(const Values& values, const Checkpoint& checkpoint,
                     WriterEvidence& evidence) {
  Finder(values, evidence).Run();
  LookAtDtypes(checkpoint, evidence);
}

}  // namespace ptscope::torch
