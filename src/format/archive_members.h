// Archives that somebody put whole checkpoints into: stable-baselines3
// (policy.pth and others in one .zip), TorchServe (.mar), NeMo (.nemo, a tar),
// whatever people pack. docs/formats/archive_members.md has the rules.
#ifndef PTSCOPE_FORMAT_ARCHIVE_MEMBERS_H_
#define PTSCOPE_FORMAT_ARCHIVE_MEMBERS_H_

#include <optional>
#include <string_view>

#include "format/torch_archive.h"

namespace ptscope::format {

// Lists every member that is a checkpoint by its bytes, in the archive's order,
// or the one that OpenOptions::member names. `format` is the archive's in words
// where it is nobody's in particular. nullopt: there is no checkpoint in it;
// then the archive is as it was.
//
// Errors: as Open, of the member that `record` names; kUsage for a member that
// is not there.
Result<std::optional<Checkpoint>> ReadMembers(TorchArchive& archive,
                                              std::string_view format);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_ARCHIVE_MEMBERS_H_
