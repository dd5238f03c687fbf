#include "torch/origin.h"

#include "torch/framework.h"
#include "torch/writer_signs.h"

namespace ptscope::torch {

void FindOrigin(const pickle::Values& values, pickle::Ref root,
                WriterEvidence writer, Checkpoint& checkpoint) {
  FindWriterSigns(values, checkpoint, writer);
  checkpoint.writer = writer.Conclude();
  FindFramework(values, root, checkpoint);
}

void FindOrigin(const pickle::Values& values, pickle::Ref root,
                std::string_view container, Checkpoint& checkpoint) {
  WriterEvidence writer;
  writer.Saw(Sign::kContainer, container);
  FindOrigin(values, root, writer, checkpoint);
}

}  // namespace ptscope::torch
