// NumPy's dtypes, scalars and arrays: the values of those that are plain.
#ifndef PTSCOPE_TORCH_NUMPY_VALUES_H_
#define PTSCOPE_TORCH_NUMPY_VALUES_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/kept_values.h"
#include "pickle/values.h"
#include "torch/byte_values.h"
#include "torch/known_classes.h"

namespace ptscope::torch {

// Sources: numpy/core/src/multiarray/descriptor.c, arraydescr_reduce;
// methods.c, array_reduce and array_setstate.
class NumpyValues {
 public:
  NumpyValues(const pickle::Values& values, KnownClasses& known,
              ByteValues& bytes)
      : values_(values), known_(known), bytes_(bytes) {}

  // Shows a dtype as its name, a scalar as its value, an array as nested
  // arrays, or, where it is large or its values are not plain, as {"ndarray":
  // {"dtype", "shape"}}. False, and nothing shown: it is none of these, or not
  // as NumPy writes it.
  bool Show(pickle::Ref object, ValueVisitor& to);
  // The same without a visitor.
  bool IsShown(pickle::Ref object);

  // The members of a one-dimensional array of objects; kAbsent if it is none.
  pickle::Ref ObjectsOf(pickle::Ref object);

 private:
  struct Type {
    char kind = 0;  // of the code: f, i, u, b, c, U, S, O, V, M, m
    bool big_endian = false;
    bool plain = false;  // its values can be shown
    uint64_t size = 0;   // bytes
    std::string name;    // as NumPy prints it
  };
  struct Array {
    Type type;
    std::vector<uint64_t> shape;
    uint64_t numel = 0;
    bool fortran = false;  // the first index runs fastest
    pickle::Ref data;
  };

  std::optional<Type> TypeOf(pickle::Ref dtype);
  std::string UnitOf(std::span<const pickle::Ref> state);
  std::optional<Array> ArrayOf(pickle::Ref object);
  bool SetShape(pickle::Ref shape, Array& to);
  bool IsSmall(const Array& array);
  void ShowArray(const Array& array, ValueVisitor& to);
  void ShowElements(const Array& array, ValueVisitor& to);
  bool ShowScalar(pickle::Ref object, ValueVisitor* to);
  void ShowElement(const Type& type, std::string_view bytes, ValueVisitor& to);

  const pickle::Values& values_;
  KnownClasses& known_;
  ByteValues& bytes_;
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_NUMPY_VALUES_H_
