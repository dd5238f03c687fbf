// What lies below a value, and under which step of a name.
#ifndef PTSCOPE_TORCH_CHILDREN_H_
#define PTSCOPE_TORCH_CHILDREN_H_

#include <cstdint>
#include <string>

#include "base/key_table.h"
#include "base/pod_vector.h"
#include "pickle/dict_items.h"
#include "pickle/values.h"
#include "torch/globals.h"
#include "torch/script_classes.h"

namespace ptscope::torch {

enum class Step : uint8_t {
  kKey,     // a dict's key, or an attribute's name
  kIndex,   // a position; the key is its number
  kArgs,    // __args__
  kKwargs,  // __kwargs__
  kState,   // __state__
};

// What a state_dict would make of it.
enum class Role : uint8_t {
  kPlain,
  kParameter,  // of a TorchScript module
  kBuffer,     // of a module
  kAttribute,  // of a TorchScript module, and neither of these: listed all the
               // same
  kNoParameter,  // of a TorchScript module: one of the last two
  kExtra,        // it would leave it out
};

struct Child {
  pickle::Ref value;
  pickle::Ref key;  // kKey: any value; kIndex: a small int
  Step step;
  Role role;
};

class Children {
 public:
  // `classes`: those of a TorchScript pickle; else null.
  Children(const pickle::Values& values, Globals& globals,
           const ScriptClasses* classes = nullptr)
      : values_(values),
        globals_(globals),
        classes_(classes),
        tagged_(globals.Mentions(Meaning::kTypeTag)),
        dicts_(values) {}

  // Appends the children of a container, in the order of their names. A value
  // that is none has no children.
  void Expand(pickle::Ref ref, PodVector<Child>& to);

  // The same without attributes, which are no keys of a dict.
  void ExpandContent(pickle::Ref ref, PodVector<Child>& to);

  // The children that hang on a tensor: the attributes in `state`.
  void ExpandState(pickle::Ref state, Role role, PodVector<Child>& to);

  // The value that a type tag is on; any other value itself.
  pickle::Ref Untagged(pickle::Ref ref);

  // An nn.Module: its state has _parameters, _buffers and _modules, or its
  // class is a module's of TorchScript.
  bool IsModule(pickle::Ref ref);

  // A dict or something that unpickles to one.
  bool IsDict(pickle::Ref ref);

  // Appends the step's text to a name.
  void AppendStep(std::string& to, const Child& child);

 private:
  void ExpandModule(pickle::Ref state, PodVector<Child>& to);
  void ExpandObject(pickle::Ref ref, PodVector<Child>& to);
  void ExpandPackaged(pickle::Ref persistent, PodVector<Child>& to);
  void ExpandArgsAndItems(pickle::Ref ref, PodVector<Child>& to);
  void ExpandItems(pickle::Ref dict, Role role, PodVector<Child>& to);
  void ExpandMembers(pickle::Ref ref, Role role, uint32_t first,
                     PodVector<Child>& to);
  void ExpandPairs(pickle::Ref list, PodVector<Child>& to);
  void ExpandObjectOrDict(pickle::Ref map, PodVector<Child>& to);
  void ReadSet(pickle::Ref set, KeyTable& to);
  pickle::Ref ModuleState(pickle::Ref ref);
  struct PackagedCall {
    pickle::Ref function = pickle::Ref::kAbsent;  // else it is none
    pickle::Ref args = pickle::Ref::kAbsent;
  };
  PackagedCall PackagedCallOf(pickle::Ref persistent) const;
  bool IsMapping(pickle::Ref ref);
  const ScriptClass* ScriptClassOf(pickle::Ref ref);
  void SetScriptRoles(const ScriptClass& owner, PodVector<Child>& children,
                      size_t first);
  void Add(pickle::Ref value, pickle::Ref key, Step step, Role role,
           PodVector<Child>& to) {
    to.push_back({tagged_ ? Untagged(value) : value, key, step, role});
  }

  const pickle::Values& values_;
  Globals& globals_;
  const ScriptClasses* const classes_;
  const bool tagged_;  // there are type tags
  pickle::DictReader dicts_;
  PodVector<pickle::Item> items_;
  // By node of a state: whether it is a module's.
  enum Answer : uint8_t { kUnknown, kNo, kYes };
  PodVector<uint8_t> module_states_;
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_CHILDREN_H_
