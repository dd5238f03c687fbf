// model.json of a TorchScript archive of PyTorch 1.0 to 1.2: the messages
// ModelDef, ModuleDef and so on of caffe2/proto/torch.proto, as JSON.
#ifndef PTSCOPE_FORMAT_SCRIPT_MODEL_H_
#define PTSCOPE_FORMAT_SCRIPT_MODEL_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "ptscope/checkpoint.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"

namespace ptscope::format {

// TensorDef.
struct ScriptTensor {
  std::string_view key;  // name of the record, within the folder
  std::string_view device;
  std::string_view data_type;  // of caffe2: "FLOAT"
  std::span<const int64_t> dims;
  std::span<const int64_t> strides;
  int64_t offset = 0;
  double scale = 0;
  int64_t zero_point = 0;
  bool quantized = false;
  bool requires_grad = false;
};

// ParameterDef. A tensor of -1 comes from the module's state.
struct ScriptParameter {
  std::string_view name;
  int64_t tensor = 0;
  bool buffer = false;
};

// AttributeDef. A value of -1 comes from the module's state.
struct ScriptAttribute {
  std::string_view name;
  std::string_view type;
  int64_t value = 0;  // in attributes.pkl
};

// ModuleDef.
struct ScriptModule {
  std::string_view name;
  uint32_t parent = kNone;
  uint32_t child = kNone;  // the first
  uint32_t next = kNone;   // of the same parent
  uint32_t last = kNone;   // child
  uint32_t parameters = 0;
  uint32_t parameter_count = 0;
  uint32_t attributes = 0;
  uint32_t attribute_count = 0;
  int64_t state = -1;  // in attributes.pkl
};

struct ScriptModel {
  std::vector<ScriptTensor> tensors;
  std::vector<ScriptModule> modules;  // [0] is the main one, if there is any
  std::vector<ScriptParameter> parameters;
  std::vector<ScriptAttribute> attributes;
};

// Texts and numbers are copied to `arena`. Errors: kDamaged, kUnsupported for a
// field that is not known, kLimit where the structs take more memory than
// Limits::listing_bytes.
Result<ScriptModel> ReadScriptModel(std::string_view json, const Limits& limits,
                                    Arena& arena);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_SCRIPT_MODEL_H_
