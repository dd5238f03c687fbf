#include "ptscope/torch_style.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

#include "base/arena.h"
#include "base/hash.h"
#include "compare/final_names.h"
#include "compare/module_order.h"

namespace ptscope {

namespace {

using compare::ModuleOrder;

constexpr std::string_view kExtraState = "_extra_state";
constexpr std::string_view kBatches = "num_batches_tracked";

bool LastStepIs(std::string_view name, std::string_view step) {
  return name.substr(name.rfind('.') + 1) == step;
}

// Which num_batches_tracked batch norm does not fill in.
class Batches {
 public:
  // Modules are renamed as the tensors in them are. That is what torch's
  // consume_prefix_in_state_dict_if_present does, and more than a comprehension
  // over the items, which loses `_metadata`.
  static Result<Batches> Of(const Reference& reference,
                            const StateDictKeys& keys,
                            const Comparison& comparison) {
    Batches batches;
    batches.all_needed_ = keys.module;
    if (!keys.has_metadata) return batches;
    constexpr int64_t kSinceVersion = 2;
    TensorList list;
    for (const ModuleMetadata& m : keys.modules) {
      if (m.version.value_or(0) < kSinceVersion) continue;
      std::string name(m.module);
      if (!name.empty()) name += '.';
      name += kBatches;
      list.tensors.push_back({.name = batches.arena_->Copy(name)});
    }
    PTSCOPE_TRY(const compare::FinalNames names,
                compare::RenameAll(list, reference.rules.rename,
                                   comparison.prefixes, *batches.arena_));
    batches.needed_.insert(names.names.begin(), names.names.end());
    return batches;
  }

  bool FillsIn(std::string_view name) const {
    return LastStepIs(name, kBatches) && !all_needed_ &&
           !needed_.contains(name);
  }

 private:
  struct Hash {
    size_t operator()(std::string_view name) const {
      return HashText(name, HashKey());
    }
  };

  std::unique_ptr<Arena> arena_ = std::make_unique<Arena>();
  std::unordered_set<std::string_view, Hash> needed_;
  bool all_needed_ = false;
};

// Checkpoints of 0.3 have scalars as tensors of one element.
bool IsOldScalar(const NamedTensor& expected, const NamedTensor& actual) {
  return expected.shape && actual.shape && expected.shape->empty() &&
         actual.shape->size() == 1 && actual.shape->front() == 1;
}

// Each module in its turn tells the keys that lead to it and no further, first
// that of a state it does not take. `names` are in the file's order.
void SortAsTorch(const Reference& reference,
                 std::vector<std::string_view>& names) {
  if (names.size() < 2) return;
  const ModuleOrder order(reference);
  struct Entry {
    ModuleOrder::Module module;
    bool not_first;
    std::string_view name;
  };
  std::vector<Entry> entries;
  entries.reserve(names.size());
  for (const std::string_view name : names) {
    const ModuleOrder::Module module = order.Find(name);
    entries.push_back({module, name.substr(module.path) != kExtraState, name});
  }
  std::ranges::stable_sort(entries, {}, [](const Entry& e) {
    return std::pair(e.module, e.not_first);
  });
  std::ranges::transform(entries, names.begin(), &Entry::name);
}

class Loading {
 public:
  Loading(const Reference& reference, const StateDictKeys& keys,
          const Batches& batches)
      : reference_(reference), keys_(keys), batches_(batches) {}

  LoadAnswer Run(const Comparison& comparison) {
    for (const VerdictRecord& record : comparison.verdicts) Look(record);
    SortAsTorch(reference_, answer_.unexpected);
    for (const std::string_view key : keys_.not_text) {
      answer_.obstacles.push_back({key, "the key is no text"});
    }
    return std::move(answer_);
  }

 private:
  void Look(const VerdictRecord& record) {
    if (record.verdict == Verdict::kCollision) {
      answer_.obstacles.push_back({record.name, std::string(record.reason)});
    } else if (record.actual == kNone) {
      if (!batches_.FillsIn(record.name)) {
        answer_.missing.push_back(record.name);
      }
    } else if (record.expected == kNone) {
      LookAtUnexpected(record);
    } else {
      LookAtPresent(record);
    }
    if (record.actual == kNone) return;
    const std::string_view problem = keys_.tensors[record.actual].problem;
    if (problem.empty()) return;
    answer_.obstacles.push_back(
        {record.name,
         "its bytes are not in the file: " + std::string(problem)});
  }

  void LookAtUnexpected(const VerdictRecord& record) {
    // A manifest does not tell of a state that is no tensor.
    if (!keys_.class_of(record.actual).empty() &&
        LastStepIs(record.name, kExtraState)) {
      return;
    }
    answer_.unexpected.push_back(record.name);
  }

  void LookAtPresent(const VerdictRecord& record) {
    // set_extra_state() takes anything.
    if (LastStepIs(record.name, kExtraState)) return;
    LoadAnswer::Misfit misfit{.name = record.name,
                              .expected = record.expected,
                              .actual = record.actual,
                              .no_tensor = keys_.class_of(record.actual)};
    const bool fits = record.verdict != Verdict::kShape ||
                      IsOldScalar(reference_.tensors[record.expected],
                                  keys_.tensors[record.actual]);
    misfit.no_values = fits && keys_.is_meta(record.actual);
    if (fits && misfit.no_tensor.empty() && !misfit.no_values) return;
    answer_.misfits.push_back(misfit);
  }

  const Reference& reference_;
  const StateDictKeys& keys_;
  const Batches& batches_;
  LoadAnswer answer_;
};

}  // namespace

CompareOptions AsTorchCompares(CompareOptions options) {
  options.may_miss.clear();
  options.may_add.clear();
  options.ignore_dtype = true;
  options.strict = false;
  options.use_rules = false;
  options.use_tied = false;
  options.hints = false;
  return options;
}

Result<LoadAnswer> LoadStateDict(const Reference& reference,
                                 const StateDictKeys& keys,
                                 const Comparison& comparison) {
  if (!keys.no_dict.empty()) {
    LoadAnswer answer;
    answer.no_dict = keys.no_dict;
    return answer;
  }
  PTSCOPE_TRY(const Batches batches, Batches::Of(reference, keys, comparison));
  return Loading(reference, keys, batches).Run(comparison);
}

}  // namespace ptscope
