// What the source code of a TorchScript archive says of its classes.
//
//   class Linear(Module):
//     __parameters__ = ["weight", "bias", ]
//     __buffers__ = []
//     weight : Tensor
//     def forward(self: …
//
// Only the heads of classes are looked at, by a tokenizer for the few forms
// that torch writes; no expression is evaluated. Source:
// torch/csrc/jit/serialization/python_print.cpp.
#ifndef PTSCOPE_TORCH_SCRIPT_CLASSES_H_
#define PTSCOPE_TORCH_SCRIPT_CLASSES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/key_table.h"
#include "pickle/values.h"

namespace ptscope::torch {

// Names in byte order.
using ScriptNames = std::vector<std::string_view>;

struct ScriptClass {
  enum class Sort : uint8_t {
    kUnknown,  // of TorchScript, but its source has not told
    kModule,
    kOther,  // a class without parameters, or one that is written in C++
  };

  Sort sort = Sort::kUnknown;
  // Of a module; absent where its source is silent.
  std::optional<ScriptNames> parameters = {};
  std::optional<ScriptNames> buffers = {};
};

// What an attribute is to its module.
enum class AttributeSort : uint8_t {
  kUnknown,
  kParameter,
  kBuffer,
  kBufferOrOther,  // its class lists no buffers, as in 1.3
  kOther,
};
AttributeSort SortOf(const ScriptClass& module, std::string_view attribute);

// The classes that one pickle names. The values must outlive this.
class ScriptClasses {
 public:
  explicit ScriptClasses(const pickle::Values& values);

  // The modules of Python that the classes are in, each once: "__torch__.net".
  // Classes written in C++ have none.
  const std::vector<std::string_view>& modules() const { return modules_; }

  // Reads the heads of those classes in a module's source that the pickle
  // names. A head of another form, or one that is there twice, tells nothing.
  void ReadSource(std::string_view module, std::string_view source);

  // Of a kGlobal; null if it is no class of TorchScript.
  const ScriptClass* Find(uint32_t global_id) const {
    const uint32_t index = by_global_[global_id];
    return index == kAbsent ? nullptr : &classes_[index].head;
  }

 private:
  static constexpr uint32_t kAbsent = UINT32_MAX;

  struct Class {
    ScriptClass head;
    bool seen = false;  // its source has been read
  };

  Class* Find(std::string_view module, std::string_view name);

  std::vector<uint32_t> by_global_;  // indices into classes_
  std::vector<Class> classes_;
  std::vector<std::string_view> modules_;
  KeyTable by_name_;  // "module\nclass" to an index into classes_
  std::string scratch_;
  Arena texts_;  // of the names
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_SCRIPT_CLASSES_H_
