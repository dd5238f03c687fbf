// `twin`: two copies of one net in the file (a model and its moving average,
// two networks side by side), of which one lacks what the other has.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

bool IsStatistic(const Facts& facts, const Dict& dict, uint32_t key) {
  const std::string_view leaf = dict.keys[key].leaf;
  return leaf == "running_mean" || leaf == "running_var" ||
         leaf == "num_batches_tracked" ||
         !IsFloating(facts.TensorOf(dict, key).dtype);
}

// A prefix that all keys of a state dict have, and that is a wrapper's.
std::string_view WrapperOf(const Dict& dict) {
  for (const std::string_view p :
       {"module.", "_orig_mod.", "model.", "ema_model.", "ema."}) {
    if (std::ranges::all_of(dict.keys, [&](const Key& key) {
          return key.name.starts_with(p);
        })) {
      return p;
    }
  }
  return {};
}

// Two state dicts.
class Copies {
 public:
  Copies(const Facts& facts, const Dict& a, const Dict& b, Findings& findings)
      : facts_(facts), a_(a), b_(b), findings_(findings) {}

  void Run() {
    const size_t most = std::max(a_.keys.size(), b_.keys.size());
    if (std::min(a_.keys.size(), b_.keys.size()) * 10 < most * 8) return;
    const auto lost_of_b = Compare(a_, b_);
    if (common_ * 10 < most * 8 || equal_ * 20 < common_ * 19) return;
    const auto lost_of_a = Compare(b_, a_);
    Report(a_, b_, lost_of_b);
    Report(b_, a_, lost_of_a);
  }

 private:
  // Keys of `from` that `to` lacks.
  std::vector<uint32_t> Compare(const Dict& from, const Dict& to) {
    const std::string_view strip = WrapperOf(from);
    const std::string_view add = WrapperOf(to);
    std::vector<uint32_t> lost;
    common_ = equal_ = 0;
    for (uint32_t k = 0; k < from.keys.size(); ++k) {
      const uint32_t other = to.FindKey(
          std::string(add).append(from.keys[k].name.substr(strip.size())));
      if (other == kNone) {
        lost.push_back(k);
        continue;
      }
      ++common_;
      equal_ += std::ranges::equal(facts_.TensorOf(from, k).shape,
                                   facts_.TensorOf(to, other).shape);
    }
    return lost;
  }

  // It is one tensor with another name, which the copy has: an average of
  // named_parameters() has each once.
  bool IsTied(const Dict& from, const Dict& to, uint32_t key, size_t strip,
              std::string_view add) const {
    const Tensor& t = facts_.TensorOf(from, key);
    if (t.storage == kNone) return false;
    for (uint32_t k = 0; k < from.keys.size(); ++k) {
      const Tensor& other = facts_.TensorOf(from, k);
      if (k == key || other.storage != t.storage ||
          other.storage_offset != t.storage_offset) {
        continue;
      }
      if (to.FindKey(std::string(add).append(
              from.keys[k].name.substr(strip))) != kNone) {
        return true;
      }
    }
    return false;
  }

  // The copy has some of that part of the model, or its _metadata knows it: one
  // of two copies may be built with a head more (BYOL's predictor).
  static bool HasPart(const Dict& dict, std::string_view name, size_t prefix) {
    const std::string_view part =
        name.substr(0, std::min(name.find('.', prefix), name.size()));
    const uint32_t module = dict.FindModule(part);
    if (module == kNone) return part.size() == name.size();
    const Module& m = dict.modules[module];
    return m.keys_below != 0 || m.named;
  }

  void Report(const Dict& from, const Dict& to,
              const std::vector<uint32_t>& lost) {
    const bool statistics = std::ranges::all_of(
        lost, [&](uint32_t key) { return IsStatistic(facts_, from, key); });
    // All that it lacks are statistics: copies of the parameters alone.
    const size_t strip = WrapperOf(from).size();
    const std::string_view add = WrapperOf(to);
    for (const uint32_t key : lost) {
      const Tensor& t = facts_.TensorOf(from, key);
      const std::string_view there = from.keys[key].name;
      const std::string name = std::string(add).append(there.substr(strip));
      if (IsTied(from, to, key, strip, add)) continue;
      const bool whole_part = !HasPart(to, name, add.size());
      findings_.Add(
          {.certainty =
               statistics || whole_part ? Certainty::kNote : Certainty::kLikely,
           .rule = "twin",
           .reason = fmt::format(
               "{} is not in {}, but in {}, which has {} of its {} names", name,
               to.root.empty() ? "the top level" : to.root,
               from.root.empty() ? "the top level" : from.root, common_,
               to.keys.size()),
           .name = name,
           .root = to.root,
           .module = std::string(ModuleOf(name)),
           .dtype = t.dtype,
           .shape = std::vector<int64_t>(t.shape.begin(), t.shape.end())});
    }
  }

  const Facts& facts_;
  const Dict& a_;
  const Dict& b_;
  Findings& findings_;
  uint64_t common_ = 0;  // names
  uint64_t equal_ = 0;   // of these, shapes
};

// Two subtrees of one parent within one state dict.
class Subtrees {
 public:
  Subtrees(const Facts& facts, const Dict& dict, Findings& findings)
      : facts_(facts), dict_(dict), findings_(findings) {}

  void Run() {
    for (uint32_t i = 1; i < dict_.modules.size(); ++i) {
      const Module& m = dict_.modules[i];
      // Numbered blocks are the rule `sibling`'s.
      if (m.keys_below < kLeast || NumberOf(m.step)) continue;
      if (DepthOf(i) > kMostDepth) continue;
      children_[m.parent].push_back(i);
    }
    for (uint32_t i = 0; i < dict_.modules.size(); ++i) {
      const auto at = children_.find(i);
      if (at == children_.end() || at->second.size() > kMostChildren) continue;
      const auto& all = at->second;
      for (size_t a = 0; a < all.size(); ++a) {
        for (size_t b = a + 1; b < all.size(); ++b) Compare(all[a], all[b]);
      }
    }
  }

 private:
  static constexpr uint32_t kLeast = 20;
  static constexpr uint32_t kMostDepth = 3;
  static constexpr size_t kMostChildren = 8;

  struct Entry {
    uint64_t hash;  // of name and shape
    uint32_t key;
  };

  uint32_t DepthOf(uint32_t module) const {
    uint32_t depth = 0;
    for (; module != 0; module = dict_.modules[module].parent) ++depth;
    return depth;
  }

  static uint64_t Allowed(uint64_t n) { return std::max<uint64_t>(2, n / 20); }

  void Compare(uint32_t a, uint32_t b) {
    const uint64_t na = dict_.modules[a].keys_below;
    const uint64_t nb = dict_.modules[b].keys_below;
    if (na == nb) return;  // none lacks what the other has, and no more
    if (na < nb) {
      std::swap(a, b);
    }
    const uint64_t more = std::max(na, nb);
    if (more - std::min(na, nb) > Allowed(more)) return;
    const auto& from = EntriesOf(a);
    const auto& to = EntriesOf(b);
    std::vector<Entry> lost;
    std::vector<Entry> extra;
    std::ranges::set_difference(from, to, std::back_inserter(lost), {},
                                &Entry::hash, &Entry::hash);
    std::ranges::set_difference(to, from, std::back_inserter(extra), {},
                                &Entry::hash, &Entry::hash);
    if (!extra.empty() || from.size() - lost.size() < kLeast) return;
    // One of two heads may be a layer longer: torchvision's box_head and
    // mask_head are.
    if (!std::ranges::all_of(lost, [&](const Entry& entry) {
          return HasModule(NameWithin(a, b, entry.key));
        })) {
      return;
    }
    std::ranges::sort(lost, {}, &Entry::key);
    for (const Entry& entry : lost) Report(a, b, entry.key, to.size());
  }

  // The name that a key of module `a` has within module `b`.
  std::string NameWithin(uint32_t a, uint32_t b, uint32_t key) const {
    const size_t own = dict_.modules[a].path.size() + 1;
    return Join(dict_.modules[b].path, dict_.keys[key].name.substr(own));
  }

  // The module of that tensor is known by other tensors, or by _metadata.
  bool HasModule(std::string_view name) const {
    const uint32_t module = dict_.FindModule(ModuleOf(name));
    if (module == kNone) return false;
    const Module& m = dict_.modules[module];
    return m.keys_below != 0 || m.named;
  }

  const std::vector<Entry>& EntriesOf(uint32_t module) {
    auto [it, is_new] = entries_.try_emplace(module);
    if (!is_new) return it->second;
    const std::string_view path = dict_.modules[module].path;
    for (const uint32_t k : dict_.KeysBelow(module)) {
      const std::string_view name = dict_.keys[k].name;
      const auto shape = facts_.TensorOf(dict_, k).shape;
      const std::string_view bytes(reinterpret_cast<const char*>(shape.data()),
                                   shape.size_bytes());
      it->second.push_back(
          {HashText(name.substr(path.size() + 1), HashKey()) ^
               HashNumber(HashText(bytes, HashKey()), HashKey()),
           k});
    }
    std::ranges::sort(it->second, {}, &Entry::hash);
    return it->second;
  }

  void Report(uint32_t a, uint32_t b, uint32_t key, size_t have) {
    const Module& from = dict_.modules[a];
    const Module& to = dict_.modules[b];
    const std::string name = NameWithin(a, b, key);
    if (dict_.FindKey(name) != kNone) return;  // it has another shape
    // An actor may have a parameter of its own, beside what a critic has.
    if (ModuleOf(name) == to.path) return;
    const Tensor& t = facts_.TensorOf(dict_, key);
    findings_.Add(
        {.certainty = Certainty::kLikely,
         .rule = "twin",
         .reason =
             fmt::format("{} is not in the file, but {} is, and the {} "
                         "others of {} and {} are the same",
                         name, dict_.keys[key].name, have, to.path, from.path),
         .name = name,
         .root = dict_.root,
         .module = std::string(ModuleOf(name)),
         .dtype = t.dtype,
         .shape = std::vector<int64_t>(t.shape.begin(), t.shape.end())});
  }

  const Facts& facts_;
  const Dict& dict_;
  Findings& findings_;
  std::unordered_map<uint32_t, std::vector<uint32_t>> children_;
  std::unordered_map<uint32_t, std::vector<Entry>> entries_;
};

}  // namespace

void FindTwins(const Facts& facts, Findings& findings) {
  // Copies are few; a file of a thousand state dicts has none.
  constexpr size_t kMost = 16;
  if (facts.dicts.size() <= kMost) {
    for (size_t a = 0; a < facts.dicts.size(); ++a) {
      for (size_t b = a + 1; b < facts.dicts.size(); ++b) {
        Copies(facts, facts.dicts[a], facts.dicts[b], findings).Run();
      }
    }
  }
  for (const Dict& dict : facts.dicts) {
    Subtrees(facts, dict, findings).Run();
  }
}

}  // namespace ptscope::evidence
