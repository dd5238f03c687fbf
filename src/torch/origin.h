// Who wrote a file of one pickle.
#ifndef PTSCOPE_TORCH_ORIGIN_H_
#define PTSCOPE_TORCH_ORIGIN_H_

#include <string_view>

#include "pickle/values.h"
#include "ptscope/checkpoint.h"
#include "torch/writer.h"

namespace ptscope::torch {

// Sets Checkpoint::writer and framework, with what is known of the container.
void FindOrigin(const pickle::Values& values, pickle::Ref root,
                WriterEvidence writer, Checkpoint& checkpoint);

// The same of a container that is just a word of Sign::kContainer; another
// word bounds nothing.
void FindOrigin(const pickle::Values& values, pickle::Ref root,
                std::string_view container, Checkpoint& checkpoint);

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_ORIGIN_H_
