// Open: a file on disk to a Checkpoint. The file's magic decides the format,
// never its name.
#ifndef PTSCOPE_OPEN_H_
#define PTSCOPE_OPEN_H_

#include <filesystem>
#include <memory>
#include <string_view>

#include "ptscope/checkpoint.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"
#include "ptscope/source.h"

namespace ptscope {

struct OpenOptions {
  Limits limits = {};
  // Read each record's local header, so that FileOffsetOf is known. Off: the
  // directory and the pickle are all that is read.
  bool locate = false;
};

// Errors: kIo, kNotCheckpoint (with what the file is instead), kUnsupported,
// kDamaged, kLimit.
Result<Checkpoint> Open(const std::filesystem::path& path,
                        const OpenOptions& options = {});

// The same from bytes that are already at hand. `name` is the file's name
// without its folder, for the names that partial downloads have; may be empty.
Result<Checkpoint> Open(const Source& source, std::string_view name,
                        const OpenOptions& options = {});

}  // namespace ptscope

#endif  // PTSCOPE_OPEN_H_
