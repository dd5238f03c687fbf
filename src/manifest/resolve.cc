// Versions: each is its parent less what it removes, then what it adds.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/glob.h"
#include "base/name_index.h"
#include "base/text_place.h"
#include "manifest/definition.h"
#include "manifest/json_pointer.h"

namespace ptscope::manifest {

namespace {

class Resolver {
 public:
  Resolver(Definitions& definitions, std::string_view text,
           const Limits& limits)
      : definitions_(definitions),
        versions_(definitions.versions),
        text_(text),
        limits_(limits),
        parents_(versions_.size(), kNone),
        seen_by_(versions_.size(), kNone),
        done_(versions_.size()) {}

  Result<std::vector<Reference>> Run() {
    PTSCOPE_CHECK(FindParents());
    references_.resize(versions_.size());
    for (uint32_t i = 0; i < versions_.size(); ++i) {
      PTSCOPE_TRY(const std::vector<uint32_t> chain, Chain(i));
      // The oldest that is not done yet comes first.
      for (size_t k = chain.size(); k-- > 0;) PTSCOPE_CHECK(Make(chain[k]));
    }
    return std::move(references_);
  }

 private:
  Error At(uint64_t offset, std::string message) const {
    return {.code = ErrorCode::kManifest,
            .message = std::move(message),
            .place = PlaceOf(text_, offset)};
  }

  // "/versions/2/extends"; "/tied" of a manifest without versions.
  std::string Pointer(uint32_t version, const std::string& rest) const {
    const std::string_view name = versions_[version].version.text;
    return name.empty() ? rest : "/versions" + PointerStep(name) + rest;
  }

  Status FindParents() {
    NameIndex index(versions_.size());
    const auto name_of = [&](uint32_t i) { return versions_[i].version.text; };
    for (uint32_t i = 0; i < versions_.size(); ++i) {
      index.Insert(name_of(i), i, name_of);
    }
    for (uint32_t i = 0; i < versions_.size(); ++i) {
      const auto& extends = versions_[i].extends;
      if (!extends) continue;
      parents_[i] = index.Find(extends->text, name_of);
      if (parents_[i] != kNone) continue;
      std::string known;
      for (const Definition& d : versions_) {
        known += fmt::format("{}{}", known.empty() ? "" : ", ", d.version.text);
      }
      Error error = At(extends->offset, fmt::format("`{}`: there is no such "
                                                    "version",
                                                    Pointer(i, "/extends")));
      error.found = fmt::format("\"{}\"", extends->text);
      error.expected = "one of " + known;
      return error;
    }
    return {};
  }

  // The version and those that it needs and that are not made yet.
  Result<std::vector<uint32_t>> Chain(uint32_t version) {
    std::vector<uint32_t> chain;
    for (uint32_t i = version; i != kNone && !done_[i]; i = parents_[i]) {
      if (std::exchange(seen_by_[i], version) == version) {
        return At(versions_[i].extends->offset,
                  fmt::format("`{}`: the version extends itself",
                              Pointer(i, "/extends")));
      }
      chain.push_back(i);
    }
    return chain;
  }

  Status Make(uint32_t i) {
    const Definition& d = versions_[i];
    Reference& to = references_[i];
    to.version = d.version.text;
    to.arena = definitions_.arena;
    to.dimension_names = definitions_.dimension_names;
    if (parents_[i] != kNone) PTSCOPE_CHECK(Inherit(i, to));
    PTSCOPE_CHECK(Add(i, to));
    if (to.tensors.empty()) {
      if (d.version.text.empty()) {
        return Error{.code = ErrorCode::kManifest,
                     .message = "the reference has no tensor"};
      }
      return At(d.version.offset,
                fmt::format("`{}` has no tensor", Pointer(i, "")));
    }
    PTSCOPE_CHECK(Tie(i, to));
    const auto append = [](auto& list, const auto& more) {
      list.insert(list.end(), more.begin(), more.end());
    };
    append(to.rules.may_miss, d.rules.may_miss);
    append(to.rules.may_add, d.rules.may_add);
    append(to.rules.must_not_add, d.rules.must_not_add);
    append(to.rules.rename, d.rules.rename);
    done_[i] = true;
    return {};
  }

  // The parent's tensors less what is removed, and its tied names and rules.
  Status Inherit(uint32_t i, Reference& to) const {
    const Definition& d = versions_[i];
    const Reference& parent = references_[parents_[i]];
    std::vector<Glob> globs;
    globs.reserve(d.remove.size());
    for (const Placed& remove : d.remove) globs.emplace_back(remove.text);
    std::vector<bool> removed(globs.size());
    std::vector<uint32_t> moved(parent.tensors.size(), kNone);
    to.tensors.reserve(parent.tensors.size() + d.tensors.size());
    for (size_t t = 0; t < parent.tensors.size(); ++t) {
      bool keep = true;
      for (size_t g = 0; g < globs.size(); ++g) {
        if (!globs[g].Matches(parent.tensors[t].name)) continue;
        removed[g] = true;
        keep = false;
      }
      if (!keep) continue;
      moved[t] = static_cast<uint32_t>(to.tensors.size());
      to.tensors.push_back(parent.tensors[t]);
    }
    for (size_t g = 0; g < globs.size(); ++g) {
      if (removed[g]) continue;
      return At(d.remove[g].offset,
                fmt::format("`{}`: no name of version {} fits \"{}\"",
                            Pointer(i, fmt::format("/remove/{}", g)),
                            d.extends->text, d.remove[g].text));
    }
    for (std::vector<uint32_t> group : parent.tied) {
      for (uint32_t& t : group) t = moved[t];
      std::erase(group, kNone);
      if (group.size() >= 2) to.tied.push_back(std::move(group));
    }
    to.rules = parent.rules;
    return {};
  }

  // An existing name is replaced in its place.
  Status Add(uint32_t i, Reference& to) {
    Definition& d = versions_[i];
    index_.reset();
    if (parents_[i] == kNone) {
      to.tensors = std::move(d.tensors);  // no key of an object is there twice
      return CountTensors(to);
    }
    MakeIndex(to);
    const auto name_of = [&](uint32_t t) { return to.tensors[t].name; };
    for (const NamedTensor& tensor : d.tensors) {
      const auto next = static_cast<uint32_t>(to.tensors.size());
      to.tensors.push_back(tensor);
      const uint32_t at = index_->Insert(tensor.name, next, name_of);
      if (at == next) continue;
      to.tensors[at] = tensor;
      to.tensors.pop_back();
    }
    return CountTensors(to);
  }

  void MakeIndex(const Reference& of) {
    index_.emplace(of.tensors.size());
    const auto name_of = [&](uint32_t t) { return of.tensors[t].name; };
    for (uint32_t t = 0; t < of.tensors.size(); ++t) {
      index_->Insert(of.tensors[t].name, t, name_of);
    }
  }

  Status CountTensors(const Reference& of) {
    total_ += of.tensors.size();
    if (total_ <= limits_.reference_tensors) return {};
    return Error{
        .code = ErrorCode::kLimit,
        .message =
            "the versions of the manifest have too many "
            "tensors in all",
        .expected = fmt::format("at most {}", limits_.reference_tensors),
        .hint = "--max reference_tensors=N raises the limit"};
  }

  Status Tie(uint32_t i, Reference& to) {
    const Definition& d = versions_[i];
    if (d.tied.empty()) return {};
    if (!index_) MakeIndex(to);
    const auto name_of = [&](uint32_t t) { return to.tensors[t].name; };
    std::vector<bool> taken(to.tensors.size());
    for (const auto& group : to.tied) {
      for (const uint32_t t : group) taken[t] = true;
    }
    for (size_t g = 0; g < d.tied.size(); ++g) {
      std::vector<uint32_t> group;
      for (size_t n = 0; n < d.tied[g].names.size(); ++n) {
        const Placed& name = d.tied[g].names[n];
        const auto pointer = [&] {
          return Pointer(i, fmt::format("/tied/{}/{}", g, n));
        };
        const uint32_t t = index_->Find(name.text, name_of);
        if (t == kNone) {
          return At(name.offset, fmt::format("`{}`: the tied name \"{}\" is "
                                             "not in `tensors`",
                                             pointer(), name.text));
        }
        if (taken[t]) {
          return At(name.offset, fmt::format("`{}`: \"{}\" is tied twice",
                                             pointer(), name.text));
        }
        taken[t] = true;
        group.push_back(t);
      }
      to.tied.push_back(std::move(group));
    }
    return {};
  }

  const Definitions& definitions_;
  std::vector<Definition>& versions_;
  const std::string_view text_;
  const Limits& limits_;
  std::vector<uint32_t> parents_;  // kNone: it extends none
  std::vector<uint32_t> seen_by_;  // the last whose chain it was in
  std::vector<bool> done_;
  std::vector<Reference> references_;
  std::optional<NameIndex> index_;  // of the version at hand
  uint64_t total_ = 0;
};

}  // namespace

Result<ReferenceSet> Resolve(Definitions definitions, std::string_view text,
                             const Limits& limits) {
  ReferenceSet set;
  set.kind = ReferenceSet::Kind::kManifest;
  set.name = definitions.name;
  set.root = definitions.root;
  PTSCOPE_TRY(set.versions, Resolver(definitions, text, limits).Run());
  return set;
}

}  // namespace ptscope::manifest
