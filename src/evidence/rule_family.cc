// `family`: keys that a module writes only together, of which one lacks.
//
// Each function here knows one family, and gets a module with its own keys.
// What is certain is what torch's own code (or the named library's) cannot
// write; the rest other code writes, too.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

// One module and where to put what it lacks.
class Family {
 public:
  Family(const Facts& facts, const Dict& dict, Findings& findings)
      : facts_(facts), dict_(dict), findings_(findings) {
    CountNorms();
  }

  void Run() {
    for (uint32_t i = 0; i < dict_.modules.size(); ++i) {
      module_ = i;
      if (IsPlain()) continue;
      Norm();
      Recurrent();
      Attention();
      WeightNorm();
      Reparametrized();
      Parametrizations();
      Packed();
      Quantized();
    }
    module_ = 0;
    Adapters();
  }

 private:
  // Most modules have a weight and a bias, of which no family knows more.
  bool IsPlain() const {
    const auto keys = dict_.OwnKeys(module_);
    return std::all_of(keys.begin(), keys.end(), [&](uint32_t key) {
      const std::string_view leaf = dict_.keys[key].leaf;
      return leaf == "weight" || leaf == "bias";
    });
  }
  const Module& module() const { return dict_.modules[module_]; }
  bool Has(std::string_view leaf) const {
    return dict_.OwnKey(module_, leaf) != kNone;
  }
  // The parameter, or what a re-parametrization keeps of it.
  bool HasInAnyForm(const std::string& leaf) const {
    for (const char* form :
         {"", "_g", "_v", "_orig", "_raw", "_mask", "_bar"}) {
      if (Has(leaf + form)) return true;
    }
    const std::string path = Join(module().path, "parametrizations." + leaf);
    const uint32_t at = dict_.FindModule(path);
    if (at != kNone && dict_.modules[at].keys_below != 0) return true;
    // fastai's WeightDropout keeps it beside the module.
    if (module().parent == kNone) return false;
    return dict_.OwnKey(module().parent, leaf + "_raw") != kNone;
  }

  void Lost(std::string_view leaf, Certainty certainty, std::string why) {
    LostName(Join(module().path, leaf), certainty, std::move(why));
  }
  void LostName(const std::string& name, Certainty certainty, std::string why) {
    findings_.Add({.certainty = certainty,
                   .rule = "family",
                   .reason = fmt::format("{} is not in the file, but {}", name,
                                         std::move(why)),
                   .name = name,
                   .root = dict_.root,
                   .module = std::string(ModuleOf(name))});
  }
  // Of two that are written together the one that lacks.
  void Pair(std::string_view a, std::string_view b, Certainty certainty,
            std::string_view who) {
    const bool has_a = Has(a);
    if (has_a == Has(b)) return;
    Lost(has_a ? b : a, certainty,
         fmt::format("{} is: {} writes both", has_a ? a : b, who));
  }

  void CountNorms() {
    for (const Key& key : dict_.keys) {
      if (key.leaf != "running_mean") continue;
      ++norms_;
      tracking_ += dict_.OwnKey(key.module, "num_batches_tracked") != kNone;
    }
    for (const Key& key : dict_.keys) {
      scales_ += key.leaf == "scale";
      scale_pairs_ += key.leaf == "scale" &&
                      dict_.OwnKey(key.module, "zero_point") != kNone;
    }
  }

  bool IsOwn() const {
    return dict_.metadata && module().named && module().version.value_or(1) < 2;
  }

  void Norm() {
    constexpr std::string_view kWho = "batch normalization";
    const bool mean = Has("running_mean");
    const bool var = Has("running_var");
    const bool tracked = Has("num_batches_tracked");
    // People's own norms keep a mean alone, or a deviation; torch's says its
    // version where the file says versions.
    if (IsOwn() || Has("running_std")) return;
    if (mean || var) {
      Pair("running_mean", "running_var", Certainty::kCertain, kWho);
    } else if (tracked) {
      Lost("running_mean", Certainty::kCertain,
           fmt::format("num_batches_tracked is: {} writes both", kWho));
      return;
    }
    if (!mean || tracked) return;
    // Frozen batch norms say another version, or none.
    if (dict_.metadata && module().named && module().version == 2) {
      // Counters are left out on purpose, too, then everywhere.
      if (tracking_ == 0 && norms_ > 1) return;
      Lost("num_batches_tracked", Certainty::kCertain,
           fmt::format("running_mean is, and _metadata says version 2: {} "
                       "writes both",
                       kWho));
    } else if (!dict_.metadata && tracking_ * 10 >= norms_ * 9) {
      Lost("num_batches_tracked", Certainty::kLikely,
           fmt::format("running_mean is, and {} of {} have both", tracking_,
                       Count(norms_, "batch normalization")));
    }
  }

  // A layer of RNN, LSTM, GRU: "weight_ih_l0", "bias_hh_l1_reverse".
  struct Layer {
    uint32_t number;
    bool reverse;
    std::string_view word;
  };
  static std::optional<Layer> LayerOf(std::string_view leaf) {
    Layer layer{};
    layer.reverse = leaf.ends_with("_reverse");
    if (layer.reverse) leaf.remove_suffix(8);
    const size_t at = leaf.rfind("_l");
    if (at == leaf.npos) return {};
    const auto number = NumberOf(leaf.substr(at + 2));
    if (!number || *number > 1000) return {};
    layer.number = *number;
    layer.word = leaf.substr(0, at);
    if (std::ranges::find(kParts, layer.word) == kParts.end()) return {};
    return layer;
  }
  static std::string LeafOfLayer(std::string_view word, uint32_t number,
                                 bool reverse) {
    return fmt::format("{}_l{}{}", word, number, reverse ? "_reverse" : "");
  }

  void Recurrent() {
    std::array<bool, 5> has{};
    uint32_t most = 0;
    uint32_t layers = 0;  // keys of layers
    bool reverse = false;
    bool cell = false;
    for (const uint32_t key : dict_.OwnKeys(module_)) {
      const std::string_view leaf = dict_.keys[key].leaf;
      const auto* part = std::ranges::find(kParts, leaf);
      cell = cell || part != kParts.end();
      const auto layer = LayerOf(leaf);
      if (!layer) continue;
      ++layers;
      most = std::max(most, layer->number);
      reverse = reverse || layer->reverse;
      has[static_cast<size_t>(std::ranges::find(kParts, layer->word) -
                              kParts.begin())] = true;
    }
    if (cell) Cell();
    // With more than half of the keys gone nothing is sure.
    if (layers == 0 || most >= 2 * layers) return;
    // Weights come in pairs, and so do biases.
    has[0] = has[1] = has[0] || has[1];
    has[2] = has[3] = has[2] || has[3];
    for (uint32_t number = 0; number <= most; ++number) {
      for (int side = 0; side < (reverse ? 2 : 1); ++side) {
        for (size_t part = 0; part < kParts.size(); ++part) {
          if (!has[part]) continue;
          const std::string leaf = LeafOfLayer(kParts[part], number, side == 1);
          if (HasInAnyForm(leaf)) continue;
          Lost(leaf, Certainty::kCertain,
               "others of its kind are: a recurrent network writes the same "
               "keys for every layer and direction");
        }
      }
    }
  }

  void Cell() {
    for (const auto& [a, b] : {std::pair("weight_ih", "weight_hh"),
                               std::pair("bias_ih", "bias_hh")}) {
      const bool has_a = HasInAnyForm(a);
      const bool has_b = HasInAnyForm(b);
      if (has_a == has_b) continue;
      Lost(has_a ? b : a, Certainty::kCertain,
           fmt::format("{} is: a recurrent cell writes both", has_a ? a : b));
    }
  }

  void Attention() {
    constexpr std::string_view kWeights[] = {"q_proj_weight", "k_proj_weight",
                                             "v_proj_weight"};
    std::string_view there;
    for (const std::string_view w : kWeights) {
      if (Has(w)) there = w;
    }
    // Queries and keys alone are an attention, too, but not torch's, which
    // writes its output beside them.
    const bool torchs =
        Has("in_proj_bias") || Has("bias_k") ||
        dict_.FindModule(Join(module().path, "out_proj")) != kNone;
    for (const std::string_view w : kWeights) {
      if (there.empty() || HasInAnyForm(std::string(w))) continue;
      Lost(
          w,
          torchs || w != kWeights[2] ? Certainty::kCertain : Certainty::kLikely,
          fmt::format("{} is: attention writes all three", there));
    }
    const bool packed = Has("in_proj_weight");
    if (packed) NeedsOutput("in_proj_weight", "weight");
    if (Has("in_proj_bias")) NeedsOutput("in_proj_bias", "bias");
    if ((packed || !there.empty()) && (Has("bias_k") || Has("bias_v"))) {
      Pair("bias_k", "bias_v", Certainty::kLikely, "attention");
    }
  }
  void NeedsOutput(std::string_view input, std::string_view leaf) {
    const std::string path = Join(module().path, "out_proj");
    const uint32_t out = dict_.FindModule(path);
    // Re-parametrized and quantized ones keep it under other names.
    if (out != kNone && dict_.OwnKey(out, leaf) != kNone) return;
    if (Has("out_proj_" + std::string(leaf))) return;
    if (out != kNone && leaf == "weight" &&
        std::ranges::any_of(dict_.KeysBelow(out), [&](uint32_t key) {
          return dict_.keys[key].leaf != "bias";
        })) {
      return;
    }
    LostName(Join(path, leaf), Certainty::kLikely,
             fmt::format("{} is: attention writes both",
                         Join(module().path, input)));
  }

  void WeightNorm() {
    for (const uint32_t key : dict_.OwnKeys(module_)) {
      const std::string_view leaf = dict_.keys[key].leaf;
      if (!leaf.starts_with("weight") || leaf.size() < 8) continue;
      const std::string base(leaf.substr(0, leaf.size() - 2));
      if (leaf.ends_with("_g") && !Has(base + "_v")) {
        if (!IsNormOf(key)) continue;
        Lost(base + "_v", Certainty::kCertain,
             fmt::format("{} is: weight normalization writes both", leaf));
      } else if (leaf.ends_with("_v") && !Has(base + "_g") &&
                 // spectral norm has its own `v`, attentions other weights
                 !HasOtherForm(base, leaf)) {
        Lost(base + "_g", Certainty::kCertain,
             fmt::format("{} is: weight normalization writes both", leaf));
      }
    }
  }

  // A length for each slice: all dimensions but one are 1.
  bool IsNormOf(uint32_t key) const {
    const auto shape = facts_.TensorOf(dict_, key).shape;
    return std::ranges::count_if(shape, [](int64_t n) { return n != 1; }) <= 1;
  }
  // weight_u, weight_orig, weight_h, …
  bool HasOtherForm(const std::string& base, std::string_view leaf) const {
    const auto keys = dict_.OwnKeys(module_);
    return std::any_of(keys.begin(), keys.end(), [&](uint32_t key) {
      const std::string_view other = dict_.keys[key].leaf;
      return other != leaf && other.starts_with(base + "_");
    });
  }

  // Spectral norm and pruning.
  void Reparametrized() {
    const uint32_t vector = dict_.OwnKey(module_, "weight_u");
    const bool u =
        vector != kNone && facts_.TensorOf(dict_, vector).shape.size() == 1;
    const bool mask = Has("weight_mask");
    const bool original = Has("weight_orig");
    if ((u || mask) && !original && !Has("weight") && !Has("weight_bar")) {
      Lost("weight_orig", Certainty::kCertain,
           fmt::format("{} is: {} writes both", u ? "weight_u" : "weight_mask",
                       u ? "spectral normalization" : "pruning"));
    } else if (original && !u && !mask && !Has("weight_v")) {
      Lost("weight_mask", Certainty::kLikely,
           "weight_orig is: pruning writes both (or weight_u, for spectral "
           "normalization)");
    }
  }

  // parametrizations.weight.original0, original1, …
  void Parametrizations() {
    if (module().parent == kNone ||
        dict_.modules[module().parent].step != "parametrizations") {
      return;
    }
    std::set<uint32_t> numbers;
    for (const uint32_t key : dict_.OwnKeys(module_)) {
      const std::string_view leaf = dict_.keys[key].leaf;
      if (!leaf.starts_with("original")) continue;
      const auto number = NumberOf(leaf.substr(8));
      if (number && *number < 1000) numbers.insert(*number);
    }
    if (numbers.empty() || *numbers.rbegin() > 2 * numbers.size()) return;
    for (uint32_t n = 0; n < *numbers.rbegin(); ++n) {
      if (numbers.contains(n)) continue;
      Lost(fmt::format("original{}", n), Certainty::kCertain,
           fmt::format("original{} is: a parametrization writes all before it",
                       *numbers.rbegin()));
    }
    if (numbers.size() == 1 && *numbers.begin() == 0) {
      Lost("original1", Certainty::kLikely,
           "original0 is: a parametrization of one tensor calls it original");
    }
  }

  // GPTQ and AWQ. Other packings have a qweight with scales of other names.
  void Packed() {
    const bool weight = Has("qweight");
    if (weight && !Has("lookup_table")) {
      const auto keys = dict_.OwnKeys(module_);
      const bool scales =
          std::any_of(keys.begin(), keys.end(), [&](uint32_t key) {
            return dict_.keys[key].leaf.find("scale") != std::string::npos;
          });
      // Other packings have other keys beside it.
      const bool known =
          std::all_of(keys.begin(), keys.end(), [&](uint32_t key) {
            const std::string_view leaf = dict_.keys[key].leaf;
            return leaf == "qweight" || leaf == "qzeros" || leaf == "g_idx" ||
                   leaf == "bias";
          });
      if (!scales && known) {
        Lost("scales", Certainty::kCertain,
             "qweight is: packed weights come with their scales");
      }
    }
    if (Has("qzeros") && !weight) {
      Lost("qweight", Certainty::kCertain,
           "qzeros is: packed weights come with their zeros");
    }
  }

  // A quantized module; where most scales have none it is another `scale`.
  void Quantized() {
    if (!Has("scale") || Has("zero_point")) return;
    if (scale_pairs_ == 0 || scale_pairs_ * 2 < scales_) return;
    Lost("zero_point", Certainty::kLikely,
         "scale is: a quantized module writes both");
  }

  // Low-rank adapters have two halves under one path.
  void Adapters() {
    constexpr std::pair<std::string_view, std::string_view> kHalves[] = {
        {"lora_A", "lora_B"},
        {"lora_embedding_A", "lora_embedding_B"},
        {"lora_up", "lora_down"}};
    for (const Key& key : dict_.keys) {
      if (key.name.find("lora_") == key.name.npos) continue;
      for (const auto& [a, b] : kHalves) {
        Half(key, a, b);
        Half(key, b, a);
      }
    }
  }
  void Half(const Key& key, std::string_view has, std::string_view needs) {
    for (size_t at = key.name.find(has); at != key.name.npos;
         at = key.name.find(has, at + 1)) {
      const size_t end = at + has.size();
      const bool step = (at == 0 || key.name[at - 1] == '.') &&
                        (end == key.name.size() || key.name[end] == '.');
      if (!step) continue;
      std::string other(key.name);
      other.replace(at, has.size(), needs);
      if (dict_.FindKey(other) != kNone) return;
      if (IsBuiltOtherwise(key.name, at, has, needs)) return;
      return LostName(other, Certainty::kCertain,
                      fmt::format("{} is: an adapter is of both", key.name));
    }
  }

  // Both halves are there, and no key of the one is one of the other: one A for
  // several B.
  bool IsBuiltOtherwise(std::string_view name, size_t at, std::string_view has,
                        std::string_view needs) const {
    const std::string above(name.substr(0, at));
    const std::string mine = above + std::string(has);
    const uint32_t other = dict_.FindModule(above + std::string(needs));
    if (other == kNone || dict_.modules[other].keys_below == 0) return false;
    const size_t own = dict_.modules[other].path.size();
    return std::ranges::none_of(dict_.KeysBelow(other), [&](uint32_t key) {
      return dict_.FindKey(
                 mine + std::string(dict_.keys[key].name.substr(own))) != kNone;
    });
  }

  static constexpr std::array<std::string_view, 5> kParts = {
      "weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"};

  const Facts& facts_;
  const Dict& dict_;
  Findings& findings_;
  uint32_t module_ = 0;
  uint64_t norms_ = 0;     // with a running mean
  uint64_t tracking_ = 0;  // of these, with num_batches_tracked
  uint64_t scales_ = 0;
  uint64_t scale_pairs_ = 0;  // scales with a zero point
};

}  // namespace

void FindFamilies(const Facts& facts, Findings& findings) {
  for (const Dict& dict : facts.dicts) Family(facts, dict, findings).Run();
}

}  // namespace ptscope::evidence
