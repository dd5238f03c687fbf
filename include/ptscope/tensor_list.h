// TensorList: names, and what is known of the tensor that each stands for. Both
// sides of a comparison are one.
#ifndef PTSCOPE_TENSOR_LIST_H_
#define PTSCOPE_TENSOR_LIST_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ptscope/checkpoint.h"
#include "ptscope/dtype.h"
#include "ptscope/roots.h"

namespace ptscope {

// The dtypes that a tensor may have.
struct DtypePattern {
  std::span<const std::string_view> words;  // names and globs, one or more
  uint64_t dtypes = 0;                      // bit i: the Dtype of value i fits
  bool list = false;                        // was written as a list
};

// That one dtype and no other. Lives for ever.
const DtypePattern& PatternOf(Dtype dtype);

// "float32", "float*", "float16|bfloat16".
std::string ToText(const DtypePattern& pattern);

// A dimension of a shape is a number of elements; kIrregular, which fits any;
// or NamedDimension(i), the i-th of TensorList::dimension_names: any number,
// but the same one wherever the name stands.
constexpr int64_t NamedDimension(uint32_t i) { return -2 - int64_t{i}; }
constexpr bool IsNamed(int64_t dimension) { return dimension <= -2; }
constexpr uint32_t NameOfDimension(int64_t dimension) {
  return static_cast<uint32_t>(-2 - dimension);
}

struct NamedTensor {
  std::string_view name;
  const DtypePattern* dtype = nullptr;                 // null: any
  std::optional<std::span<const int64_t>> shape = {};  // absent: any
  std::string_view problem = {};  // why its bytes are not in the file; empty:
                                  // they are, or it is no file
};

// Views live as long as what the list was made of.
struct TensorList {
  std::vector<NamedTensor> tensors;
  // Names that are one tensor: groups of two indices into `tensors` or more,
  // no index in two groups.
  std::vector<std::vector<uint32_t>> tied;
  std::vector<std::string_view> dimension_names;
};

// The tensors of `choice`, a part of `checkpoint`, in file order; without the
// tied names.
TensorList ListTensors(const Checkpoint& checkpoint, const RootChoice& choice);

}  // namespace ptscope

#endif  // PTSCOPE_TENSOR_LIST_H_
