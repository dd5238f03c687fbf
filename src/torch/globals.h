// What the globals of torch's pickles mean.
#ifndef PTSCOPE_TORCH_GLOBALS_H_
#define PTSCOPE_TORCH_GLOBALS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "pickle/values.h"
#include "ptscope/dtype.h"

namespace ptscope::torch {

enum class Meaning : uint8_t {
  kUnresolved,  // not looked up yet
  kOther,       // a class or function that is not ours to know
  // Python
  kOrderedDict,
  kDefaultDict,
  kCounter,
  kDeque,
  kSet,
  kFrozenSet,
  kDict,
  kList,
  kTuple,
  kReconstructor,  // copyreg._reconstructor
  kEncode,         // _codecs.encode: bytes
  // Storages and element types; see GlobalFact::dtype
  kStorageClass,
  kUnknownStorageClass,
  kDtype,
  kLoadFromBytes,  // torch.storage._load_from_bytes
  // Functions that rebuild a tensor: torch/_utils.py
  kRebuildTensor,
  kRebuildTensorV2,
  kRebuildTensorV3,
  kRebuildParameter,
  kRebuildParameterWithState,
  kRebuildQtensor,
  kRebuildSparseTensor,
  kRebuildSparseCsrTensor,
  kRebuildNestedTensor,
  kRebuildJagged,  // _rebuild_njt
  kRebuildMetaTensor,
  kRebuildDeviceTensorFromNumpy,
  kRebuildDeviceTensorFromCpu,
  kRebuildWrapperSubclass,
  kRebuildFromType,
  // Classes that are tensors
  kTensorClass,        // torch.Tensor
  kParameterClass,     // torch.nn.parameter.Parameter
  kVariableClass,      // torch.autograd.variable.Variable
  kBufferClass,        // torch.nn.parameter.Buffer
  kLegacyTensorClass,  // torch.FloatTensor, … with a state
  kNestedTensorClass,
  kUninitialized,  // neither shape nor data
  kShardedTensor,
  kDTensor,
  // Small values
  kSize,               // torch.Size
  kDevice,             // torch.device
  kGetLayout,          // torch.serialization._get_layout
  kReduceGraphModule,  // torch.fx.graph_module.reduce_graph_module
  // TorchScript
  kTypeTag,     // torch.jit._pickle: gives its first argument
  kTensorById,  // an index into a table of tensors
};

struct GlobalFact {
  Meaning meaning = Meaning::kUnresolved;
  Dtype dtype = Dtype::kUnknown;
};

// Looks the globals of one stream up, each once.
class Globals {
 public:
  // The values are complete: no global is added later.
  explicit Globals(const pickle::Values& values)
      : values_(values), facts_(values.global_count()) {}

  // Of a kGlobal.
  const GlobalFact& Of(pickle::Ref global) {
    const uint32_t id = values_.GlobalIdOf(global);
    GlobalFact& fact = facts_[id];
    if (fact.meaning == Meaning::kUnresolved) [[unlikely]] {
      fact = Resolve(id);
    }
    return fact;
  }
  // kOther for what is no kGlobal.
  Meaning MeaningOf(pickle::Ref ref) {
    return values_.Is(ref, pickle::Kind::kGlobal) ? Of(ref).meaning
                                                  : Meaning::kOther;
  }
  // One of the stream's globals means this.
  bool Mentions(Meaning meaning);
  // "module.name", after the renames of protocol 2.
  std::string NameOf(pickle::Ref global) const;

 private:
  GlobalFact Resolve(uint32_t id) const;

  const pickle::Values& values_;
  std::vector<GlobalFact> facts_;
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_GLOBALS_H_
