#include "ptscope/dtype.h"

namespace ptscope {

std::string_view ToName(Dtype dtype) {
  switch (dtype) {
#define X(name, torch, alias, bits, storage) \
  case Dtype::name:                          \
    return torch;
    PTSCOPE_DTYPES(X)
#undef X
  }
  return "";
}

std::optional<Dtype> DtypeFromName(std::string_view name) {
#define X(id, torch, alias, bits, storage)                     \
  if (id_is_dtype(Dtype::id) &&                                \
      (name == torch || (sizeof(alias) > 1 && name == alias))) \
    return Dtype::id;
  const auto id_is_dtype = [](Dtype d) {
    return d != Dtype::kUnknown && d != Dtype::kUntyped;
  };
  PTSCOPE_DTYPES(X)
#undef X
  return std::nullopt;
}

std::optional<Dtype> DtypeFromStorageClass(std::string_view name) {
#define X(id, torch, alias, bits, storage) \
  if (sizeof(storage) > 1 && name == storage) return Dtype::id;
  PTSCOPE_DTYPES(X)
#undef X
  // Names that TypedStorage and UntypedStorage had on the way to 2.0.
  if (name == "_UntypedStorage") return Dtype::kUntyped;
  if (name == "TypedStorage" || name == "_TypedStorage") return Dtype::kUntyped;
  return std::nullopt;
}

uint32_t BitsPerElement(Dtype dtype) {
  switch (dtype) {
#define X(name, torch, alias, bits, storage) \
  case Dtype::name:                          \
    return bits;
    PTSCOPE_DTYPES(X)
#undef X
  }
  return 0;
}

std::string_view ToName(Layout layout) {
  switch (layout) {
#define X(name, word) \
  case Layout::name:  \
    return word;
    PTSCOPE_LAYOUTS(X)
#undef X
  }
  return "";
}

std::optional<Layout> LayoutFromName(std::string_view name) {
#define X(id, word) \
  if (name == word) return Layout::id;
  PTSCOPE_LAYOUTS(X)
#undef X
  return std::nullopt;
}

std::string_view ToName(Kind kind) {
  switch (kind) {
#define X(name, word) \
  case Kind::name:    \
    return word;
    PTSCOPE_KINDS(X)
#undef X
  }
  return "";
}

}  // namespace ptscope
