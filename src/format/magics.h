// Files that their magic number names: other formats, and what is left of a
// checkpoint's own after a transfer that changed bytes.
#ifndef PTSCOPE_FORMAT_MAGICS_H_
#define PTSCOPE_FORMAT_MAGICS_H_

#include <optional>

#include "format/wrong_input_probe.h"

namespace ptscope::format {

// Damage by a transfer is kDamaged with the place and the bytes found, a
// relative of the torch archive kUnsupported, the rest kNotCheckpoint.
std::optional<Error> ProbeMagics(const Input& in);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_MAGICS_H_
