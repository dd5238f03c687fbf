// PlainValues: what each value is to somebody who reads JSON.
#ifndef PTSCOPE_TORCH_PLAIN_VALUES_H_
#define PTSCOPE_TORCH_PLAIN_VALUES_H_

#include <cstdint>
#include <string>

#include "base/pod_vector.h"
#include "model/kept_values.h"
#include "pickle/dict_items.h"
#include "pickle/values.h"
#include "torch/byte_values.h"
#include "torch/children.h"
#include "torch/globals.h"
#include "torch/known_classes.h"
#include "torch/numpy_values.h"
#include "torch/python_text.h"

namespace ptscope::torch {

enum class Form : uint8_t {
  kScalar,  // one piece
  kArray,
  kObject,
  kOpaque,  // an object of a class that means nothing here
};

// What a part is called in its container, and whether that is a step of a path.
enum class Label : uint8_t {
  kKey,         // a dict's key or an attribute
  kIndex,       // a position
  kArgs,        // "args", step __args__
  kKwargs,      // "kwargs", step __kwargs__
  kOtherState,  // "state", step __state__: no attributes
  kState,       // "state", no step: the attributes hang on the object
  kItems,       // "items", no step: the members of the object itself
  kContent,     // "items", no step: another value
  kCallable,    // "callable", no step
  kPersistent,  // "persistent", no step
};

constexpr bool IsStep(Label label) { return label < Label::kState; }

struct Part {
  pickle::Ref value;
  pickle::Ref key;    // kKey: any value; kIndex: a small int
  uint32_t twin = 0;  // the how manyeth key with this text; 0: the first
  Label label = Label::kKey;
};

class PlainValues {
 public:
  PlainValues(const pickle::Values& values, Globals& globals);

  // What the value stands for: nodes of OmegaConf are what is in them.
  pickle::Ref Behind(pickle::Ref ref);

  // Of a value that stands for itself and is no tensor.
  Form FormOf(pickle::Ref ref);

  // Of a kScalar.
  void ShowScalar(pickle::Ref ref, ValueVisitor& to);

  // Appends the parts of a container or an opaque object, in their order; of a
  // part kItems its members.
  void Expand(pickle::Ref ref, PodVector<Part>& to);
  void ExpandItems(pickle::Ref object, PodVector<Part>& to);

  // Members that Expand looks at.
  uint64_t MembersOf(pickle::Ref ref) const;

  // A list, a tuple or a set of numbers, truth values and None alone.
  bool AreNumbers(pickle::Ref ref) const;
  // Shows such a one.
  void ShowNumbers(pickle::Ref ref, ValueVisitor& to);
  // The same of text too, and not many; or an empty dict. It says more than a
  // reference to where it was first.
  bool IsSmall(pickle::Ref ref) const;
  // The items of an opaque object are an array.
  bool ItemsAreArray(pickle::Ref ref) const {
    return !values_.ItemsArePairs(ref);
  }

  // The class of a kOpaque; empty if it has none.
  std::string ClassOf(pickle::Ref ref);

  // Appends the label as it is shown, or the step of a path that it is.
  void AppendLabel(std::string& to, const Part& part);
  void AppendStep(std::string& to, const Part& part);

 private:
  void ExpandDict(pickle::Ref dict, PodVector<Part>& to);
  void ExpandMembers(pickle::Ref ref, PodVector<Part>& to);
  void ExpandChildren(pickle::Ref ref, PodVector<Part>& to);
  void ExpandOpaque(pickle::Ref ref, PodVector<Part>& to);
  void FindTwins(size_t first, bool once, PodVector<Part>& to);
  bool IsPlainText(pickle::Ref key) const;
  bool IsMadeOfItems(pickle::Ref ref) const;
  Form FormOfObject(pickle::Ref ref);
  bool IsScalarObject(pickle::Ref ref);
  bool IsComplex(pickle::Ref ref) const;
  bool IsAttribute(pickle::Ref ref);
  void ShowObject(pickle::Ref ref, ValueVisitor& to);
  void ShowComplex(pickle::Ref ref, ValueVisitor& to);
  void ShowBigInt(pickle::Ref ref, ValueVisitor& to);
  void ShowGlobal(pickle::Ref ref, ValueVisitor& to);
  template <typename Visit>
  void ForEachMember(pickle::Ref ref, Visit visit) const;

  const pickle::Values& values_;
  Globals& globals_;
  KnownClasses known_;
  ByteValues bytes_;
  PythonText texts_;
  NumpyValues numpy_;
  Children children_;
  pickle::DictReader dicts_;
  PodVector<pickle::Item> items_;
  PodVector<Child> scratch_;
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_PLAIN_VALUES_H_
