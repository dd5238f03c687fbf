// Checkpoints in formats that are known but not read. A probe goes when the
// reader of its format comes.
#ifndef PTSCOPE_FORMAT_UNREAD_FORMATS_H_
#define PTSCOPE_FORMAT_UNREAD_FORMATS_H_

#include <optional>

#include "format/wrong_input_probe.h"

namespace ptscope::format {

// All are kUnsupported where nothing else is said.

// What torch.save wrote before 1.6. kDamaged if it ends within its magic
// number, or has a wrong one.
std::optional<Error> ProbeLegacy(const Input& in);

// What torch.save wrote in 0.1, and a tar archive with a checkpoint in it; any
// other tar archive is kNotCheckpoint.
std::optional<Error> ProbeTar(const Input& in);

// A pickle without a container, of any protocol; the metadata of a distributed
// checkpoint is one.
std::optional<Error> ProbeBarePickle(const Input& in);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_UNREAD_FORMATS_H_
