// CheckpointBuilder: a Checkpoint in view, without a file.
//
//   auto c = CheckpointBuilder()
//                .Tensor({"model", "fc.weight"}, {.shape = {2, 3}})
//                .Tensor({"model", "tied"}, {.shape = {2, 3}, .storage = 0})
//                .Build();
//
// Each tensor gets a storage of its own and a record of that size, unless told
// else. Containers and entries follow from the steps.
#ifndef PTSCOPE_TESTS_SUPPORT_CHECKPOINT_BUILDER_H_
#define PTSCOPE_TESTS_SUPPORT_CHECKPOINT_BUILDER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "ptscope/checkpoint.h"

namespace ptscope::test {

struct TensorSpec {
  std::vector<int64_t> shape = {};
  Dtype dtype = Dtype::kFloat32;
  std::optional<std::vector<int64_t>> stride = {};  // absent: contiguous
  std::optional<uint32_t> storage = {};  // absent: a new one; kNone: none
  uint64_t offset = 0;
  uint64_t storage_nbytes = 0;  // of a new one; 0: as large as the tensor
  std::string problem = {};
};

class CheckpointBuilder {
 public:
  CheckpointBuilder() {
    checkpoint_.format = "torch zip";
    checkpoint_.root_kind = RootKind::kDict;
    checkpoint_.root_type = "dict";
  }

  CheckpointBuilder& Root(RootKind kind) {
    checkpoint_.root_kind = kind;
    return *this;
  }

  // What the entry of that name is, where it is not a dict.
  CheckpointBuilder& Entry(std::string name, std::string type) {
    types_[std::move(name)] = std::move(type);
    return *this;
  }

  // No steps: the tensor is the root.
  CheckpointBuilder& Tensor(const std::vector<std::string>& steps,
                            const TensorSpec& spec = {}) {
    ptscope::Tensor t = Make(spec);
    if (steps.empty()) {
      t.path = kNone;
      checkpoint_.root_kind = RootKind::kTensor;
    } else {
      std::string name;
      t.path = Containers(steps, name);
      t.name = Text(Join(name, steps.back(), t.path == 0));
    }
    checkpoint_.tensors.push_back(t);
    return *this;
  }

  // A tensor that a state_dict would not hold.
  CheckpointBuilder& Extra(const TensorSpec& spec) {
    checkpoint_.extras.push_back(Make(spec));
    return *this;
  }

  // Adds parts to the last tensor.
  CheckpointBuilder& Components(const std::vector<TensorSpec>& specs) {
    std::vector<ptscope::Tensor> parts;
    for (const TensorSpec& spec : specs) parts.push_back(Make(spec));
    ptscope::Tensor& t = checkpoint_.tensors.back();
    t.layout = Layout::kSparseCoo;
    DetailOf(t).components =
        checkpoint_.arena().Copy(std::span<const ptscope::Tensor>(parts));
    return *this;
  }

  Checkpoint Build() {
    std::map<std::string_view, uint64_t> below;
    for (const ptscope::Tensor& t : checkpoint_.tensors) {
      if (t.path == kNone || t.path == 0) continue;
      ++below[checkpoint_.PathOf(t).front()];
    }
    for (size_t i = 1; i < checkpoint_.paths.size(); ++i) {
      const PathNode& node = checkpoint_.paths[i];
      if (node.parent != 0) continue;
      const auto type = types_.find(node.step);
      checkpoint_.entries.push_back(
          {.name = node.step,
           .type = type == types_.end() ? "dict" : Text(type->second),
           .value = {},
           .tensors = below[node.step]});
    }
    return std::move(checkpoint_);
  }

 private:
  static std::string Join(const std::string& prefix, const std::string& step,
                          bool in_root) {
    return in_root ? step : prefix + "." + step;
  }

  std::string_view Text(const std::string& text) {
    return checkpoint_.arena().Copy(text);
  }

  TensorDetail& DetailOf(ptscope::Tensor& t) {
    if (t.detail == kNone) {
      t.detail = static_cast<uint32_t>(checkpoint_.details.size());
      checkpoint_.details.emplace_back();
    }
    return checkpoint_.details[t.detail];
  }

  // The container of the last step, made where it is missing, and its name.
  uint32_t Containers(const std::vector<std::string>& steps,
                      std::string& name) {
    uint32_t at = 0;
    for (size_t i = 0; i + 1 < steps.size(); ++i) {
      name = Join(name, steps[i], at == 0);
      auto [known, fresh] = nodes_.try_emplace(
          {at, steps[i]}, static_cast<uint32_t>(checkpoint_.paths.size()));
      if (fresh) {
        checkpoint_.paths.push_back(
            {.parent = at,
             .prefix = static_cast<uint32_t>(name.size()),
             .step = Text(steps[i])});
      }
      at = known->second;
    }
    return at;
  }

  ptscope::Tensor Make(const TensorSpec& spec) {
    ptscope::Tensor t;
    t.dtype = spec.dtype;
    t.numel = 1;
    for (const int64_t size : spec.shape) {
      t.numel *= static_cast<uint64_t>(size);
    }
    t.nbytes = (t.numel * BitsPerElement(t.dtype) + 7) / 8;
    t.storage_offset = spec.offset;
    t.shape = checkpoint_.arena().Copy(std::span<const int64_t>(spec.shape));
    std::vector<int64_t> stride(spec.shape.size());
    int64_t step = 1;
    for (size_t i = stride.size(); i-- > 0;) {
      stride[i] = step;
      step *= spec.shape[i];
    }
    t.stride = checkpoint_.arena().Copy(
        std::span<const int64_t>(spec.stride ? *spec.stride : stride));
    t.storage = spec.storage ? *spec.storage : NewStorage(spec, t.nbytes);
    if (!spec.problem.empty()) DetailOf(t).problem = Text(spec.problem);
    return t;
  }

  uint32_t NewStorage(const TensorSpec& spec, uint64_t nbytes) {
    const auto index = static_cast<uint32_t>(checkpoint_.storages.size());
    if (spec.storage_nbytes != 0) nbytes = spec.storage_nbytes;
    const std::string_view key = Text(std::to_string(index));
    Record record;
    record.name = key;
    record.stored = record.size = nbytes;
    checkpoint_.storages.push_back(
        {.key = key,
         .location = "cpu",
         .nbytes = nbytes,
         .record = static_cast<uint32_t>(checkpoint_.records.size()),
         .dtype = spec.dtype});
    checkpoint_.records.push_back(record);
    return index;
  }

  Checkpoint checkpoint_;
  std::map<std::string, std::string, std::less<>> types_;
  std::map<std::pair<uint32_t, std::string>, uint32_t> nodes_;
};

}  // namespace ptscope::test

#endif  // PTSCOPE_TESTS_SUPPORT_CHECKPOINT_BUILDER_H_
