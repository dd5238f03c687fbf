// TorchStyle: what model.load_state_dict(torch.load(f), strict=True) would say.
//
//   auto checkpoint = Open(path, {.metadata = true});
//   auto root = ChooseRoot(*checkpoint, {});
//   const StateDictKeys keys = ListKeys(*checkpoint, *root);
//   auto comparison = Compare(reference, keys, AsTorchCompares({}));
//   auto answer = LoadStateDict(reference, keys, *comparison);
//
// What a module does in a _load_from_state_dict or a hook of its own is not
// known, but for the one thing that torch's own modules do most: batch norm
// fills in a num_batches_tracked that old checkpoints lack. The rules are those
// of torch 2.15: torch/nn/modules/module.py, load_state_dict and
// _load_from_state_dict; torch/nn/modules/batchnorm.py.
#ifndef PTSCOPE_TORCH_STYLE_H_
#define PTSCOPE_TORCH_STYLE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ptscope/checkpoint.h"
#include "ptscope/compare.h"
#include "ptscope/reference.h"
#include "ptscope/result.h"
#include "ptscope/roots.h"
#include "ptscope/tensor_list.h"

namespace ptscope {

// The keys that load_state_dict() would get. They are not the tensors' names
// where a dict has dicts in it: torch sees the keys of the outer one alone.
// Views live as long as the checkpoint.
struct StateDictKeys : TensorList {
  // By index into `tensors`: the class of a value that is no tensor, empty for
  // those that are. None at all: all are.
  std::vector<std::string_view> classes;
  // By index into `tensors`: on the meta device, where tensors have no values.
  std::vector<bool> meta;
  // Keys that are no text.
  std::vector<std::string_view> not_text;
  // The class of a root that has no keys: a list, a tensor.
  std::string_view no_dict;
  // The root is a module, whose state_dict() would be taken.
  bool module = false;
  // The state_dict's `_metadata`, if it has one.
  bool has_metadata = false;
  std::span<const ModuleMetadata> modules;

  std::string_view class_of(uint32_t i) const {
    return classes.empty() ? std::string_view() : classes[i];
  }
  bool is_meta(uint32_t i) const { return !meta.empty() && meta[i]; }
};

// `checkpoint` was opened with OpenOptions::metadata.
StateDictKeys ListKeys(const Checkpoint& checkpoint, const RootChoice& choice);

// torch casts, and knows neither rules nor tied names. Renames, prefixes and
// the filter stay: they are what a user does before loading.
CompareOptions AsTorchCompares(CompareOptions options);

// Views live as long as both sides and the comparison.
struct LoadAnswer {
  // A key that the model has, whose value does not fit: its shape differs, if
  // it is neither of the last two.
  struct Misfit {
    std::string_view name;
    uint32_t expected = kNone;        // index into the reference's tensors
    uint32_t actual = kNone;          // into the keys
    std::string_view no_tensor = {};  // class of the value, if it is no tensor
    bool no_values = false;           // it is on the meta device
  };
  // What keeps torch from coming so far.
  struct Obstacle {
    std::string_view name;
    std::string why;
  };

  // The class of a root that is no dict: a TypeError, and nothing below.
  std::string_view no_dict;
  std::vector<std::string_view> missing;     // in the reference's order
  std::vector<std::string_view> unexpected;  // in torch's order
  std::vector<Misfit> misfits;               // in the reference's order
  std::vector<Obstacle> obstacles;

  bool raises() const {
    return !no_dict.empty() || !missing.empty() || !unexpected.empty() ||
           !misfits.empty() || !obstacles.empty();
  }
};

// `comparison` holds `keys` against `reference` with AsTorchCompares(). Error:
// kLimit, if renamed names take too much memory.
Result<LoadAnswer> LoadStateDict(const Reference& reference,
                                 const StateDictKeys& keys,
                                 const Comparison& comparison);

}  // namespace ptscope

#endif  // PTSCOPE_TORCH_STYLE_H_
