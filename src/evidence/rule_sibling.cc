// `sibling`: one block of a numbered list lacks a key that the others have.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

// A key as one block of a list has it.
struct Entry {
  uint32_t list;
  uint32_t block;  // its place in the list
  uint64_t rest;   // hash of the name within the block
  uint32_t key;
};

struct Lost {
  uint32_t list, block;
  std::string unit;  // the module that is lost with it
  std::string name;
  uint32_t twin;  // the key of a block that has it
  uint64_t have;  // blocks that have it
};

class Search {
 public:
  Search(const Facts& facts, const Dict& dict, Findings& findings)
      : facts_(facts), dict_(dict), findings_(findings) {}

  void Run() {
    NumberBlocks();
    if (block_of_.empty()) return;
    Collect();
    MarkOddBlocks();
    FindLost();
    Report();
  }

 private:
  static constexpr size_t kLeastBlocks = 4;

  struct Place {
    uint32_t list = kNone;
    uint32_t block = 0;
  };

  void NumberBlocks() {
    for (uint32_t l = 0; l < dict_.lists.size(); ++l) {
      const auto blocks = dict_.lists[l].blocks;
      first_.push_back(blocks_);
      if (blocks.size() < kLeastBlocks) continue;
      if (block_of_.empty()) block_of_.resize(dict_.modules.size());
      for (uint32_t b = 0; b < blocks.size(); ++b) {
        block_of_[blocks[b].module] = {l, b};
      }
      blocks_ += static_cast<uint32_t>(blocks.size());
    }
  }

  void Collect() {
    std::vector<uint64_t> step(dict_.modules.size());
    for (uint32_t i = 0; i < dict_.modules.size(); ++i) {
      step[i] = HashText(dict_.modules[i].step, HashKey());
    }
    for (uint32_t k = 0; k < dict_.keys.size(); ++k) {
      uint64_t rest = HashText(dict_.keys[k].leaf, HashKey());
      for (uint32_t m = dict_.keys[k].module; m != 0;
           m = dict_.modules[m].parent) {
        const Place place = block_of_[m];
        if (place.list != kNone) {
          entries_.push_back({place.list, place.block, rest, k});
        }
        rest = HashNumber(rest ^ step[m], HashKey());
      }
    }
    std::ranges::sort(entries_, [](const Entry& a, const Entry& b) {
      if (a.list != b.list) return a.list < b.list;
      if (a.rest != b.rest) return a.rest < b.rest;
      return a.block < b.block;
    });
  }

  template <typename Visit>
  void ForEachName(Visit visit) {
    for (size_t begin = 0, end = 0; begin < entries_.size(); begin = end) {
      while (end < entries_.size() &&
             entries_[end].list == entries_[begin].list &&
             entries_[end].rest == entries_[begin].rest) {
        ++end;
      }
      visit(std::span<const Entry>(entries_.data() + begin, end - begin));
    }
  }

  // A block with a key of its own is built in another way.
  void MarkOddBlocks() {
    odd_.resize(blocks_, 0);
    ForEachName([&](std::span<const Entry> have) {
      if (have.front().block == have.back().block) {
        odd_[first_[have[0].list] + have[0].block] = 1;
      }
    });
  }

  void FindLost() {
    ForEachName([&](std::span<const Entry> have) {
      const uint32_t list = have[0].list;
      const size_t n = dict_.lists[list].blocks.size();
      if (have.size() >= n || n - have.size() > 2) return;
      const size_t lacking = n - have.size();
      if (lacking == 2 && lacking * 8 > n) return;
      size_t at = 0;
      for (uint32_t block = 0; block < n; ++block) {
        if (at < have.size() && have[at].block == block) {
          ++at;
          continue;
        }
        if (block == 0 || block + 1 == n) continue;
        if (odd_[first_[list] + block] != 0) continue;
        const Entry& twin = have[at == 0 ? 0 : at - 1];
        Take(list, block, twin, have.size());
      }
    });
  }

  void Take(uint32_t list, uint32_t block, const Entry& twin, uint64_t have) {
    const auto blocks = dict_.lists[list].blocks;
    const std::string_view from = dict_.modules[blocks[twin.block].module].path;
    const std::string_view here = dict_.modules[blocks[block].module].path;
    const std::string rest(dict_.keys[twin.key].name.substr(from.size() + 1));
    std::string name = Join(here, rest);
    if (dict_.metadata) {
      const uint32_t module = dict_.FindModule(ModuleOf(name));
      if (module == kNone || !dict_.modules[module].named) return;
      // A frozen norm has another version than the one that it stands for.
      const Module& of_twin = dict_.modules[dict_.keys[twin.key].module];
      if (dict_.modules[module].version != of_twin.version) return;
    }
    if (rest.find('.') == rest.npos && IsOtherLayer(list, block, rest)) return;
    // The topmost module that has no key left.
    std::string_view unit = ModuleOf(name);
    for (std::string_view above = unit; above.size() > here.size();
         above = ModuleOf(above)) {
      const uint32_t module = dict_.FindModule(above);
      if (module != kNone && dict_.modules[module].keys_below != 0) break;
      unit = above;
    }
    lost_.push_back(
        {list, block, std::string(unit), std::move(name), twin.key, have});
  }

  // The dimensions of the block's own weight; nullopt if it has none.
  std::optional<size_t> RankOf(uint32_t list, size_t block) const {
    const uint32_t module = dict_.lists[list].blocks[block].module;
    const uint32_t weight = dict_.OwnKey(module, "weight");
    if (weight == kNone) return std::nullopt;
    return facts_.TensorOf(dict_, weight).shape.size();
  }

  // In a Sequential of single layers these are of several kinds, and one before
  // a norm has no bias: only layers of its rank are its twins, and the next one
  // may be no norm.
  bool IsOtherLayer(uint32_t list, uint32_t block,
                    const std::string& leaf) const {
    const auto blocks = dict_.lists[list].blocks;
    if (dict_.modules[blocks[block].module].full_modules > 1) return false;
    const auto rank = RankOf(list, block);
    size_t alike = 0;
    for (size_t b = 0; b < blocks.size(); ++b) {
      alike += RankOf(list, b) == rank &&
               dict_.OwnKey(blocks[b].module, leaf) != kNone;
    }
    const bool before_norm = rank.value_or(0) >= 2 &&
                             block + 1 < blocks.size() &&
                             RankOf(list, block + 1) == size_t{1};
    return alike < 3 || before_norm;
  }

  void Report() {
    std::ranges::stable_sort(lost_, {}, [](const Lost& lost) {
      return std::tuple(lost.list, lost.block, std::string_view(lost.unit),
                        lost.twin);
    });
    for (size_t begin = 0, end = 0; begin < lost_.size(); begin = end) {
      while (end < lost_.size() && lost_[end].list == lost_[begin].list &&
             lost_[end].block == lost_[begin].block &&
             lost_[end].unit == lost_[begin].unit) {
        ++end;
      }
      Report({lost_.data() + begin, end - begin});
    }
  }

  void Report(std::span<const Lost> unit) {
    const Lost& first = unit[0];
    const NumberedList& list = dict_.lists[first.list];
    const Tensor& twin = facts_.TensorOf(dict_, first.twin);
    EvidenceRecord record{.certainty = Certainty::kLikely,
                          .rule = "sibling",
                          .root = dict_.root,
                          .module = first.unit};
    const std::string have =
        fmt::format("{} of the {} {} have", first.have,
                    Count(list.blocks.size(), "block"), dict_.ListName(list));
    std::vector<std::string> names;
    for (const Lost& lost : unit) names.push_back(lost.name);
    if (names.size() == 1) {
      record.name = names[0];
      record.dtype = twin.dtype;
      record.shape = std::vector<int64_t>(twin.shape.begin(), twin.shape.end());
      record.reason =
          fmt::format("{} is not in the file, but {} it", record.name, have);
    } else {
      record.name = first.unit;
      record.reason =
          fmt::format("{} of {} are not in the file, but {} them",
                      Count(names.size(), "tensor"), first.unit, have);
      record.missing = std::move(names);
    }
    findings_.Add(std::move(record));
  }

  const Facts& facts_;
  const Dict& dict_;
  Findings& findings_;
  std::vector<Place> block_of_;  // by module
  std::vector<uint32_t> first_;  // by list: of its blocks in odd_
  uint32_t blocks_ = 0;
  std::vector<Entry> entries_;
  std::vector<uint8_t> odd_;
  std::vector<Lost> lost_;
};

}  // namespace

void FindSiblings(const Facts& facts, Findings& findings) {
  for (const Dict& dict : facts.dicts) Search(facts, dict, findings).Run();
}

}  // namespace ptscope::evidence
