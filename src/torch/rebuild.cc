#include "torch/rebuild.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/arena.h"
#include "base/checked_math.h"
#include "base/damaged.h"
#include "base/wide.h"
#include "model/measure.h"
#include "model/row_major.h"
#include "torch/storage_problems.h"

namespace ptscope::torch {

using pickle::Call;
using pickle::Kind;
using pickle::Ref;

namespace {

// A tensor within a tensor within a tensor: quantized parameters of a wrapper
// subclass need three.
constexpr int kMaxDepth = 8;

Status NeedArgs(std::span<const Ref> args, size_t least) {
  if (args.size() >= least) return {};
  return Damaged("its rebuild function has too few arguments",
                 fmt::format("{}", args.size()), fmt::format("{}", least));
}

bool IsRebuild(Meaning meaning) {
  return meaning >= Meaning::kRebuildTensor &&
         meaning <= Meaning::kRebuildFromType;
}

bool IsText(Kind kind) { return kind == Kind::kStr || kind == Kind::kPy2Str; }

// Names of the parts of a compressed sparse tensor. Source: torch/_utils.py,
// _rebuild_sparse_tensor.
std::array<std::string_view, 3> SparseParts(Layout layout) {
  if (layout == Layout::kSparseCsr || layout == Layout::kSparseBsr) {
    return {"crow_indices", "col_indices", "values"};
  }
  return {"ccol_indices", "row_indices", "values"};
}

}  // namespace

bool TensorReader::IsTensor(Ref ref) {
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    const auto inner = WrappedBy(ref);
    if (!inner) return IsBareTensor(ref);
    ref = *inner;
  }
  return false;
}

// What a Parameter or a Variable of an old form is of.
std::optional<Ref> TensorReader::WrappedBy(Ref ref) {
  if (!values_.Is(ref, Kind::kObject)) return std::nullopt;
  const Meaning meaning = globals_.MeaningOf(values_.CallableOf(ref));
  if (meaning != Meaning::kParameterClass &&
      meaning != Meaning::kVariableClass) {
    return std::nullopt;
  }
  const auto args = values_.ItemsOf(values_.ArgsOf(ref));
  if (!args.empty()) return args[0];
  const auto state = values_.StateOf(ref);
  if (!values_.Is(state, Kind::kTuple)) return std::nullopt;
  const auto parts = values_.ItemsOf(state);
  return parts.empty() ? std::nullopt : std::optional(parts[0]);
}

bool TensorReader::IsBareTensor(Ref ref) {
  if (!values_.Is(ref, Kind::kObject)) return false;
  const Ref callable = values_.CallableOf(ref);
  if (!values_.Is(callable, Kind::kGlobal)) return false;
  const Meaning meaning = globals_.Of(callable).meaning;
  if (meaning == Meaning::kRebuildFromType) {
    const auto args = values_.ItemsOf(values_.ArgsOf(ref));
    // A function of somebody else gives we know not what.
    return args.size() >= 3 && IsRebuild(globals_.MeaningOf(args[0]));
  }
  if (IsRebuild(meaning)) {
    return values_.CallOf(ref) == Call::kReduce ||
           values_.CallOf(ref) == Call::kInst;
  }
  switch (meaning) {
    case Meaning::kLegacyTensorClass:
      return values_.Is(values_.StateOf(ref), Kind::kTuple) &&
             values_.ItemsOf(values_.StateOf(ref)).size() >= 4;
    case Meaning::kShardedTensor:
      return values_.Is(values_.StateOf(ref), Kind::kTuple) &&
             values_.ItemsOf(values_.StateOf(ref)).size() >= 2;
    case Meaning::kTensorById:
      return table_ != nullptr;
    default:
      return false;
  }
}

Ref TensorReader::AttributesOf(Ref ref) {
  const Meaning meaning = globals_.MeaningOf(values_.CallableOf(ref));
  const auto args = values_.ItemsOf(values_.ArgsOf(ref));
  switch (meaning) {
    case Meaning::kRebuildFromType:
      return args.size() > 3 &&
                     globals_.MeaningOf(args[0]) != Meaning::kRebuildJagged
                 ? args[3]
                 : Ref::kAbsent;
    case Meaning::kRebuildParameterWithState:
      return args.size() > 3 ? args[3] : Ref::kAbsent;
    case Meaning::kParameterClass:
    case Meaning::kVariableClass:
    case Meaning::kLegacyTensorClass:
    case Meaning::kTensorById:
      return Ref::kAbsent;
    default:
      return values_.StateOf(ref);
  }
}

Status TensorReader::Read(Ref ref, Tensor& to, int depth) {
  if (depth > kMaxDepth) return Damaged("it is nested too deep in tensors");
  const GlobalFact fact = globals_.Of(values_.CallableOf(ref));
  switch (fact.meaning) {
    case Meaning::kParameterClass:
    case Meaning::kVariableClass:
    case Meaning::kLegacyTensorClass:
      return FromState(ref, fact, to, depth);
    case Meaning::kShardedTensor:
      return Sharded(ref, to);
    case Meaning::kTensorById:
      return FromTable(ref, to);
    default:
      return Rebuild(fact.meaning, values_.ItemsOf(values_.ArgsOf(ref)), to,
                     depth);
  }
}

Status TensorReader::Rebuild(Meaning meaning, Args args, Tensor& to,
                             int depth) {
  switch (meaning) {
    case Meaning::kRebuildTensorV2:
      PTSCOPE_CHECK(NeedArgs(args, 6));
      SetRequiresGrad(args[4], to);
      if (args.size() > 6) SetMetadata(args[6], to);
      return FromStorage(args, to, Dtype::kUnknown);
    case Meaning::kRebuildTensor:
      PTSCOPE_CHECK(NeedArgs(args, 4));
      return FromStorage(args, to, Dtype::kUnknown);
    case Meaning::kRebuildTensorV3: {
      PTSCOPE_CHECK(NeedArgs(args, 7));
      SetRequiresGrad(args[4], to);
      PTSCOPE_CHECK(SetDtype(args[6], to));
      if (args.size() > 7) SetMetadata(args[7], to);
      return FromStorage(args, to, to.dtype);
    }
    case Meaning::kRebuildParameter:
    case Meaning::kRebuildParameterWithState:
      return Parameter(args, to, depth);
    case Meaning::kRebuildQtensor:
      return Quantized(args, to, depth);
    case Meaning::kRebuildSparseTensor:
    case Meaning::kRebuildSparseCsrTensor:
      return Sparse(args, to, depth);
    case Meaning::kRebuildNestedTensor:
      return Nested(args, to, depth);
    case Meaning::kRebuildJagged:
      return Jagged(args, to, depth);
    case Meaning::kRebuildMetaTensor:
      return Meta(args, to);
    case Meaning::kRebuildDeviceTensorFromNumpy:
      return FromNumpy(args, to);
    case Meaning::kRebuildDeviceTensorFromCpu:
      PTSCOPE_CHECK(NeedArgs(args, 4));
      if (!IsTensor(args[0])) return Damaged("it is made of no tensor");
      PTSCOPE_CHECK(Read(args[0], to, depth + 1));
      SetRequiresGrad(args[3], to);
      return {};
    case Meaning::kRebuildWrapperSubclass:
      return WrapperSubclass(args, to);
    case Meaning::kRebuildFromType:
      return FromType(args, to, depth);
    default:
      return Damaged("its rebuild function is not known");
  }
}

// (storage, offset, size, stride, …). A dtype of kUnknown: the storage's.
Status TensorReader::FromStorage(Args args, Tensor& to, Dtype dtype) {
  PTSCOPE_TRY(const StorageView storage, storages_.Read(args[0]));
  if (dtype == Dtype::kUnknown) dtype = storage.dtype;
  return Place(storage, dtype, args[1], args[2], args[3], to);
}

Status TensorReader::Place(StorageView storage, Dtype dtype, Ref offset,
                           Ref size, Ref stride, Tensor& to) {
  to.storage = storage.index;
  to.dtype = dtype == Dtype::kUntyped ? Dtype::kUint8 : dtype;
  if (!values_.Is(offset, Kind::kInt) || values_.IntOf(offset) < 0) {
    return Damaged("its storage offset is no number of elements",
                   values_.Is(offset, Kind::kInt)
                       ? fmt::format("{}", values_.IntOf(offset))
                       : "",
                   "0 or more");
  }
  to.storage_offset = static_cast<uint64_t>(values_.IntOf(offset));
  PTSCOPE_CHECK(SetShape(size, to));
  PTSCOPE_CHECK(SetStride(stride, to));
  PTSCOPE_CHECK(Measure(to));
  FindProblem(to);
  return {};
}

// Old forms: REDUCE with (tensor, requires_grad); NEWOBJ with a state of
// (tensor, _, hooks, requires_grad, volatile); a tensor class with a state of
// (storage, offset, size, stride).
Status TensorReader::FromState(Ref ref, const GlobalFact& fact, Tensor& to,
                               int depth) {
  if (fact.meaning == Meaning::kLegacyTensorClass) {
    return FromStorage(values_.ItemsOf(values_.StateOf(ref)), to,
                       Dtype::kUnknown);
  }
  const auto args = values_.ItemsOf(values_.ArgsOf(ref));
  const Ref state = values_.StateOf(ref);
  const auto parts =
      values_.Is(state, Kind::kTuple) ? values_.ItemsOf(state) : Args();
  PTSCOPE_CHECK(Read(*WrappedBy(ref), to, depth + 1));
  if (fact.meaning == Meaning::kParameterClass)
    to.kind = ptscope::Kind::kParameter;
  if (!args.empty()) {
    if (args.size() > 1) SetRequiresGrad(args[1], to);
    if (!parts.empty()) SetRequiresGrad(parts[0], to);
  } else if (parts.size() > 3) {
    SetRequiresGrad(parts[3], to);
  }
  return {};
}

// (tensor, requires_grad, hooks[, state]); the inner tensor says False.
Status TensorReader::Parameter(Args args, Tensor& to, int depth) {
  PTSCOPE_CHECK(NeedArgs(args, 3));
  if (!IsTensor(args[0])) return Damaged("it is a parameter of no tensor");
  PTSCOPE_CHECK(Read(args[0], to, depth + 1));
  to.kind = ptscope::Kind::kParameter;
  SetRequiresGrad(args[1], to);
  return {};
}

// (storage, offset, size, stride, quantizer, requires_grad, hooks).
Status TensorReader::Quantized(Args args, Tensor& to, int depth) {
  PTSCOPE_CHECK(NeedArgs(args, 7));
  SetRequiresGrad(args[5], to);
  PTSCOPE_CHECK(FromStorage(args, to, Dtype::kUnknown));
  if (!values_.Is(args[4], Kind::kTuple))
    return Damaged("its quantizer is no tuple");
  const auto parts = values_.ItemsOf(args[4]);
  if (parts.size() < 3 || !values_.Is(parts[0], Kind::kGlobal)) {
    return Damaged("its quantizer names no scheme");
  }
  auto* quantizer = checkpoint_.arena().Allocate<Quantizer>(1);
  *quantizer = {};
  std::string scheme = globals_.NameOf(parts[0]);
  if (scheme.starts_with("torch.")) scheme.erase(0, 6);
  quantizer->scheme = checkpoint_.arena().Copy(std::string_view(scheme));
  if (parts.size() == 3) {
    if (values_.Is(parts[1], Kind::kFloat)) {
      quantizer->scale = values_.FloatOf(parts[1]);
    }
    if (values_.Is(parts[2], Kind::kInt)) {
      quantizer->zero_point = values_.IntOf(parts[2]);
    }
    DetailOf(to).quantizer = quantizer;
    return {};
  }
  if (values_.Is(parts[3], Kind::kInt)) {
    quantizer->axis = values_.IntOf(parts[3]);
  }
  // Old files hold lists here, which are no tensors.
  if (IsTensor(parts[1]) && IsTensor(parts[2])) {
    static constexpr std::string_view kNames[] = {"scales", "zero_points"};
    Tensor holder;
    PTSCOPE_CHECK(Components(parts.subspan(1, 2), kNames, holder, depth));
    quantizer->parameters = DetailOf(holder).components;
    if (const auto problem = checkpoint_.ProblemOf(holder); !problem.empty()) {
      DetailOf(to).problem = problem;
    }
  }
  DetailOf(to).quantizer = quantizer;
  return {};
}

// (layout, data): COO data is (indices, values, size[, is_coalesced]), the
// compressed ones (compressed_indices, plain_indices, values, size). The old
// _rebuild_sparse_csr_tensor has the same.
Status TensorReader::Sparse(Args args, Tensor& to, int depth) {
  PTSCOPE_CHECK(NeedArgs(args, 2));
  if (values_.Is(args[0], Kind::kInt)) return ScriptSparse(args, to, depth);
  std::optional<Layout> layout;
  if (values_.Is(args[0], Kind::kObject)) {
    const auto words = values_.ItemsOf(values_.ArgsOf(args[0]));
    if (words.size() == 1) {
      std::string_view text = TextOf(words[0]);
      if (text.starts_with("torch.")) text.remove_prefix(6);
      layout = LayoutFromName(text);
    }
  }
  if (!layout || *layout == Layout::kStrided || *layout > Layout::kSparseBsc) {
    return Damaged("its sparse layout is not known");
  }
  if (!values_.Is(args[1], Kind::kTuple)) {
    return Damaged("its sparse parts are no tuple");
  }
  const auto data = values_.ItemsOf(args[1]);
  const size_t parts = *layout == Layout::kSparseCoo ? 2 : 3;
  PTSCOPE_CHECK(NeedArgs(data, parts + 1));
  return SparseComponents(*layout, data.first(parts), data[parts], to, depth);
}

// The C++ pickler's arguments of the same function: (layout, size,
// requires_grad, indices, values, hooks) or (layout, size, requires_grad,
// compressed_indices, plain_indices, values, hooks), with c10::Layout's number.
Status TensorReader::ScriptSparse(Args args, Tensor& to, int depth) {
  static constexpr Layout kByNumber[] = {
      Layout::kStrided,   Layout::kSparseCoo, Layout::kSparseCsr,
      Layout::kMkldnn,    Layout::kSparseCsc, Layout::kSparseBsr,
      Layout::kSparseBsc,
  };
  const int64_t number = values_.IntOf(args[0]);
  if (number < 1 || number >= std::ssize(kByNumber) ||
      kByNumber[number] == Layout::kMkldnn) {
    return Damaged("its sparse layout is not known", fmt::format("{}", number));
  }
  const Layout layout = kByNumber[number];
  const size_t parts = layout == Layout::kSparseCoo ? 2 : 3;
  PTSCOPE_CHECK(NeedArgs(args, parts + 3));
  SetRequiresGrad(args[2], to);
  return SparseComponents(layout, args.subspan(3, parts), args[1], to, depth);
}

Status TensorReader::SparseComponents(Layout layout, Args parts, Ref size,
                                      Tensor& to, int depth) {
  to.layout = layout;
  PTSCOPE_CHECK(SetShape(size, to));
  static constexpr std::string_view kCoo[] = {"indices", "values"};
  const auto compressed = SparseParts(layout);
  PTSCOPE_CHECK(Components(parts,
                           layout == Layout::kSparseCoo
                               ? std::span<const std::string_view>(kCoo)
                               : std::span<const std::string_view>(compressed),
                           to, depth));
  to.dtype = DetailOf(to).components.back().dtype;
  const uint64_t nbytes = to.nbytes;
  PTSCOPE_CHECK(Measure(to));
  to.nbytes = nbytes;
  return {};
}

// (buffer, sizes, strides, storage_offsets): `sizes` is a tensor of n rows, one
// a member, and a column a dimension; its values are not read.
Status TensorReader::Nested(Args args, Tensor& to, int depth) {
  PTSCOPE_CHECK(NeedArgs(args, 4));
  to.layout = Layout::kNested;
  static constexpr std::string_view kNames[] = {"buffer", "sizes", "strides",
                                                "storage_offsets"};
  // Early 2.0 wrote the offsets as a list.
  const size_t parts = IsTensor(args[3]) ? 4 : 3;
  PTSCOPE_CHECK(
      Components(args.first(parts), std::span(kNames).first(parts), to, depth));
  const auto components = DetailOf(to).components;
  to.dtype = components[0].dtype;
  to.numel = components[0].numel;
  const auto sizes = components[1].shape;
  scratch_.assign(1, sizes.empty() ? 0 : sizes[0]);
  const int64_t rank = sizes.size() > 1 ? sizes[1] : 0;
  if (rank < 0 || static_cast<uint64_t>(rank) > limits_.dimensions) {
    return Damaged("its nested sizes have too many columns");
  }
  scratch_.insert(scratch_.end(), static_cast<size_t>(rank), kIrregular);
  to.shape = checkpoint_.arena().Copy(std::span<const int64_t>(scratch_));
  return {};
}

// One dict of constructor arguments. Values are joined along the ragged
// dimension, `_ragged_idx` of the nested shape; `offsets` has one more element
// than there are members.
Status TensorReader::Jagged(Args args, Tensor& to, int depth) {
  PTSCOPE_CHECK(NeedArgs(args, 1));
  if (!values_.Is(args[0], Kind::kDict)) {
    return Damaged("its jagged parts are no dict");
  }
  to.layout = Layout::kJagged;
  Ref parts[3];
  std::string_view names[3];
  size_t count = 0;
  for (const std::string_view name : {"values", "offsets", "lengths"}) {
    const Ref part = dicts_.Find(args[0], name);
    if (part == Ref::kAbsent || !IsTensor(part)) continue;
    parts[count] = part;
    names[count++] = name;
  }
  if (count < 2 || names[0] != "values" || names[1] != "offsets") {
    return Damaged("its jagged parts lack values or offsets");
  }
  PTSCOPE_CHECK(Components(std::span(parts).first(count),
                           std::span(names).first(count), to, depth));
  const auto components = DetailOf(to).components;
  const Tensor& data = components[0];
  to.dtype = data.dtype;
  to.numel = data.numel;
  const Ref ragged_ref = dicts_.Find(args[0], "_ragged_idx");
  const int64_t ragged =
      ragged_ref != Ref::kAbsent && values_.Is(ragged_ref, Kind::kInt)
          ? values_.IntOf(ragged_ref)
          : 1;
  const auto rows = components[1].shape;
  scratch_.assign(1, rows.empty() ? 0 : std::max<int64_t>(rows[0] - 1, 0));
  scratch_.insert(scratch_.end(), data.shape.begin(), data.shape.end());
  if (ragged < 1 || static_cast<uint64_t>(ragged) >= scratch_.size()) {
    return Damaged("its ragged dimension does not exist",
                   fmt::format("{}", ragged));
  }
  scratch_[static_cast<size_t>(ragged)] = kIrregular;
  to.shape = checkpoint_.arena().Copy(std::span<const int64_t>(scratch_));
  if (const Ref flag = dicts_.Find(args[0], "requires_grad");
      flag != Ref::kAbsent) {
    SetRequiresGrad(flag, to);
  }
  return {};
}

// (dtype, size, stride, requires_grad).
Status TensorReader::Meta(Args args, Tensor& to) {
  PTSCOPE_CHECK(NeedArgs(args, 4));
  PTSCOPE_CHECK(SetDtype(args[0], to));
  PTSCOPE_CHECK(SetShape(args[1], to));
  PTSCOPE_CHECK(SetStride(args[2], to));
  SetRequiresGrad(args[3], to);
  DetailOf(to).device = "meta";
  return Measure(to);
}

// (ndarray, dtype, device, requires_grad). The array is
// numpy's _reconstruct with a state of (1, shape, dtype, fortran, data).
Status TensorReader::FromNumpy(Args args, Tensor& to) {
  PTSCOPE_CHECK(NeedArgs(args, 4));
  PTSCOPE_CHECK(SetDtype(args[1], to));
  if (!values_.Is(args[0], Kind::kObject) ||
      !values_.Is(values_.StateOf(args[0]), Kind::kTuple) ||
      values_.ItemsOf(values_.StateOf(args[0])).size() < 5) {
    return Damaged("it is made of no NumPy array");
  }
  PTSCOPE_CHECK(SetShape(values_.ItemsOf(values_.StateOf(args[0]))[1], to));
  PTSCOPE_CHECK(SetContiguous(to));
  SetRequiresGrad(args[3], to);
  const std::string_view device = TextOf(args[2]);
  DetailOf(to).device = checkpoint_.arena().Copy(device);
  return Measure(to);
}

// (cls, dtype, size, stride, storage_offset, layout, device, requires_grad):
// the outside of a subclass; the parts are in its state.
Status TensorReader::WrapperSubclass(Args args, Tensor& to) {
  PTSCOPE_CHECK(NeedArgs(args, 8));
  PTSCOPE_CHECK(SetDtype(args[1], to));
  PTSCOPE_CHECK(SetShape(args[2], to));
  PTSCOPE_CHECK(SetStride(args[3], to));
  SetRequiresGrad(args[7], to);
  TensorDetail& detail = DetailOf(to);
  if (globals_.MeaningOf(args[0]) == Meaning::kDTensor ||
      globals_.MeaningOf(args[0]) == Meaning::kShardedTensor) {
    detail.global_shape = to.shape;
  }
  if (values_.Is(args[6], Kind::kObject)) {  // torch.device("cuda", 1)
    const auto words = values_.ItemsOf(values_.ArgsOf(args[6]));
    if (!words.empty()) {
      std::string device(TextOf(words[0]));
      if (words.size() > 1 && values_.Is(words[1], Kind::kInt)) {
        device += fmt::format(":{}", values_.IntOf(words[1]));
      }
      detail.device = checkpoint_.arena().Copy(std::string_view(device));
    }
  }
  return Measure(to);
}

// (function, type, args, state): a subclass, or a tensor with attributes.
Status TensorReader::FromType(Args args, Tensor& to, int depth) {
  PTSCOPE_CHECK(NeedArgs(args, 3));
  if (!values_.Is(args[2], Kind::kTuple)) {
    return Damaged("the arguments of its rebuild function are no tuple");
  }
  if (depth >= kMaxDepth) return Damaged("it is nested too deep in tensors");
  PTSCOPE_CHECK(Rebuild(globals_.MeaningOf(args[0]), values_.ItemsOf(args[2]),
                        to, depth + 1));
  Ref state = args.size() > 3 ? args[3] : Ref::kNone;
  if (values_.Is(state, Kind::kTuple) && !values_.ItemsOf(state).empty()) {
    state = values_.ItemsOf(state)[0];
  }
  if (values_.Is(state, Kind::kDict)) {
    if (dicts_.Find(state, "_is_param") == Ref::kTrue) {
      to.kind = ptscope::Kind::kParameter;
    }
    if (dicts_.Find(state, "_is_buffer") == Ref::kTrue) {
      to.kind = ptscope::Kind::kBuffer;
    }
  }
  if (!values_.Is(args[1], Kind::kGlobal)) return {};
  switch (globals_.Of(args[1]).meaning) {
    case Meaning::kTensorClass:
    case Meaning::kNestedTensorClass:
      return {};
    case Meaning::kParameterClass:
      to.kind = ptscope::Kind::kParameter;
      return {};
    case Meaning::kBufferClass:
      to.kind = ptscope::Kind::kBuffer;
      return {};
    default:
      break;
  }
  const std::string name = globals_.NameOf(args[1]);
  DetailOf(to).class_name = checkpoint_.arena().Copy(std::string_view(name));
  return args.size() > 3 && !DetailOf(to).global_shape.empty()
             ? SetLocalShape(args[3], to)
             : Status();
}

// An attribute of an object that BUILD gave a dict, or a dict and slots.
Ref TensorReader::Attribute(Ref object, std::string_view name) const {
  if (object == Ref::kAbsent) return object;
  Ref state = object;
  if (values_.Is(object, Kind::kObject)) state = values_.StateOf(object);
  if (state == Ref::kAbsent) return state;
  if (values_.Is(state, Kind::kDict)) return dicts_.Find(state, name);
  if (!values_.Is(state, Kind::kTuple)) return Ref::kAbsent;
  const auto parts = values_.ItemsOf(state);
  for (const Ref part : parts.first(std::min<size_t>(parts.size(), 2))) {
    if (!values_.Is(part, Kind::kDict)) continue;
    if (const Ref found = dicts_.Find(part, name); found != Ref::kAbsent) {
      return found;
    }
  }
  return Ref::kAbsent;
}

// A DTensor has its part as an attribute, a ShardedTensor a list of Shards,
// mostly one. The part itself is listed when the walk comes to it.
Status TensorReader::SetLocalShape(Ref state, Tensor& to) {
  Ref part = Attribute(state, "_local_tensor");
  if (part == Ref::kAbsent && values_.Is(state, Kind::kTuple) &&
      !values_.ItemsOf(state).empty()) {
    const Ref shards = values_.ItemsOf(state)[0];
    if (!values_.Is(shards, Kind::kList) || values_.CountOf(shards) != 1) {
      return {};
    }
    values_.ForEachRun(shards, [&](std::span<const Ref> run) {
      part = Attribute(run[0], "tensor");
    });
  }
  PTSCOPE_TRY(const auto local, SizeOf(part));
  if (!local.empty() && !std::ranges::equal(local, to.shape)) {
    DetailOf(to).local_shape = local;
  }
  return {};
}

// Of a plain tensor, or a parameter of one; empty for any other.
Result<std::span<const int64_t>> TensorReader::SizeOf(Ref tensor) {
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    if (tensor == Ref::kAbsent || !IsTensor(tensor)) break;
    const auto args = values_.ItemsOf(values_.ArgsOf(tensor));
    switch (globals_.MeaningOf(values_.CallableOf(tensor))) {
      case Meaning::kRebuildTensor:
      case Meaning::kRebuildTensorV2:
      case Meaning::kRebuildTensorV3:
        if (args.size() < 3) return std::span<const int64_t>();
        return dimensions_.Read(args[2], "size");
      case Meaning::kRebuildParameter:
        if (args.empty()) return std::span<const int64_t>();
        tensor = args[0];
        break;
      default:
        return std::span<const int64_t>();
    }
  }
  return std::span<const int64_t>();
}

// State: (local shards, ShardedTensorMetadata, …). The metadata has `size` and
// `tensor_properties`, whose state begins with the dtype.
Status TensorReader::Sharded(Ref ref, Tensor& to) {
  const auto state = values_.ItemsOf(values_.StateOf(ref));
  const Ref size = Attribute(state[1], "size");
  const Ref properties = Attribute(state[1], "tensor_properties");
  Ref dtype = Attribute(properties, "dtype");
  if (dtype == Ref::kAbsent && properties != Ref::kAbsent &&
      values_.Is(properties, Kind::kObject) &&
      values_.Is(values_.StateOf(properties), Kind::kTuple)) {
    const auto parts = values_.ItemsOf(values_.StateOf(properties));
    if (!parts.empty()) dtype = parts[0];
  }
  if (size == Ref::kAbsent || dtype == Ref::kAbsent) {
    return Damaged("its metadata lacks size or dtype");
  }
  PTSCOPE_CHECK(SetDtype(dtype, to));
  PTSCOPE_CHECK(SetShape(size, to));
  PTSCOPE_CHECK(SetContiguous(to));
  TensorDetail& detail = DetailOf(to);
  detail.global_shape = to.shape;
  const std::string name = globals_.NameOf(values_.CallableOf(ref));
  detail.class_name = checkpoint_.arena().Copy(std::string_view(name));
  to.requires_grad = 0;
  PTSCOPE_CHECK(SetLocalShape(values_.StateOf(ref), to));
  return Measure(to);
}

// REDUCE with the index, or BUILD with it.
Status TensorReader::FromTable(Ref ref, Tensor& to) {
  const auto args = values_.ItemsOf(values_.ArgsOf(ref));
  const Ref index = args.empty() ? values_.StateOf(ref) : args[0];
  if (index == Ref::kAbsent || !values_.Is(index, Kind::kInt)) {
    return Damaged("its index into the table of tensors is no number");
  }
  const int64_t i = values_.IntOf(index);
  if (i < 0 || static_cast<uint64_t>(i) >= table_->size()) {
    return Damaged("its index is not in the table of tensors",
                   fmt::format("{}", i),
                   fmt::format("below {}", table_->size()));
  }
  to = (*table_)[static_cast<size_t>(i)];
  return {};
}

// Reads the parts of a tensor that has no storage of its own; its bytes are
// theirs.
Status TensorReader::Components(std::span<const Ref> parts,
                                std::span<const std::string_view> names,
                                Tensor& to, int depth) {
  auto* components = checkpoint_.arena().Allocate<Tensor>(parts.size());
  uint64_t nbytes = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!IsTensor(parts[i])) {
      return Damaged(fmt::format("its part {} is no tensor", names[i]));
    }
    Tensor part;
    if (auto status = Read(parts[i], part, depth + 1); !status) {
      status.error().message =
          fmt::format("its part {}: {}", names[i], status.error().message);
      return status;
    }
    part.name = checkpoint_.arena().Copy(names[i]);
    const auto sum = CheckedAdd(nbytes, part.nbytes);
    if (!sum) return Damaged("its parts are too large");
    nbytes = *sum;
    if (const auto problem = checkpoint_.ProblemOf(part); !problem.empty()) {
      DetailOf(to).problem = problem;
    }
    components[i] = part;
  }
  to.nbytes = nbytes;
  DetailOf(to).components = {components, parts.size()};
  return {};
}

void TensorReader::SetRequiresGrad(Ref flag, Tensor& to) {
  if (flag == Ref::kTrue || flag == Ref::kFalse) {
    to.requires_grad = flag == Ref::kTrue ? 1 : 0;
  }
}

// {"conj": True, "neg": True}; since 2.0.
void TensorReader::SetMetadata(Ref metadata, Tensor& to) {
  if (!metadata.is_node() || !values_.Is(metadata, Kind::kDict)) return;
  to.conjugate = dicts_.Find(metadata, "conj") == Ref::kTrue;
  to.negative = dicts_.Find(metadata, "neg") == Ref::kTrue;
}

std::string_view TensorReader::TextOf(Ref ref) {
  return IsText(values_.KindOf(ref)) ? values_.TextOf(ref) : std::string_view();
}

Status TensorReader::SetShape(Ref size, Tensor& to) {
  PTSCOPE_TRY(to.shape, dimensions_.Read(size, "size"));
  for (size_t i = 0; i < to.shape.size(); ++i) {
    if (to.shape[i] < 0) {
      return Damaged(fmt::format("dimension {} of its size is negative", i),
                     fmt::format("{}", to.shape[i]));
    }
  }
  return {};
}

Status TensorReader::SetStride(Ref stride, Tensor& to) {
  PTSCOPE_TRY(to.stride, dimensions_.Read(stride, "stride"));
  if (to.stride.size() != to.shape.size()) {
    return Damaged("its size and stride differ in length",
                   fmt::format("{}", to.stride.size()),
                   fmt::format("{}", to.shape.size()));
  }
  for (size_t i = 0; i < to.stride.size(); ++i) {
    if (to.stride[i] < 0) {
      return Damaged(fmt::format("dimension {} of its stride is negative", i),
                     fmt::format("{}", to.stride[i]));
    }
  }
  return {};
}

Status TensorReader::SetContiguous(Tensor& to) {
  scratch_.resize(to.shape.size());
  if (!SetRowMajor(to.shape, scratch_.data())) {
    return Damaged("its size has too many elements");
  }
  to.stride = checkpoint_.arena().Copy(std::span<const int64_t>(scratch_));
  return {};
}

Status TensorReader::SetDtype(Ref dtype, Tensor& to) {
  if (values_.Is(dtype, Kind::kGlobal)) {
    const GlobalFact& fact = globals_.Of(dtype);
    if (fact.meaning == Meaning::kDtype) {
      to.dtype = fact.dtype;
      return {};
    }
    return Error{.code = ErrorCode::kUnsupported,
                 .message = "its dtype is not known",
                 .found = globals_.NameOf(dtype)};
  }
  return Damaged("its dtype is no dtype");
}

TensorDetail& TensorReader::DetailOf(Tensor& to) {
  if (to.detail == kNone) {
    to.detail = static_cast<uint32_t>(checkpoint_.details.size());
    checkpoint_.details.push_back({});
  }
  return checkpoint_.details[to.detail];
}

// The tensor must lie within the storage, and the storage in the file.
void TensorReader::FindProblem(Tensor& to) {
  if (to.numel == 0) return;
  if (const auto problem = storages_.ProblemOf(to.storage); !problem.empty()) {
    DetailOf(to).problem = problem;
    return;
  }
  const std::string words = ExtentProblem(to, checkpoint_.storages[to.storage]);
  if (!words.empty()) {
    DetailOf(to).problem = checkpoint_.arena().Copy(std::string_view(words));
  }
}

}  // namespace ptscope::torch
