// Reference: what a checkpoint is expected to hold.
#ifndef PTSCOPE_REFERENCE_H_
#define PTSCOPE_REFERENCE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ptscope/checkpoint.h"
#include "ptscope/dtype.h"
#include "ptscope/limits.h"
#include "ptscope/name_filter.h"
#include "ptscope/result.h"
#include "ptscope/source.h"

namespace ptscope {

inline constexpr std::string_view kManifestSchema = "ptscope/manifest/1";

// What is absent matches any.
struct ReferenceTensor {
  std::string_view name;
  std::optional<Dtype> dtype;
  std::optional<std::span<const int64_t>> shape;  // kIrregular matches any size
};

// Names and shapes live as long as the Reference they come from, which may be
// moved.
struct Reference {
  enum class Kind : uint8_t { kManifest, kNames, kCheckpoint };

  Reference();
  ~Reference();
  Reference(Reference&&) noexcept;
  Reference& operator=(Reference&&) noexcept;

  Kind kind = Kind::kManifest;
  std::string name;                      // of the model; empty: none
  std::optional<std::string> root;       // of a manifest; absent: "auto"
  std::vector<ReferenceTensor> tensors;  // in the reference's order, each name
                                         // once
  // Names that are one tensor: groups of two indices into `tensors` or more,
  // no index in two groups.
  std::vector<std::vector<uint32_t>> tied;

  // Owns what the views above point to: `arena`, or the checkpoint it is from.
  std::unique_ptr<Arena> arena;
  std::unique_ptr<Checkpoint> checkpoint;
};

struct ReferenceOptions {
  Limits limits = {};
  // Of a checkpoint: its root; absent: that of ChooseRoot. A manifest and a
  // list of names have no part that could be left out.
  std::optional<std::string> root = {};
  // Names to keep, of any reference.
  NameFilter filter = {};
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
Result<Reference> ReadReference(const Source& source, std::string_view name,
                                const ReferenceOptions& options = {});

// The same from a checkpoint at hand: with the dtype and the shape of each of
// its tensors, and its tied names. A dtype that is not known is left out.
Result<Reference> ReferenceFromCheckpoint(Checkpoint checkpoint,
                                          const ReferenceOptions& options = {});

}  // namespace ptscope

#endif  // PTSCOPE_REFERENCE_H_
