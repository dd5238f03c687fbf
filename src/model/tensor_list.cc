#include "ptscope/tensor_list.h"

namespace ptscope {

namespace {

constexpr std::string_view kNames[] = {
#define X(id, torch, alias, bits, storage) torch,
    PTSCOPE_DTYPES(X)
#undef X
};
static_assert(std::size(kNames) <= 64, "a bit a dtype");

constexpr DtypePattern kPatterns[] = {
#define X(id, torch, alias, bits, storage)                \
  {.words = {&kNames[static_cast<size_t>(Dtype::id)], 1}, \
   .dtypes = uint64_t{1} << static_cast<unsigned>(Dtype::id)},
    PTSCOPE_DTYPES(X)
#undef X
};

}  // namespace

const DtypePattern& PatternOf(Dtype dtype) {
  return kPatterns[static_cast<size_t>(dtype)];
}

std::string ToText(const DtypePattern& pattern) {
  std::string text;
  for (const std::string_view word : pattern.words) {
    if (!text.empty()) text += '|';
    text += word;
  }
  return text;
}

TensorList ListTensors(const Checkpoint& checkpoint, const RootChoice& choice) {
  TensorList list;
  list.tensors.reserve(choice.tensors.size());
  for (size_t i = 0; i < choice.tensors.size(); ++i) {
    const Tensor& t = checkpoint.tensors[choice.tensors[i]];
    NamedTensor& named = list.tensors.emplace_back();
    named.name = choice.names[i];
    named.problem = checkpoint.ProblemOf(t);
    if (t.only_name) continue;
    named.dtype = &PatternOf(t.dtype);
    named.shape = t.shape;
  }
  return list;
}

}  // namespace ptscope
