// `gap`: a numbered list of equal blocks lacks a number inside. Only without
// _metadata, which would name it.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

// At least three in four blocks have the same keys, and these are many.
bool AreAlike(const Dict& dict, const NumberedList& list) {
  std::unordered_map<uint64_t, size_t> counts;
  for (const Block& block : list.blocks) {
    const Module& m = dict.modules[block.module];
    if (m.keys_below < 4 || m.full_modules < 3) continue;
    if (++counts[m.key_set] * 4 >= list.blocks.size() * 3) return true;
  }
  return false;
}

bool IsArithmetic(std::span<const Block> blocks) {
  for (size_t i = 2; i < blocks.size(); ++i) {
    if (blocks[i].number - blocks[i - 1].number !=
        blocks[1].number - blocks[0].number) {
      return false;
    }
  }
  return true;
}

void Look(const Dict& dict, const NumberedList& list, Findings& findings) {
  const auto blocks = list.blocks;
  // Layers without tensors stand between the blocks of a plain Sequential.
  if (blocks.size() < 3 || list.parent == 0) return;
  const uint64_t span = blocks.back().number - blocks.front().number + 1;
  const uint64_t lost = span - blocks.size();
  if (lost == 0 || (lost > 1 && lost * 8 > blocks.size())) return;
  if (IsArithmetic(blocks) || !AreAlike(dict, list)) return;
  const std::string_view parent = dict.modules[list.parent].path;
  size_t at = 0;
  for (uint32_t number = blocks[0].number; at < blocks.size(); ++number) {
    if (blocks[at].number == number) {
      ++at;
      continue;
    }
    const std::string name = Join(parent, std::to_string(number));
    const Module& twin = dict.modules[blocks[at].module];
    findings.Add({.certainty = Certainty::kLikely,
                  .rule = "gap",
                  .reason = fmt::format(
                      "{} is not in the file, but {} {} are, from {} to {}, "
                      "with {} each",
                      name, Count(blocks.size(), "block"), dict.ListName(list),
                      blocks.front().number, blocks.back().number,
                      Count(twin.keys_below, "tensor")),
                  .name = name,
                  .root = dict.root,
                  .module = name});
  }
}

}  // namespace

void FindGaps(const Facts& facts, Findings& findings) {
  for (const Dict& dict : facts.dicts) {
    if (dict.metadata) continue;
    for (const NumberedList& list : dict.lists) Look(dict, list, findings);
  }
}

}  // namespace ptscope::evidence
