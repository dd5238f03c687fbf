// Whether the bytes of a tensor can be where the file says.
#ifndef PTSCOPE_TORCH_STORAGE_PROBLEMS_H_
#define PTSCOPE_TORCH_STORAGE_PROBLEMS_H_

#include <string>
#include <string_view>

#include "ptscope/checkpoint.h"
#include "ptscope/result.h"

namespace ptscope::torch {

// Why the bytes of the storage cannot be in its record, which words call
// `name`; empty: they can. One of no bytes needs no record.
std::string StorageProblem(const Storage& storage, const Table<Record>& records,
                           std::string_view name);

// Why the tensor does not lie within its storage; empty: it does. It has been
// measured and its strides are 0 or more.
std::string ExtentProblem(const Tensor& tensor, const Storage& storage);

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_STORAGE_PROBLEMS_H_
