// What a pickle shows of the release of torch that wrote it.
#ifndef PTSCOPE_TORCH_WRITER_SIGNS_H_
#define PTSCOPE_TORCH_WRITER_SIGNS_H_

#include "pickle/values.h"
#include "ptscope/checkpoint.h"
#include "torch/writer.h"

namespace ptscope::torch {

// Looks at each value once, also at those that nothing refers to, and at the
// dtypes of the tensors that were read from them.
void FindWriterSigns(const pickle::Values& values, const Checkpoint& checkpoint,
                     WriterEvidence& evidence);

// Of a pickle of TorchScript, which another pickler wrote: what that calls by
// the names of torch.save is of other releases.
void FindScriptWriterSigns(const pickle::Values& values,
                           WriterEvidence& evidence);

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_WRITER_SIGNS_H_
