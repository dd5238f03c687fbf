// Tar archives with checkpoints in them: NVIDIA NeMo's (.nemo), whatever people
// tar. docs/formats/archive_members.md has the rules.
#ifndef PTSCOPE_FORMAT_TAR_MEMBERS_H_
#define PTSCOPE_FORMAT_TAR_MEMBERS_H_

#include "format/reading.h"

namespace ptscope::format {

// The first block is a member's header.
Result<bool> IsTar(const Source& source);

// Errors: as ReadMembers; kNotCheckpoint where there is no checkpoint in it.
Result<Checkpoint> ReadTarMembers(const Reading& reading);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_TAR_MEMBERS_H_
