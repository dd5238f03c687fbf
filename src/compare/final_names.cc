#include "compare/final_names.h"

#include <fmt/format.h>

#include <string>

#include "manifest/rename_pattern.h"

namespace ptscope::compare {

namespace {

using manifest::RenamePattern;

// Renamed names may take this much and a multiple of what they were. A rule
// that puts two letters for each one, ten times over, stops here.
constexpr uint64_t kSpare = 16 << 20;
constexpr uint64_t kGrowth = 16;

Error TooLong(std::string_view name) {
  constexpr size_t kShown = 200;
  return {.code = ErrorCode::kLimit,
          .message = fmt::format("the renames make names too long, as of "
                                 "\"{}\"",
                                 name.substr(0, kShown))};
}

class Renamer {
 public:
  Renamer(const TensorList& file, std::span<const RenameRule> renames,
          std::span<const PrefixChange> prefixes, Arena& arena)
      : file_(file), prefixes_(prefixes), arena_(arena) {
    for (const RenameRule& rule : renames) patterns_.emplace_back(rule);
    out_.rename_fits.resize(patterns_.size());
    budget_ = kSpare;
    for (const NamedTensor& t : file.tensors) {
      budget_ += kGrowth * (t.name.size() + 1);
    }
  }

  Result<FinalNames> Run() {
    out_.names.reserve(file_.tensors.size());
    for (const NamedTensor& t : file_.tensors) {
      std::string_view name = t.name;
      PTSCOPE_CHECK(ApplyRules(name));
      PTSCOPE_CHECK(ApplyPrefixes(name));
      out_.names.push_back(name);
    }
    return std::move(out_);
  }

 private:
  // `name` is where it was, or in renamed_, or in the arena.
  Status ApplyRules(std::string_view& name) {
    bool renamed = false;
    for (size_t i = 0; i < patterns_.size(); ++i) {
      if (!patterns_[i].Fits(name)) continue;
      out_.rename_fits[i] = true;
      if (patterns_[i].LongestResult(name.size()) > budget_) {
        return TooLong(name);
      }
      renamed_ = patterns_[i].Apply(name);
      name = renamed_;
      renamed = true;
    }
    return renamed ? Keep(name) : Status();
  }

  Status ApplyPrefixes(std::string_view& name) {
    for (const PrefixChange& change : prefixes_) {
      if (change.kind == PrefixChange::Kind::kStrip) {
        if (name.starts_with(change.prefix)) {
          name.remove_prefix(change.prefix.size());
        }
      } else {
        const std::string longer = change.prefix + std::string(name);
        name = longer;
        PTSCOPE_CHECK(Keep(name));
      }
    }
    return {};
  }

  Status Keep(std::string_view& name) {
    if (name.size() > budget_) return TooLong(name);
    budget_ -= name.size();
    name = arena_.Copy(name);
    return {};
  }

  const TensorList& file_;
  const std::span<const PrefixChange> prefixes_;
  Arena& arena_;
  std::vector<RenamePattern> patterns_;
  FinalNames out_;
  std::string renamed_;
  uint64_t budget_;
};

}  // namespace

Result<FinalNames> RenameAll(const TensorList& file,
                             std::span<const RenameRule> renames,
                             std::span<const PrefixChange> prefixes,
                             Arena& arena) {
  return Renamer(file, renames, prefixes, arena).Run();
}

}  // namespace ptscope::compare
