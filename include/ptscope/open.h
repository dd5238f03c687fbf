// Open: a file on disk to a Checkpoint. The file's magic decides the format,
// never its name.
#ifndef PTSCOPE_OPEN_H_
#define PTSCOPE_OPEN_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
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
  // Read what load_state_dict() looks at beside tensors: the modules' versions
  // (`_metadata`), and keys that stand for no tensor. Off: few ask for it.
  bool metadata = false;
  // Find out which program and which framework wrote the file.
  bool origin = false;
  // Keep what there is beside tensors for ShowValues (show.h). Off: the memory
  // that it takes is free again when Open returns.
  bool keep_values = false;
  // Read what training scripts save beside the model (Checkpoint::training).
  // Off: only a file that is held against itself is asked for it.
  bool evidence = false;
  // Of an archive with several checkpoints in it (Part::Kind::kMember) only
  // that one. What is no such archive is read as without it.
  std::string member = {};
};

// Errors: kIo, kNotCheckpoint (with what the file is instead), kUnsupported,
// kDamaged, kLimit.
Result<Checkpoint> Open(const std::filesystem::path& path,
                        const OpenOptions& options = {});

// The same from bytes that are already at hand. `name` is the file's name
// without its folder, for the names that partial downloads have; may be empty.
Result<Checkpoint> Open(const Source& source, std::string_view name,
                        const OpenOptions& options = {});

// For who looks for checkpoints among other files. The bytes decide what a file
// is; its name tells at most whether one was meant to be there.

// Named as checkpoints are: .pt, .ckpt, .safetensors and so on.
bool IsNamedAsCheckpoint(std::string_view name);

// Whether Open's error means that the file, of that name, is merely another
// one: of some other kind, or a placeholder of something that is not named as
// checkpoints are.
bool IsUnrelated(const Error& error, std::string_view name);

enum class FolderKind : uint8_t {
  kPlain,       // its files are independent
  kCheckpoint,  // its files are one checkpoint: distributed, sharded, of ranks
  kArchive,     // all below it is one: a torch archive that was unzipped
};

// By the names in the folder.
FolderKind KindOfFolder(std::span<const std::string> names);

}  // namespace ptscope

#endif  // PTSCOPE_OPEN_H_
