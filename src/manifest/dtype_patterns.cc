#include "manifest/dtype_patterns.h"

#include <fmt/format.h>

#include <new>

#include "base/edit_distance.h"
#include "base/glob.h"

namespace ptscope::manifest {

namespace {

// What a manifest may ask for: all but the two words for "not known".
bool MayBeAsked(Dtype dtype) {
  return dtype != Dtype::kUnknown && dtype != Dtype::kUntyped;
}

uint64_t DtypesThatFit(std::string_view word) {
  if (const auto dtype = DtypeFromName(word)) {
    return MayBeAsked(*dtype) ? PatternOf(*dtype).dtypes : 0;
  }
  if (word.find_first_of("*?[") == std::string_view::npos) return 0;
  const Glob glob(word);
  uint64_t dtypes = 0;
#define X(id, torch, alias, bits, storage)            \
  if (MayBeAsked(Dtype::id) && glob.Matches(torch)) { \
    dtypes |= PatternOf(Dtype::id).dtypes;            \
  }
  PTSCOPE_DTYPES(X)
#undef X
  return dtypes;
}

}  // namespace

const DtypePattern* DtypePatterns::Find(std::string_view word) {
  if (const auto at = known_.find(word); at != known_.end()) return at->second;
  const uint64_t dtypes = DtypesThatFit(word);
  if (dtypes == 0) return nullptr;
  // An alias is shown as torch's own name.
  const auto named = DtypeFromName(word);
  const std::string_view shown = named ? ToName(*named) : arena_.Copy(word);
  const DtypePattern* pattern =
      Keep({.words = arena_.Copy(std::span(&shown, 1)), .dtypes = dtypes});
  known_.emplace(arena_.Copy(word), pattern);
  return pattern;
}

const DtypePattern* DtypePatterns::List(const std::vector<std::string>& words) {
  std::vector<std::string_view> shown;
  uint64_t dtypes = 0;
  std::string key = "[";  // no single word is like it: sizes stand before
  for (const std::string& word : words) {
    const DtypePattern* one = Find(word);
    shown.push_back(one->words.front());
    dtypes |= one->dtypes;
    key += fmt::format("{}:{}", shown.back().size(), shown.back());
  }
  if (const auto at = known_.find(key); at != known_.end()) return at->second;
  const DtypePattern* pattern =
      Keep({.words = arena_.Copy(std::span<const std::string_view>(shown)),
            .dtypes = dtypes,
            .list = true});
  known_.emplace(arena_.Copy(key), pattern);
  return pattern;
}

const DtypePattern* DtypePatterns::Keep(const DtypePattern& pattern) {
  return new (arena_.Allocate<DtypePattern>(1)) DtypePattern(pattern);
}

std::string_view NearestDtype(std::string_view word) {
  std::vector<std::string_view> names;
#define X(id, torch, alias, bits, storage) \
  if (MayBeAsked(Dtype::id)) names.push_back(torch);
  PTSCOPE_DTYPES(X)
#undef X
  if (word.starts_with("torch.")) word.remove_prefix(6);
  return NearestWord(word, names);
}

}  // namespace ptscope::manifest
