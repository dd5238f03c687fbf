// `config`: the configuration says how many blocks there are, or that embedding
// and head are two matrices, and the file has fewer.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

struct Place {
  const Dict* dict;
  const NumberedList* list;
};

// Lists that are in no other list, whose blocks are of more than one module: a
// Sequential of layers is no list of blocks.
std::vector<Place> OuterLists(const Facts& facts) {
  std::vector<Place> found;
  for (const Dict& dict : facts.dicts) {
    for (const NumberedList& list : dict.lists) {
      bool inner = false;
      for (uint32_t i = list.parent; i != 0; i = dict.modules[i].parent) {
        inner = inner || NumberOf(dict.modules[i].step).has_value();
      }
      const bool plain =
          std::ranges::any_of(list.blocks, [&](const Block& block) {
            return dict.modules[block.module].full_modules < 2;
          });
      if (!inner && !plain) found.push_back({&dict, &list});
    }
  }
  return found;
}

// The number that a list of n blocks lacks first.
uint32_t FirstLost(const NumberedList& list) {
  const uint32_t first = list.blocks[0].number == 1 ? 1 : 0;
  uint32_t expected = first;
  for (const Block& block : list.blocks) {
    if (block.number != expected) break;
    ++expected;
  }
  return expected;
}

void CountBlocks(const Facts& facts, const ModelSettings& settings,
                 Findings& findings) {
  if (settings.blocks.empty()) return;
  const auto lists = OuterLists(facts);
  for (const auto& [key, n] : settings.blocks) {
    if (n < 3 || n > 100000) continue;
    const auto blocks = [](const Place& p) {
      return static_cast<int64_t>(p.list->blocks.size());
    };
    if (std::ranges::any_of(
            lists, [&, n = n](const Place& p) { return blocks(p) == n; })) {
      continue;
    }
    std::vector<Place> shorter;
    for (const Place& p : lists) {
      if (blocks(p) == n - 1 || blocks(p) == n - 2) shorter.push_back(p);
    }
    if (shorter.size() != 1) continue;
    const auto [dict, list] = shorter[0];
    const std::string name = Join(dict->modules[list->parent].path,
                                  std::to_string(FirstLost(*list)));
    findings.Add(
        {.certainty = Certainty::kLikely,
         .rule = "config",
         .reason = fmt::format(
             "{} says {} = {}, the file has {} {}: {} is not "
             "in it",
             settings.place.empty() ? "the file" : settings.place, key, n,
             Count(list->blocks.size(), "block"), dict->ListName(*list), name),
         .name = name,
         .root = dict->root,
         .module = name});
  }
}

void CountHeads(const Facts& facts, const ModelSettings& settings,
                Findings& findings) {
  if (!settings.untied || !settings.writes || !settings.vocabulary) return;
  const Dict* dict = nullptr;
  uint32_t matrix = kNone;
  for (const Dict& d : facts.dicts) {
    for (uint32_t k = 0; k < d.keys.size(); ++k) {
      const auto shape = facts.TensorOf(d, k).shape;
      if (shape.size() != 2 || (shape[0] != *settings.vocabulary &&
                                shape[1] != *settings.vocabulary)) {
        continue;
      }
      if (matrix != kNone) return;
      dict = &d;
      matrix = k;
    }
  }
  if (matrix == kNone) return;
  findings.Add(
      {.certainty = Certainty::kLikely,
       .rule = "config",
       .reason = fmt::format(
           "{} says that embedding and head are two matrices "
           "(tie_word_embeddings is false), the file has one with "
           "vocab_size = {}: {}",
           settings.place, *settings.vocabulary, dict->keys[matrix].name),
       .root = dict->root});
}

}  // namespace

void FindConfigured(const Facts& facts, Findings& findings) {
  for (const ModelSettings& settings : facts.settings) {
    CountBlocks(facts, settings, findings);
    CountHeads(facts, settings, findings);
  }
}

}  // namespace ptscope::evidence
