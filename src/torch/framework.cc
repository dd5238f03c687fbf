#include "torch/framework.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "pickle/dict_items.h"
#include "torch/globals.h"
#include "torch/keys.h"

namespace ptscope::torch {

using pickle::Kind;
using pickle::Ref;
using pickle::Values;

namespace {

// Paths are keys from the root on, joined with dots.
struct Layout {
  std::string_view framework;
  std::array<std::string_view, 5> paths;  // all of them are there
  std::string_view version = {};          // path of the framework's own
  std::string_view class_at = {};         // path of an object …
  std::string_view classes = {};          // … whose class begins so
};

// The first that fits is it.
constexpr Layout kLayouts[] = {
    {"DeepSpeed", {"ds_version"}, "ds_version"},
    {"PyTorch Lightning",
     {"pytorch-lightning_version"},
     "pytorch-lightning_version"},
    // As releases of 2020 wrote it.
    {"PyTorch Lightning",
     {"pytorch-ligthning_version"},
     "pytorch-ligthning_version"},
    {"Ultralytics", {}, "version", "model", "ultralytics."},
    {"Ultralytics", {}, "version", "ema", "ultralytics."},
    {"MMEngine", {"meta.cfg", "meta.experiment_name", "message_hub"}},
    {"MMCV", {"meta.mmcv_version"}, "meta.mmcv_version"},
    {"Megatron-LM", {"args", "checkpoint_version", "iteration"}},
    {"fairseq", {"model", "extra_state", "optimizer_history"}},
    {"fastai", {"model", "opt.hypers", "opt.state"}},
    {"timm", {"epoch", "arch", "state_dict", "version", "args"}},
    {"Whisper", {"dims.n_audio_state", "model_state_dict"}},
    {"Stable-Baselines3",
     {"state_dict", "data.observation_space", "data.action_space"}},
    // The object that was saved is the framework's own.
    {"fastai", {}, {}, {}, "fastai."},
    {"GPyTorch", {}, {}, {}, "gpytorch."},
    {"Kornia", {}, {}, {}, "kornia."},
    {"PyTorch Geometric", {}, {}, {}, "torch_geometric."},
    {"Sentence Transformers", {}, {}, {}, "sentence_transformers."},
    {"TensorDict", {}, {}, {}, "tensordict."},
    {"timm", {}, {}, {}, "timm."},
    {"TorchMetrics", {}, {}, {}, "torchmetrics."},
    {"TorchRL", {}, {}, {}, "torchrl."},
    {"torchvision", {}, {}, {}, "torchvision."},
    {"Transformers", {}, {}, {}, "transformers."},
    {"Ultralytics", {}, {}, {}, "ultralytics."},
};

class Finder {
 public:
  Finder(const Values& values, Ref root)
      : values_(values), globals_(values), dicts_(values), root_(root) {}

  const Layout* Find() {
    const auto* const fits =
        std::ranges::find_if(kLayouts, [this](const Layout& layout) {
          return HasPaths(layout) && HasClass(layout);
        });
    return fits == std::end(kLayouts) ? nullptr : fits;
  }

  // A short text; empty for anything else.
  std::string TextAt(std::string_view path) {
    const Ref value = path.empty() ? Ref::kAbsent : At(path);
    if (value == Ref::kAbsent ||
        (!values_.Is(value, Kind::kStr) && !values_.Is(value, Kind::kPy2Str))) {
      return {};
    }
    return ShortValue(value, values_, globals_);
  }

 private:
  bool HasPaths(const Layout& layout) const {
    return std::ranges::all_of(layout.paths, [this](std::string_view path) {
      return path.empty() || At(path) != Ref::kAbsent;
    });
  }

  bool HasClass(const Layout& layout) {
    if (layout.classes.empty()) return true;
    const Ref object = At(layout.class_at);
    return object != Ref::kAbsent && values_.Is(object, Kind::kObject) &&
           TypeName(object, values_, globals_).starts_with(layout.classes);
  }

  // kAbsent where there is no such path.
  Ref At(std::string_view path) const {
    Ref at = root_;
    while (!path.empty() && at != Ref::kAbsent) {
      const size_t dot = path.find('.');
      at = Member(at, path.substr(0, dot));
      path.remove_prefix(dot == path.npos ? path.size() : dot + 1);
    }
    return at;
  }

  Ref Member(Ref map, std::string_view key) const {
    // A dict of more members is a state_dict, which need not be searched.
    constexpr uint32_t kMostMembers = 2 * 1000;
    const bool items =
        values_.Is(map, Kind::kDict) ||
        (values_.Is(map, Kind::kObject) && values_.ItemsArePairs(map));
    if (!items || values_.CountOf(map) > kMostMembers) return Ref::kAbsent;
    return dicts_.Find(map, key);
  }

  const Values& values_;
  Globals globals_;
  const pickle::DictReader dicts_;
  const Ref root_;
};

}  // namespace

void FindFramework(const Values& values, Ref root, Checkpoint& checkpoint) {
  Finder finder(values, root);
  const Layout* const layout = finder.Find();
  if (layout == nullptr) return;
  checkpoint.framework = {.name = layout->framework,
                          .version = checkpoint.arena().Copy(std::string_view(
                              finder.TextAt(layout->version)))};
}

}  // namespace ptscope::torch
