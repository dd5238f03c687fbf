// Shapes: whether shapes fit, where dimensions may have names.
#ifndef PTSCOPE_COMPARE_SHAPES_H_
#define PTSCOPE_COMPARE_SHAPES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ptscope/tensor_list.h"

namespace ptscope::compare {

// One name has one value in a file: that of the first tensor whose rank fits.
// Both lists must outlive it.
class Shapes {
 public:
  Shapes(const TensorList& expected, const TensorList& actual)
      : expected_(expected),
        actual_(actual),
        bound_(expected.dimension_names.size()) {}

  // Gives the dimensions of `expected` that have none yet the values that they
  // have in `actual`.
  void Bind(const NamedTensor& expected, const NamedTensor& actual);

  bool Fit(const NamedTensor& expected, const NamedTensor& actual) const;

  // Where names of dimensions are all that keeps them apart: which is what,
  // and since where. Else empty.
  std::string WhyNot(const NamedTensor& expected,
                     const NamedTensor& actual) const;

 private:
  struct Value {
    int64_t size = kIrregular;  // kIrregular: none yet
    std::string_view tensor;    // where it was bound
  };

  bool Fit(int64_t expected, int64_t actual) const;

  const TensorList& expected_;
  const TensorList& actual_;
  std::vector<Value> bound_;
};

}  // namespace ptscope::compare

#endif  // PTSCOPE_COMPARE_SHAPES_H_
