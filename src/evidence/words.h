// How evidence is worded.
#ifndef PTSCOPE_EVIDENCE_WORDS_H_
#define PTSCOPE_EVIDENCE_WORDS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ptscope::evidence {

// "1 tensor", "2 tensors".
std::string Count(uint64_t n, std::string_view noun);

// "[256,256,3,3]".
std::string ShapeText(std::span<const int64_t> shape);

// "layers.3" and "w" to "layers.3.w"; either may be empty.
std::string Join(std::string_view module, std::string_view rest);

// What stands before the last dot; empty where there is none.
std::string_view ModuleOf(std::string_view name);
// And what stands behind it.
std::string_view LeafOf(std::string_view name);

// All digits, as the step of a numbered block is; at most 9 of them.
std::optional<uint32_t> NumberOf(std::string_view step);

// Of a step the digits at its end, which set twins apart: "layer1", "3".
std::string_view DigitsAtEnd(std::string_view step);

// The parts of a name that wrap a whole model: DDP, torch.compile, FSDP and its
// activation checkpoints. They come and go without a tensor being lost.
std::string WithoutWrappers(std::string_view name);

}  // namespace ptscope::evidence

#endif  // PTSCOPE_EVIDENCE_WORDS_H_
