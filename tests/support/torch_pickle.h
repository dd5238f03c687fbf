// Pieces of torch's pickles, each the opcodes that leave one value on the
// stack, and a listing of what a pickle holds as text.
//
//   ListOf(Dict({{Str("w"), RebuildV2(StorageId("0", 4), {4}, {1})}}))
//     "w float32 [4] [1] @0 storage 0"
#ifndef PTSCOPE_TESTS_SUPPORT_TORCH_PICKLE_H_
#define PTSCOPE_TESTS_SUPPORT_TORCH_PICKLE_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/key_table.h"
#include "pickle/machine.h"
#include "ptscope/checkpoint.h"
#include "support/pickle_builder.h"
#include "torch/walk.h"

namespace ptscope::test {

using Piece = std::string;
using Pieces = std::vector<Piece>;

inline Piece Join(const Pieces& pieces) {
  Piece joined;
  for (const Piece& piece : pieces) joined += piece;
  return joined;
}
inline Piece Str(std::string_view text) {
  return PickleBuilder().BinUnicode(text).bytes();
}
inline Piece Int(int64_t n) {
  return PickleBuilder().Long1(Little(static_cast<uint64_t>(n), 8)).bytes();
}
inline Piece None() { return "N"; }
inline Piece True() { return "\x88"; }
inline Piece False() { return "\x89"; }
inline Piece Tuple(const Pieces& members) { return "(" + Join(members) + "t"; }
inline Piece Ints(const std::vector<int64_t>& numbers) {
  Pieces members;
  for (const int64_t n : numbers) members.push_back(Int(n));
  return Tuple(members);
}
inline Piece MakeList(const Pieces& members) {
  return "](" + Join(members) + "e";
}
inline Piece Dict(const std::vector<std::pair<Piece, Piece>>& items) {
  Piece joined = "}(";
  for (const auto& [key, value] : items) (joined += key) += value;
  return joined + "u";
}
inline Piece Global(std::string_view module, std::string_view name) {
  return PickleBuilder().Global(module, name).bytes();
}
// callable(args)
inline Piece Call(const Piece& callable, const Pieces& args) {
  return callable + Tuple(args) + "R";
}
inline Piece New(const Piece& cls, const Pieces& args = {}) {
  return cls + Tuple(args) + "\x81";
}
inline Piece WithState(const Piece& object, const Piece& state) {
  return object + state + "b";
}
inline Piece WithItems(const Piece& object,
                       const std::vector<std::pair<Piece, Piece>>& items) {
  return object + Dict(items).substr(1);
}
inline Piece Put(uint8_t n) { return PickleBuilder().BinPut(n).bytes(); }
inline Piece Get(uint8_t n) { return PickleBuilder().BinGet(n).bytes(); }
inline Piece Persistent(const Piece& id) { return id + "Q"; }

inline Piece OrderedDict() {
  return Call(Global("collections", "OrderedDict"), {});
}
inline Piece StorageId(std::string_view key, int64_t numel,
                       std::string_view cls = "FloatStorage",
                       std::string_view location = "cpu") {
  return Persistent(Tuple({Str("storage"), Global("torch", cls), Str(key),
                           Str(location), Int(numel)}));
}
inline Piece Utils(std::string_view function) {
  return Global("torch._utils", function);
}
inline Piece RebuildV2(const Piece& storage, const std::vector<int64_t>& size,
                       const std::vector<int64_t>& stride, int64_t offset = 0,
                       bool requires_grad = false) {
  return Call(Utils("_rebuild_tensor_v2"),
              {storage, Int(offset), Ints(size), Ints(stride),
               requires_grad ? True() : False(), OrderedDict()});
}
// Four floats in the storage "0".
inline Piece Small() { return RebuildV2(StorageId("0", 4), {4}, {1}); }

// A record that a storage key names.
struct Content {
  std::string_view key;
  uint64_t size;
  bool encrypted = false;
  uint16_t method = 0;
};

// Runs a pickle and lists it against records that are named by storage keys.
class Lister {
 public:
  explicit Lister(const std::vector<Content>& records = {{"0", 16},
                                                         {"1", 16}}) {
    for (const Content& content : records) {
      Record record;
      record.name = content.key;
      record.size = record.stored = content.size;
      record.encrypted = content.encrypted;
      record.method_code = content.method;
      record.method = content.method == 0 ? Record::Method::kStored
                                          : Record::Method::kOther;
      by_key_.Insert(content.key,
                     static_cast<uint32_t>(checkpoint_.records.size()));
      checkpoint_.records.push_back(record);
    }
  }

  Lister& With(const Limits& limits) {
    limits_ = limits;
    return *this;
  }

  // Reads what load_state_dict() looks at beside tensors, too.
  Lister& WithMetadata() {
    metadata_ = true;
    return *this;
  }

  Status Run(const Piece& root) {
    pickle_ = root + '.';
    const auto bytes = AsBytes(pickle_);
    PTSCOPE_TRY(const auto program,
                pickle::Run(bytes, "data.pkl", limits_, values_));
    root_ = program.root;
    const torch::StorageRecords records{by_key_, "data/"};
    return torch::ListTensors(values_, program.root, records, "data.pkl",
                              bytes.size(), limits_, checkpoint_, metadata_);
  }

  // Run, and a line for each tensor; or the error.
  std::string Lines(const Piece& root) {
    if (const auto status = Run(root); !status) return status.error().Text();
    std::string text;
    for (const Tensor& tensor : checkpoint_.tensors) {
      if (!text.empty()) text += '\n';
      text += Line(tensor);
    }
    for (const Tensor& tensor : checkpoint_.extras) {
      if (!text.empty()) text += '\n';
      text += "extra " + Line(tensor);
    }
    return text;
  }

  // Names alone, with commas.
  std::string Names(const Piece& root) {
    if (const auto status = Run(root); !status) return status.error().Text();
    std::string text;
    for (const Tensor& tensor : checkpoint_.tensors) {
      if (&tensor != checkpoint_.tensors.data()) text += ", ";
      text += tensor.name;
    }
    for (const Tensor& tensor : checkpoint_.extras) {
      if (!checkpoint_.tensors.empty() || !text.empty()) text += ", ";
      (text += "extra ") += tensor.name;
    }
    return text;
  }

  const Checkpoint& checkpoint() const { return checkpoint_; }
  const pickle::Values& values() const { return values_; }
  pickle::Ref root() const { return root_; }

  static std::string Dims(std::span<const int64_t> dims) {
    std::string text = "[";
    for (const int64_t n : dims) {
      if (text.size() > 1) text += ',';
      text += n == kIrregular ? "*" : std::to_string(n);
    }
    return text + "]";
  }

  std::string Line(const Tensor& t) const {
    std::string text(t.name);
    (text += ' ') += ToName(t.dtype);
    (text += ' ') += Dims(t.shape);
    if (t.layout == Layout::kStrided) (text += ' ') += Dims(t.stride);
    if (t.storage != kNone) {
      text += " @" + std::to_string(t.storage_offset);
      (text += " storage ") += checkpoint_.storages[t.storage].key;
    }
    if (t.layout != Layout::kStrided) (text += ' ') += ToName(t.layout);
    if (t.kind != Kind::kTensor) (text += ' ') += ToName(t.kind);
    if (t.requires_grad == 1) text += " grad";
    if (t.requires_grad == -1) text += " grad?";
    const TensorDetail* detail = checkpoint_.DetailOf(t);
    if (detail == nullptr) return text;
    if (!detail->class_name.empty()) {
      (text += " class ") += detail->class_name;
    }
    if (!detail->device.empty()) (text += " device ") += detail->device;
    if (!detail->global_shape.empty()) {
      text += " global " + Dims(detail->global_shape);
    }
    if (const Quantizer* q = detail->quantizer) {
      (text += " quantizer ") += q->scheme;
      text += q->parameters.empty() ? " " + std::to_string(q->scale) + " " +
                                          std::to_string(q->zero_point)
                                    : " axis " + std::to_string(q->axis);
      text += Parts(q->parameters);
    }
    text += Parts(detail->components);
    if (!detail->problem.empty()) (text += " problem: ") += detail->problem;
    return text;
  }

 private:
  std::string Parts(std::span<const Tensor> parts) const {
    std::string text;
    for (const Tensor& part : parts) {
      (text += text.empty() ? " (" : "; ") += Line(part);
    }
    return parts.empty() ? text : text + ")";
  }

  Piece pickle_;
  KeyTable by_key_;
  Limits limits_;
  bool metadata_ = false;
  pickle::Values values_;
  pickle::Ref root_;
  Checkpoint checkpoint_;
};

inline std::string ListOf(const Piece& root) { return Lister().Lines(root); }
inline std::string NamesOf(const Piece& root) { return Lister().Names(root); }

}  // namespace ptscope::test

#endif  // PTSCOPE_TESTS_SUPPORT_TORCH_PICKLE_H_
