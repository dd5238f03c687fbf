// Checkpoints in formats that are known but not read, and the remains of those
// that are. A probe goes when the reader of its format comes.
#ifndef PTSCOPE_FORMAT_UNREAD_FORMATS_H_
#define PTSCOPE_FORMAT_UNREAD_FORMATS_H_

#include <optional>

#include "format/wrong_input_probe.h"

namespace ptscope::format {

// All are kUnsupported where nothing else is said.

// What torch.save wrote before 1.6, if it ends within its magic number or has a
// wrong one: kDamaged.
std::optional<Error> ProbeLegacy(const Input& in);

// The pickle that names the parts of a distributed checkpoint.
std::optional<Error> ProbeDcpMetadata(const Input& in);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_UNREAD_FORMATS_H_
