// What torch.save wrote from 0.1.10 to 1.5, and still writes on request: five
// pickles and the storages, one behind the other. docs/formats/legacy.md has
// the layout.
#ifndef PTSCOPE_FORMAT_LEGACY_H_
#define PTSCOPE_FORMAT_LEGACY_H_

#include "ptscope/open.h"

namespace ptscope::format {

// The file begins with the magic number.
Result<bool> IsLegacy(const Source& source);

// Errors: as Open.
Result<Checkpoint> ReadLegacy(const Source& source, const OpenOptions& options);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_LEGACY_H_
