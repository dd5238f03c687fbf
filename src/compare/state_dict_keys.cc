#include <algorithm>

#include "ptscope/torch_style.h"

namespace ptscope {

namespace {

// Appends the tensors of a dict, and between them its other keys.
class Merging {
 public:
  Merging(const Checkpoint& checkpoint, const StateDict& dict,
          StateDictKeys& keys)
      : others_(std::span(checkpoint.other_keys)
                    .subspan(dict.keys, dict.key_count)),
        keys_(keys) {}

  void Add(const NamedTensor& tensor, bool meta) {
    if (!AddOthers(tensors_++)) return;
    keys_.tensors.push_back(tensor);
    keys_.classes.emplace_back();
    keys_.meta.push_back(meta);
  }
  void Finish() { AddOthers(kNone); }

 private:
  // Those that stand before the tensor of that number. False: that tensor's own
  // key is one of them, for it is no text.
  bool AddOthers(uint32_t tensor) {
    for (; next_ < others_.size() && others_[next_].tensors <= tensor;
         ++next_) {
      const OtherKey& other = others_[next_];
      if (other.text) {
        keys_.tensors.push_back({.name = other.key});
        keys_.classes.push_back(other.type);
        keys_.meta.push_back(false);
        continue;
      }
      keys_.not_text.push_back(other.key);
      if (other.type.empty() && other.tensors == tensor) {
        ++next_;
        return false;
      }
    }
    return true;
  }

  const std::span<const OtherKey> others_;
  StateDictKeys& keys_;
  size_t next_ = 0;
  uint32_t tensors_ = 0;
};

// The class of a root that is a tensor itself; empty if it is none.
std::string_view ClassOfTensor(const Checkpoint& checkpoint,
                               const RootChoice& choice) {
  const auto at = std::ranges::find(choice.names, std::string_view());
  if (at == choice.names.end()) return {};
  const Tensor& t = checkpoint.tensors[choice.tensors[static_cast<size_t>(
      at - choice.names.begin())]];
  const TensorDetail* detail = checkpoint.DetailOf(t);
  if (detail != nullptr && !detail->class_name.empty()) {
    return detail->class_name;
  }
  return t.kind == Kind::kParameter ? "torch.nn.parameter.Parameter"
                                    : "torch.Tensor";
}

}  // namespace

StateDictKeys ListKeys(const Checkpoint& checkpoint, const RootChoice& choice) {
  StateDictKeys keys;
  TensorList all = ListTensors(checkpoint, choice);
  const auto tensor = [&](size_t i) -> const Tensor& {
    return checkpoint.tensors[choice.tensors[i]];
  };
  const auto is_meta = [&](size_t i) {
    return checkpoint.DeviceOf(tensor(i)) == "meta";
  };
  const StateDict* dict = checkpoint.StateDictAt(choice.root);
  if (dict == nullptr || dict->kind != StateDict::Kind::kDict) {
    if (dict == nullptr) {
      keys.no_dict = ClassOfTensor(checkpoint, choice);
    } else if (dict->kind == StateDict::Kind::kModule) {
      keys.module = true;
    } else {
      keys.no_dict = dict->type;
    }
    keys.tensors = std::move(all.tensors);
    for (size_t i = 0; i < keys.tensors.size(); ++i) {
      keys.meta.push_back(is_meta(i));
    }
    return keys;
  }
  keys.has_metadata = dict->has_metadata;
  keys.modules =
      std::span(checkpoint.modules).subspan(dict->modules, dict->module_count);
  keys.tensors.reserve(all.tensors.size() + dict->key_count);
  Merging merging(checkpoint, *dict, keys);
  for (size_t i = 0; i < choice.tensors.size(); ++i) {
    // What lies deeper is part of the value of another key.
    if (tensor(i).path == dict->path) merging.Add(all.tensors[i], is_meta(i));
  }
  merging.Finish();
  return keys;
}

}  // namespace ptscope
