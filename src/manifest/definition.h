// A manifest as it is written, before its versions are worked out.
#ifndef PTSCOPE_MANIFEST_DEFINITION_H_
#define PTSCOPE_MANIFEST_DEFINITION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "ptscope/limits.h"
#include "ptscope/reference.h"
#include "ptscope/result.h"
#include "ptscope/rules.h"
#include "ptscope/tensor_list.h"

namespace ptscope::manifest {

// Text of the manifest and where it stands: a byte offset.
struct Placed {
  std::string_view text;
  uint64_t offset = 0;
};

struct TiedGroup {
  uint64_t offset = 0;
  std::vector<Placed> names;
};

// One version; or all of a manifest without versions.
struct Definition {
  Placed version;  // empty: no versions
  std::optional<Placed> extends;
  std::optional<uint64_t> tensors_at;  // where `tensors`, `add` and `remove`
  std::optional<uint64_t> add_at;      // stand, if they do
  std::optional<uint64_t> remove_at;
  std::vector<NamedTensor> tensors;  // of `tensors` or `add`
  std::vector<Placed> remove;        // globs
  std::vector<TiedGroup> tied;
  Rules rules;
};

struct Definitions {
  std::string name;
  std::optional<std::string> root;
  std::vector<std::string_view> dimension_names;
  std::vector<Definition> versions;
  std::shared_ptr<Arena> arena = std::make_shared<Arena>();  // owns the views
};

// Reads the JSON object. Errors: kManifest with their place and, beyond syntax,
// a JSON pointer; kLimit.
Result<Definitions> ReadDefinitions(std::string_view text,
                                    const Limits& limits);

// Whether the JSON text is an object with a `schema`: meant as a manifest.
Result<bool> HasSchema(std::string_view text, const Limits& limits);

// Works out each version: what it inherits, what it takes away and adds. Takes
// the tensors of the definitions away.
// `text` is what the definitions were read from, for the places of errors.
Result<ReferenceSet> Resolve(Definitions definitions, std::string_view text,
                             const Limits& limits);

}  // namespace ptscope::manifest

#endif  // PTSCOPE_MANIFEST_DEFINITION_H_
