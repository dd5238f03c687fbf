// Who wrote a file of one pickle.
#ifndef PTSCOPE_TORCH_ORIGIN_H_
#define PTSCOPE_TORCH_ORIGIN_H_

#include <string_view>

#include "pickle/values.h"
#include "ptscope/checkpoint.h"

namespace ptscope::torch {

// Sets Checkpoint::writer and framework. `container` is a word of
// Sign::kContainer; another one bounds nothing.
void FindOrigin(const pickle::Values& values, pickle::Ref root,
                std::string_view container, Checkpoint& checkpoint);

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_ORIGIN_H_
