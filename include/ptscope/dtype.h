// Element types of tensors, and the other small vocabularies of a listing.
#ifndef PTSCOPE_DTYPE_H_
#define PTSCOPE_DTYPE_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace ptscope {

// Enumerator, torch's name, alias (or ""), bits an element, storage class in
// module torch (or ""). Bits count one element of a tensor's shape, so the
// packed quantized types have 4 and 2, while float4_e2m1fn_x2, whose shape
// counts bytes, has 8. The floats below 8 bits are safetensors' alone: torch
// has the packed one of 4 bits and none of 6. Source: torch/storage.py,
// c10/core/ScalarType.h.
#define PTSCOPE_DTYPES(X)                                                  \
  X(kUnknown, "unknown", "", 0, "")                                        \
  X(kUint8, "uint8", "", 8, "ByteStorage")                                 \
  X(kInt8, "int8", "", 8, "CharStorage")                                   \
  X(kInt16, "int16", "short", 16, "ShortStorage")                          \
  X(kInt32, "int32", "int", 32, "IntStorage")                              \
  X(kInt64, "int64", "long", 64, "LongStorage")                            \
  X(kFloat16, "float16", "half", 16, "HalfStorage")                        \
  X(kFloat32, "float32", "float", 32, "FloatStorage")                      \
  X(kFloat64, "float64", "double", 64, "DoubleStorage")                    \
  X(kComplex32, "complex32", "chalf", 32, "ComplexHalfStorage")            \
  X(kComplex64, "complex64", "cfloat", 64, "ComplexFloatStorage")          \
  X(kComplex128, "complex128", "cdouble", 128, "ComplexDoubleStorage")     \
  X(kBool, "bool", "", 8, "BoolStorage")                                   \
  X(kQint8, "qint8", "", 8, "QInt8Storage")                                \
  X(kQuint8, "quint8", "", 8, "QUInt8Storage")                             \
  X(kQint32, "qint32", "", 32, "QInt32Storage")                            \
  X(kBfloat16, "bfloat16", "", 16, "BFloat16Storage")                      \
  X(kQuint4x2, "quint4x2", "", 4, "QUInt4x2Storage")                       \
  X(kQuint2x4, "quint2x4", "", 2, "QUInt2x4Storage")                       \
  X(kBits1x8, "bits1x8", "", 8, "Bits1x8Storage")                          \
  X(kBits2x4, "bits2x4", "", 8, "Bits2x4Storage")                          \
  X(kBits4x2, "bits4x2", "", 8, "Bits4x2Storage")                          \
  X(kBits8, "bits8", "", 8, "Bits8Storage")                                \
  X(kBits16, "bits16", "", 16, "Bits16Storage")                            \
  X(kFloat8E5m2, "float8_e5m2", "", 8, "Float8_e5m2Storage")               \
  X(kFloat8E4m3fn, "float8_e4m3fn", "", 8, "Float8_e4m3fnStorage")         \
  X(kFloat8E5m2fnuz, "float8_e5m2fnuz", "", 8, "Float8_e5m2fnuzStorage")   \
  X(kFloat8E4m3fnuz, "float8_e4m3fnuz", "", 8, "Float8_e4m3fnuzStorage")   \
  X(kUint16, "uint16", "", 16, "UInt16Storage")                            \
  X(kUint32, "uint32", "", 32, "UInt32Storage")                            \
  X(kUint64, "uint64", "", 64, "UInt64Storage")                            \
  X(kUint1, "uint1", "", 8, "")                                            \
  X(kUint2, "uint2", "", 8, "")                                            \
  X(kUint3, "uint3", "", 8, "")                                            \
  X(kUint4, "uint4", "", 8, "")                                            \
  X(kUint5, "uint5", "", 8, "")                                            \
  X(kUint6, "uint6", "", 8, "")                                            \
  X(kUint7, "uint7", "", 8, "")                                            \
  X(kInt1, "int1", "", 8, "")                                              \
  X(kInt2, "int2", "", 8, "")                                              \
  X(kInt3, "int3", "", 8, "")                                              \
  X(kInt4, "int4", "", 8, "")                                              \
  X(kInt5, "int5", "", 8, "")                                              \
  X(kInt6, "int6", "", 8, "")                                              \
  X(kInt7, "int7", "", 8, "")                                              \
  X(kFloat8E8m0fnu, "float8_e8m0fnu", "", 8, "Float8_e8m0fnuStorage")      \
  X(kFloat4E2m1fnX2, "float4_e2m1fn_x2", "", 8, "Float4_e2m1fn_x2Storage") \
  X(kBcomplex32, "bcomplex32", "", 32, "ComplexBFloat16Storage")           \
  X(kFloat4E2m1fn, "float4_e2m1fn", "", 4, "")                             \
  X(kFloat6E2m3fn, "float6_e2m3fn", "", 6, "")                             \
  X(kFloat6E3m2fn, "float6_e3m2fn", "", 6, "")                             \
  X(kUntyped, "untyped", "", 8, "UntypedStorage")

enum class Dtype : uint8_t {
#define X(name, torch, alias, bits, storage) name,
  PTSCOPE_DTYPES(X)
#undef X
};

// torch's name, such as "bfloat16".
std::string_view ToName(Dtype dtype);

// By torch's name or its alias ("half").
std::optional<Dtype> DtypeFromName(std::string_view name);

// By the name of a storage class, such as "HalfStorage".
std::optional<Dtype> DtypeFromStorageClass(std::string_view name);

// Bits of one element; 0 for kUnknown.
uint32_t BitsPerElement(Dtype dtype);

// How a tensor's values are laid out.
#define PTSCOPE_LAYOUTS(X)    \
  X(kStrided, "strided")      \
  X(kSparseCoo, "sparse_coo") \
  X(kSparseCsr, "sparse_csr") \
  X(kSparseCsc, "sparse_csc") \
  X(kSparseBsr, "sparse_bsr") \
  X(kSparseBsc, "sparse_bsc") \
  X(kMkldnn, "_mkldnn")       \
  X(kNested, "nested")        \
  X(kJagged, "jagged")

enum class Layout : uint8_t {
#define X(name, word) name,
  PTSCOPE_LAYOUTS(X)
#undef X
};

std::string_view ToName(Layout layout);
// By torch's name without the module, such as "sparse_coo".
std::optional<Layout> LayoutFromName(std::string_view name);

// What a tensor is to the model that saved it.
//   kTensor     nothing more is known (the usual state_dict)
//   kParameter  a torch.nn.Parameter
//   kBuffer     a registered buffer of a pickled module
//   kAttribute  outside of what a state_dict would hold
//   kConstant   a constant of a TorchScript archive
#define PTSCOPE_KINDS(X)     \
  X(kTensor, "tensor")       \
  X(kParameter, "parameter") \
  X(kBuffer, "buffer")       \
  X(kAttribute, "attribute") \
  X(kConstant, "constant")

enum class Kind : uint8_t {
#define X(name, word) name,
  PTSCOPE_KINDS(X)
#undef X
};

std::string_view ToName(Kind kind);

}  // namespace ptscope

#endif  // PTSCOPE_DTYPE_H_
