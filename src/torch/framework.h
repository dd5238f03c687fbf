// Which framework arranged what was saved.
#ifndef PTSCOPE_TORCH_FRAMEWORK_H_
#define PTSCOPE_TORCH_FRAMEWORK_H_

#include "pickle/values.h"
#include "ptscope/checkpoint.h"

namespace ptscope::torch {

// Sets checkpoint.framework from the keys of the root, or from the classes of
// the objects there; only where no other program is known to write the like.
void FindFramework(const pickle::Values& values, pickle::Ref root,
                   Checkpoint& checkpoint);

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_FRAMEWORK_H_
