// Compare: tensors held against a reference, one verdict a name.
#ifndef PTSCOPE_COMPARE_H_
#define PTSCOPE_COMPARE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ptscope/checkpoint.h"
#include "ptscope/name_filter.h"
#include "ptscope/reference.h"
#include "ptscope/result.h"
#include "ptscope/rules.h"
#include "ptscope/tensor_list.h"

namespace ptscope {

// Name, word, whether it fails, and what it means. Where several hold, a name
// gets the first.
#define PTSCOPE_VERDICTS(X)                                                    \
  X(kCollision, "collision", true, "two tensors have this name")               \
  X(kForbidden, "forbidden", true,                                             \
    "not in the reference, and a rule forbids it")                             \
  X(kNoData, "no_data", true, "its bytes are not in the file")                 \
  X(kShape, "shape", true, "the shapes differ")                                \
  X(kDtype, "dtype", true, "the dtypes differ")                                \
  X(kOk, "ok", false, "present, as in the reference")                          \
  X(kTied, "tied", false, "missing, but a name tied to it is there")           \
  X(kMissingAllowed, "missing_allowed", false, "missing, and a rule says why") \
  X(kMissing, "missing", true, "in the reference, not in the file")            \
  X(kExtraAllowed, "extra_allowed", false,                                     \
    "not in the reference, and a rule says why")                               \
  X(kExtra, "extra", true, "not in the reference")

enum class Verdict : uint8_t {
#define X(name, word, fails, text) name,
  PTSCOPE_VERDICTS(X)
#undef X
};

inline constexpr size_t kVerdicts = 0
#define X(name, word, fails, text) +1
    PTSCOPE_VERDICTS(X)
#undef X
    ;

std::string_view ToWord(Verdict verdict);
bool Fails(Verdict verdict);

// A prefix that is taken from the file's names, or put before all of them.
struct PrefixChange {
  enum class Kind : uint8_t { kStrip, kAdd };
  Kind kind = Kind::kStrip;
  std::string prefix;
};

struct CompareOptions {
  // Rules beside those of the reference, which come first.
  std::vector<NameRule> may_miss = {};
  std::vector<NameRule> may_add = {};
  bool ignore_dtype = false;
  // A rule that has nothing to do fails.
  bool strict = false;
  // The reference's may_miss, may_add and must_not_add count.
  bool use_rules = true;
  // A tied name stands for another of its group.
  bool use_tied = true;
  // Of both sides, after the renames. A tied name that is left out counts as
  // not there.
  NameFilter filter = {};
  // Applied after the reference's renames.
  std::vector<PrefixChange> prefixes = {};
  // Looks for one prefix change that gives more matches, and applies it.
  bool auto_prefix = false;
  // Looks for such a change, and for names to show, where names differ.
  bool hints = true;
};

struct VerdictRecord {
  std::string_view name;      // of the file's side after its renames
  std::string_view reason;    // empty: there is nothing to add
  uint32_t expected = kNone;  // index into the reference's tensors
  uint32_t actual = kNone;    // into the file's; of several that have the
                              // name, the first
  uint32_t rule = kNone;      // into Comparison::rules: what decided
  Verdict verdict = Verdict::kOk;
};

// A rule of the reference that had nothing to do.
struct UnusedRule {
  std::string_view kind;  // "may_miss", "may_add", "must_not_add", "rename"
  std::string match;      // the glob, the prefix or the expression
  std::string_view why;   // "no name fits", "all that fit are there"
};

// Views live as long as the Comparison and both sides.
struct Comparison {
  std::vector<VerdictRecord> verdicts;  // in the reference's order, then what
                                        // only the file has, in file order
  std::array<uint64_t, kVerdicts> counts = {};  // by Verdict
  uint64_t of = 0;                              // tensors of the reference
  uint64_t failures = 0;                        // verdicts that fail
  std::vector<NameRule> rules;                  // that were in force
  std::vector<PrefixChange> prefixes;           // that were applied
  std::vector<UnusedRule> unused_rules;
  std::vector<std::string> hints;  // what may help; text of the file in it
  bool strict = false;

  // What the views point to.
  std::deque<std::string> texts;
  std::shared_ptr<const Arena> arena;

  uint64_t count(Verdict v) const { return counts[static_cast<size_t>(v)]; }
  // Tensors of the reference that are `ok`.
  uint64_t matched() const { return count(Verdict::kOk); }
  // Something fails; or nothing matches, which no rule can excuse.
  bool differs() const {
    return failures != 0 || matched() == 0 || (strict && !unused_rules.empty());
  }
};

// Holds `actual` against `reference`, which both must outlive the result.
// Error: kLimit, if renamed names take too much memory.
Result<Comparison> Compare(const Reference& reference, const TensorList& actual,
                           const CompareOptions& options = {});

// Which of several versions fits best: the one with the fewest verdicts that
// fail, then the most that are ok, then the last one.
struct VersionChoice {
  const Reference* reference = nullptr;
  Comparison comparison;
  // The next best; null if there is only one.
  const Reference* runner_up = nullptr;
  uint64_t runner_up_failures = 0;
  uint64_t runner_up_matched = 0;
};

Result<VersionChoice> CompareVersions(std::span<const Reference> versions,
                                      const TensorList& actual,
                                      const CompareOptions& options = {});

}  // namespace ptscope

#endif  // PTSCOPE_COMPARE_H_
