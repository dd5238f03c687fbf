// A folder of manifests, of which a configuration chooses one.
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "manifest/definition.h"
#include "manifest/parse.h"
#include "manifest/read_text.h"
#include "ptscope/reference.h"
#include "ptscope/source.h"

namespace ptscope {

namespace {

// Absent: the file is JSON of another kind.
Result<std::optional<ReferenceSet>> ReadOne(const Source& source,
                                            const Limits& limits) {
  PTSCOPE_TRY(const std::string text,
              manifest::ReadText(source, "the manifest", limits));
  PTSCOPE_TRY(const bool is_manifest, manifest::HasSchema(text, limits));
  if (!is_manifest) return std::optional<ReferenceSet>();
  PTSCOPE_TRY(ReferenceSet set, manifest::ParseManifest(text, limits));
  return std::optional(std::move(set));
}

}  // namespace

Result<std::vector<ReferenceSet>> ReadManifests(
    const Folder& folder, const ReferenceOptions& options) {
  PTSCOPE_TRY(const std::vector<std::string> names, folder.List());
  std::vector<ReferenceSet> sets;
  std::vector<std::string> files;
  for (const std::string& name : names) {
    if (!name.ends_with(".json")) continue;
    PTSCOPE_TRY(const auto source, folder.Open(name));
    auto set = ReadOne(*source, options.limits);
    if (!set) {
      set.error().record = name;
      return std::move(set.error());
    }
    if (!*set) continue;
    for (size_t i = 0; i < sets.size(); ++i) {
      if (sets[i].name != (*set)->name) continue;
      return Error{.code = ErrorCode::kManifest,
                   .message = fmt::format("{} and {} are manifests of one "
                                          "model, \"{}\"",
                                          files[i], name, sets[i].name)};
    }
    sets.push_back(std::move(**set));
    files.push_back(name);
  }
  if (sets.empty()) {
    return Error{.code = ErrorCode::kManifest,
                 .message = "there is no manifest in the folder",
                 .expected = "files whose name ends in .json, with a `schema`"};
  }
  return sets;
}

}  // namespace ptscope
