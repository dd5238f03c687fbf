// Compare: a checkpoint held against a reference, one verdict a name.
#ifndef PTSCOPE_COMPARE_H_
#define PTSCOPE_COMPARE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ptscope/checkpoint.h"
#include "ptscope/dtype.h"
#include "ptscope/name_filter.h"
#include "ptscope/reference.h"
#include "ptscope/roots.h"

namespace ptscope {

// Name, word, whether it fails, and what it means. Where several hold, a name
// gets the first.
#define PTSCOPE_VERDICTS(X)                                                    \
  X(kCollision, "collision", true, "two tensors have this name")               \
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

// Names that may be missing, or may be there: a glob (name_filter.h) and why.
struct NameRule {
  std::string match;
  std::string reason;
};

// The rule of a flag: Allowance("--allow-extra", "head.*") has the reason
// "--allow-extra=head.*"; without a glob it is about all names.
NameRule Allowance(std::string_view flag,
                   std::optional<std::string_view> glob = {});

struct CompareOptions {
  std::vector<NameRule> may_miss = {};
  std::vector<NameRule> may_add = {};
  bool ignore_dtype = false;
  // Of both sides. A tied name that is left out counts as not there.
  NameFilter filter = {};
};

// What one side has, as far as it says.
struct TensorType {
  std::optional<Dtype> dtype;
  std::optional<std::span<const int64_t>> shape;
};

struct VerdictRecord {
  std::string_view name;
  std::string_view reason;     // empty: there is nothing to add
  uint32_t reference = kNone;  // index into Reference::tensors
  uint32_t tensor = kNone;     // into Checkpoint::tensors; of several that
                               // have the name, the first
  uint32_t rule = kNone;       // into Comparison::rules: what allowed it
  Verdict verdict = Verdict::kOk;
};

// Views live as long as the Comparison, the Reference and the Checkpoint.
struct Comparison {
  std::vector<VerdictRecord> verdicts;  // in the reference's order, then what
                                        // only the file has, in file order
  std::array<uint64_t, kVerdicts> counts = {};  // by Verdict
  uint64_t of = 0;                              // tensors of the reference
  uint64_t failures = 0;                        // verdicts that fail
  std::vector<NameRule> rules;                  // that were in force
  std::deque<std::string> texts;                // reasons that were made up

  uint64_t count(Verdict v) const { return counts[static_cast<size_t>(v)]; }
  // Tensors of the reference that are `ok`.
  uint64_t matched() const { return count(Verdict::kOk); }
  // Something fails; or nothing matches, which no rule can excuse.
  bool differs() const { return failures != 0 || matched() == 0; }
};

// What the reference and the file say of a verdict's name; absent where a side
// does not have it.
std::optional<TensorType> ExpectedOf(const VerdictRecord& verdict,
                                     const Reference& reference);
std::optional<TensorType> ActualOf(const VerdictRecord& verdict,
                                   const Checkpoint& checkpoint);

// Holds the tensors of `choice`, a part of `checkpoint`, against `reference`.
Comparison Compare(const Reference& reference, const Checkpoint& checkpoint,
                   const RootChoice& choice,
                   const CompareOptions& options = {});

}  // namespace ptscope

#endif  // PTSCOPE_COMPARE_H_
