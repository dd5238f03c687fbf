// Reference: what a checkpoint is expected to hold.
#ifndef PTSCOPE_REFERENCE_H_
#define PTSCOPE_REFERENCE_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ptscope/checkpoint.h"
#include "ptscope/limits.h"
#include "ptscope/name_filter.h"
#include "ptscope/result.h"
#include "ptscope/roots.h"
#include "ptscope/rules.h"
#include "ptscope/source.h"
#include "ptscope/tensor_list.h"

namespace ptscope {

class Arena;

inline constexpr std::string_view kManifestSchema = "ptscope/manifest/1";

// The expected side of a comparison, in the reference's order. Movable; views
// live as long as it does.
struct Reference : TensorList {
  std::string version;  // of a manifest with versions; empty: it has none
  Rules rules;          // of a manifest
  std::optional<RootSummary> root;  // that was taken of a checkpoint
  bool unique =
      true;  // each name stands once; else ReferenceOptions allowed it

  // What the views point to.
  std::shared_ptr<const Arena> arena;
  std::unique_ptr<const Checkpoint> checkpoint;
};

// What one file says is expected: a Reference, or several versions of it.
struct ReferenceSet {
  enum class Kind : uint8_t { kManifest, kNames, kCheckpoint };

  Kind kind = Kind::kManifest;
  std::string name;                 // of the model; empty: none
  std::optional<std::string> root;  // of a manifest; absent: "auto"
  std::vector<Reference> versions;  // one or more, in the file's order

  bool has_versions() const { return !versions.front().version.empty(); }
  // The one of that version; null if there is none.
  const Reference* Find(std::string_view version) const;
  // "1, 2, 3".
  std::string VersionNames() const;
};

struct ReferenceOptions {
  Limits limits = {};
  // Of a checkpoint: its root; absent: that of ChooseRoot. A manifest and a
  // list of names have no part that could be left out.
  std::optional<std::string> root = {};
  // Of a checkpoint: OpenOptions::member.
  std::string member = {};
  // A reference of which it keeps no name is an error. Of a checkpoint only
  // what it keeps is taken.
  NameFilter filter = {};
  // Takes a checkpoint that has a name twice, or a tensor without its bytes.
  bool take_damaged = false;
  // Takes a checkpoint without a tensor, and whatever the filter keeps none of.
  bool take_empty = false;
};

// Reads a reference of any kind:
//
//   a manifest         JSON, an object with "schema": "ptscope/manifest/1"
//   a list of names    a JSON array; or text: UTF-8, one name a line, LF or
//                      CRLF, empty lines ignored, nothing trimmed or unescaped
//   a checkpoint       what Open() reads
//
// `name` is the file's name without its folder, or empty. Errors: kManifest for
// what is malformed or has no tensor (left), and for a checkpoint that has a
// name twice or a tensor without its bytes; kLimit; those of Open(). Errors in
// text have their place.
Result<ReferenceSet> ReadReference(const Source& source, std::string_view name,
                                   const ReferenceOptions& options = {});

// The same of a file on disk, or of a folder that is a checkpoint. The index of
// a sharded checkpoint stands for it.
Result<ReferenceSet> ReadReference(const std::filesystem::path& path,
                                   const ReferenceOptions& options = {});

// The same from a checkpoint at hand: with the dtype and the shape of each of
// its tensors, and its tied names. A dtype that is not known is left out.
Result<Reference> ReferenceFromCheckpoint(Checkpoint checkpoint,
                                          const ReferenceOptions& options = {});

// The manifests of a folder: files whose name ends in .json and that have a
// `schema` of ours, in byte order. Error: of the first that is one and is
// malformed, with its name in `record`; kManifest if there is none, or two are
// of one model.
Result<std::vector<ReferenceSet>> ReadManifests(
    const Folder& folder, const ReferenceOptions& options = {});

}  // namespace ptscope

#endif  // PTSCOPE_REFERENCE_H_
