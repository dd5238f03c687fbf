// Ordinary zip archives with checkpoints in them: those of stable-baselines3
// (policy.pth and others in one .zip), of TorchServe (.mar), and whatever
// people zip. docs/formats/zip_members.md has the rules.
#ifndef PTSCOPE_FORMAT_ZIP_MEMBERS_H_
#define PTSCOPE_FORMAT_ZIP_MEMBERS_H_

#include "format/torch_archive.h"

namespace ptscope::format {

// Lists every member that is a checkpoint by its bytes, in the archive's order,
// or the one that OpenOptions::member names.
//
// Errors: as Open, of the member that `record` names; kNotCheckpoint and
// kUnsupported for an archive without a checkpoint, with its usual name; kUsage
// for a member that is not there.
Result<Checkpoint> ReadZipMembers(TorchArchive archive);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_ZIP_MEMBERS_H_
