// `module`: a module that _metadata names and that lost all its tensors, while
// its twins have theirs.
//
// torch writes an entry for every module, also for those without tensors. A
// module whose parent has tensors and whose twin has some was not one of these.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

uint64_t Mix(uint64_t a, uint64_t b) {
  return HashNumber(a ^ HashNumber(b, HashKey()),
                    HashKey() ^ 0x2545F4914F6CDD1D);
}

// Modules alike: path but for numbers, version, submodules.
uint64_t LikenessOf(const Module& m) {
  return Mix(Mix(m.like, m.structure),
             static_cast<uint64_t>(m.version.value_or(-1)) + m.submodules);
}

bool IsEmpty(const Dict& dict, const Module& m) {
  return m.named && m.keys_below == 0 && m.parent != kNone &&
         dict.modules[m.parent].keys_below != 0;
}

// Modules that are alike but for one number, by that number.
class Neighbours {
 public:
  explicit Neighbours(const Dict& dict) : dict_(dict) {}

  void Add(uint32_t module) {
    ForEachNumber(module, [&](uint64_t key, uint32_t number) {
      auto [it, is_new] = ranges_.try_emplace(key, Range{number, number});
      it->second.least = std::min(it->second.least, number);
      it->second.most = std::max(it->second.most, number);
    });
  }
  bool OnBothSides(uint32_t module) const {
    bool found = false;
    ForEachNumber(module, [&](uint64_t key, uint32_t number) {
      const auto it = ranges_.find(key);
      found = found || (it != ranges_.end() && it->second.least < number &&
                        number < it->second.most);
    });
    return found;
  }

 private:
  struct Range {
    uint32_t least, most;
  };

  // visit(hash of all but this number, the number), for each of its numbers.
  template <typename Visit>
  void ForEachNumber(uint32_t module, Visit visit) const {
    uint64_t all = 0;
    const auto each = [&](auto with) {
      uint32_t level = 0;
      for (uint32_t i = module; i != 0; i = dict_.modules[i].parent) {
        const Module& m = dict_.modules[i];
        const auto number = NumberOf(DigitsAtEnd(m.step));
        if (number) with(Mix(uint64_t{level} << 32 | *number, 7), *number);
        ++level;
      }
    };
    each([&](uint64_t part, uint32_t) { all += part; });
    const uint64_t like = LikenessOf(dict_.modules[module]);
    uint64_t position = 0;
    each([&](uint64_t part, uint32_t number) {
      visit(Mix(like + position++, all - part), number);
    });
  }

  const Dict& dict_;
  std::unordered_map<uint64_t, Range> ranges_;
};

class Search {
 public:
  Search(const Facts& facts, const Dict& dict, Findings& findings)
      : facts_(facts), dict_(dict), findings_(findings), neighbours_(dict) {}

  void Run() {
    std::vector<std::pair<uint64_t, uint32_t>> modules;
    for (uint32_t i = 1; i < dict_.modules.size(); ++i) {
      const Module& m = dict_.modules[i];
      if (m.named) modules.push_back({LikenessOf(m), i});
      if (!m.named || m.version != 2 || m.submodules != 0) continue;
      norms_ += IsNorm(i);
      empty_norms_ += IsEmpty(dict_, m);
    }
    std::ranges::sort(modules);
    for (size_t begin = 0, end = 0; begin < modules.size(); begin = end) {
      while (end < modules.size() &&
             modules[end].first == modules[begin].first) {
        ++end;
      }
      Take({modules.data() + begin, end - begin});
    }
    Report();
  }

 private:
  using Group = std::span<const std::pair<uint64_t, uint32_t>>;
  struct Lost {
    uint32_t module;
    uint32_t twin;  // kNone
    Certainty certainty;
  };

  bool IsNorm(uint32_t module) const {
    return dict_.OwnKey(module, "running_mean") != kNone;
  }

  void Take(Group group) {
    uint64_t full = 0;
    uint64_t empty = 0;
    for (const auto& [_, i] : group) {
      full += dict_.modules[i].keys_below != 0;
      empty += IsEmpty(dict_, dict_.modules[i]);
    }
    if (empty == 0) return;
    if (full != 0) {
      for (const auto& [_, i] : group) {
        if (dict_.modules[i].keys_below != 0) neighbours_.Add(i);
      }
    }
    uint32_t twin = NextFull(group, 0);
    for (size_t at = 0; at < group.size(); ++at) {
      const uint32_t i = group[at].second;
      const Module& m = dict_.modules[i];
      if (m.keys_below != 0) twin = i;
      if (!IsEmpty(dict_, m)) continue;
      if (full == 0) {
        if (group.size() == 1)
          TakeLone(i);
        else
          TakeNorm(i);
      } else if (const auto how = Judge(i, twin, full, empty)) {
        lost_.push_back({i, twin, *how});
      } else {
        TakeNorm(i);
      }
    }
  }

  uint32_t NextFull(Group group, size_t from) const {
    for (size_t at = from; at < group.size(); ++at) {
      const uint32_t i = group[at].second;
      if (dict_.modules[i].keys_below != 0) return i;
    }
    return kNone;
  }

  // What an empty module with twins is worth.
  std::optional<Certainty> Judge(uint32_t module, uint32_t twin, uint64_t full,
                                 uint64_t empty) const {
    const Module& m = dict_.modules[module];
    const Module& like = dict_.modules[twin];
    if (m.submodules >= 2 && empty <= full && HasMatrix(twin)) {
      if (like.full_submodules >= 4 || like.full_norm_below) {
        return Certainty::kCertain;
      }
      if (neighbours_.OnBothSides(module)) return Certainty::kLikely;
    }
    if (m.submodules == 0 && !NumberOf(m.step) && full >= 3 &&
        empty * 8 <= empty + full && neighbours_.OnBothSides(module)) {
      return Certainty::kLikely;
    }
    return {};
  }

  // Norms may be without parameters, linear layers and convolutions may not.
  bool HasMatrix(uint32_t module) const {
    return std::ranges::any_of(dict_.KeysBelow(module), [&](uint32_t key) {
      return facts_.TensorOf(dict_, key).shape.size() >= 2;
    });
  }

  // A batch norm among many.
  void TakeNorm(uint32_t module) {
    const Module& m = dict_.modules[module];
    // An instance norm has that version, too, and no tensors.
    if (m.step.find("instance") != m.step.npos) return;
    if (m.version != 2 || m.submodules != 0 || norms_ < 3 ||
        empty_norms_ * 8 > empty_norms_ + norms_) {
      return;
    }
    lost_.push_back({module, kNone, Certainty::kLikely});
  }

  // A large part of the model that is like no other.
  void TakeLone(uint32_t module) {
    const Module& m = dict_.modules[module];
    if (m.submodules >= 12 && (m.depth >= 3 || m.norm_below)) {
      lost_.push_back({module, kNone, Certainty::kLikely});
    } else {
      TakeNorm(module);
    }
  }

  void Report() {
    std::ranges::sort(lost_, {}, &Lost::module);
    for (const Lost& lost : lost_) Report(lost);
  }

  void Report(const Lost& lost) {
    const Module& m = dict_.modules[lost.module];
    EvidenceRecord record{.certainty = lost.certainty,
                          .rule = "module",
                          .name = std::string(m.path),
                          .root = dict_.root,
                          .module = std::string(m.path)};
    if (lost.twin != kNone) {
      const Module& twin = dict_.modules[lost.twin];
      ListMissing(lost, record);
      const std::string like =
          m.submodules == 0
              ? fmt::format("like {}", twin.path)
              : fmt::format("with the same {} as {}",
                            Count(m.submodules, "submodule"), twin.path);
      record.reason = fmt::format(
          "no tensor of module {} is in the file; _metadata names it {}, which "
          "has {}",
          m.path, like, Count(twin.keys_below, "tensor"));
    } else if (m.submodules != 0) {
      record.reason = fmt::format(
          "no tensor of module {} is in the file; _metadata names it with {}",
          m.path, Count(m.submodules, "submodule"));
    } else {
      record.reason = fmt::format(
          "no tensor of module {} is in the file; _metadata names it with "
          "version 2, as the {} that have their tensors",
          m.path, Count(norms_, "batch normalization"));
    }
    findings_.Add(std::move(record));
  }

  // The names that the twin has, as this module's.
  void ListMissing(const Lost& lost, EvidenceRecord& record) {
    const std::string_view path = dict_.modules[lost.module].path;
    const std::string_view twin = dict_.modules[lost.twin].path;
    for (const uint32_t key : dict_.KeysBelow(lost.twin)) {
      std::string name =
          Join(path, dict_.keys[key].name.substr(twin.size() + 1));
      record.missing.push_back(std::move(name));
    }
  }

  const Facts& facts_;
  const Dict& dict_;
  Findings& findings_;
  Neighbours neighbours_;
  uint64_t norms_ = 0;        // batch norms with their statistics
  uint64_t empty_norms_ = 0;  // modules of version 2 without a key
  std::vector<Lost> lost_;
};

}  // namespace

void FindLostModules(const Facts& facts, Findings& findings) {
  for (const Dict& dict : facts.dicts) {
    if (dict.metadata) Search(facts, dict, findings).Run();
  }
}

}  // namespace ptscope::evidence
