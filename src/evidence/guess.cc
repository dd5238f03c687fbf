#include "evidence/guess.h"

#include <algorithm>
#include <optional>

#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

// A name at one of its numbers: head, digits, tail.
struct Split {
  std::string_view head;
  std::string_view digits;
  std::string_view tail;
  uint32_t number = 0;
};

// At the steps that are numbers, from the last to the first, then at those that
// end in one ("layer1").
std::vector<Split> SplitsOf(std::string_view name) {
  std::vector<Split> whole;
  std::vector<Split> ends;
  for (size_t end = name.size(); end != 0 && end != name.npos;) {
    const size_t dot = name.rfind('.', end - 1);
    const size_t begin = dot == name.npos ? 0 : dot + 1;
    const std::string_view step = name.substr(begin, end - begin);
    const std::string_view digits = DigitsAtEnd(step);
    if (const auto number = NumberOf(digits);
        number && whole.size() + ends.size() < kDeepest) {
      (digits == step ? whole : ends)
          .push_back({name.substr(0, end - digits.size()), digits,
                      name.substr(end), *number});
    }
    end = dot;
  }
  whole.insert(whole.end(), ends.begin(), ends.end());
  return whole;
}

std::string WithNumber(std::string_view head, uint64_t number,
                       std::string_view tail) {
  return std::string(head).append(std::to_string(number)).append(tail);
}

class Guesser {
 public:
  Guesser(const Facts& facts, std::span<const uint32_t> groups)
      : facts_(facts), groups_(groups) {}

  const Dict& DictOf(uint32_t candidate) const {
    return facts_.dicts[facts_.candidates[candidate].dict];
  }
  std::string_view NameOf(uint32_t candidate) const {
    return DictOf(candidate).keys[facts_.candidates[candidate].key].name;
  }

  // The candidate of that name in the dict of another one; kNone.
  uint32_t Find(uint32_t beside, std::string_view name) const {
    const uint32_t dict = facts_.candidates[beside].dict;
    const uint32_t key = facts_.dicts[dict].FindKey(name);
    if (key == kNone) return kNone;
    // Candidates follow each other as the keys do.
    const auto at = std::ranges::lower_bound(
        facts_.candidates, std::pair(dict, key), {},
        [](const Candidate& c) { return std::pair(c.dict, c.key); });
    if (at == facts_.candidates.end() || at->dict != dict || at->key != key) {
      return kNone;
    }
    return static_cast<uint32_t>(at - facts_.candidates.begin());
  }

  // The next candidate of the same dict and group; kNone.
  uint32_t Next(uint32_t candidate, int direction) const {
    // Beyond so many of another group it is no neighbour.
    constexpr int64_t kFar = 256;
    const Candidate& from = facts_.candidates[candidate];
    for (int64_t i = 1; i <= kFar; ++i) {
      const int64_t next = int64_t{candidate} + direction * i;
      if (next < 0 || next >= static_cast<int64_t>(groups_.size())) break;
      const auto at = static_cast<uint32_t>(next);
      if (facts_.candidates[at].dict != from.dict) break;
      if (groups_[at] == groups_[candidate]) return at;
    }
    return kNone;
  }

  // The key with the nearest other number that is there: +1, -1, +2, ….
  uint32_t NearestTwin(uint32_t candidate, const Split& at) const {
    constexpr int64_t kFar = 64;
    for (int64_t i = 2; i < 2 * kFar; ++i) {
      const int64_t number =
          int64_t{at.number} + (i % 2 == 0 ? i / 2 : -(i / 2));
      if (number < 0) continue;
      const uint32_t twin =
          Find(candidate,
               WithNumber(at.head, static_cast<uint64_t>(number), at.tail));
      if (twin != kNone) return twin;
    }
    return kNone;
  }

  // What follows the twin, with the number put back.
  std::vector<std::string> Follow(uint32_t from, const Split& split,
                                  int direction,
                                  std::span<const uint32_t> shapes,
                                  uint32_t& first) const {
    std::vector<std::string> names;
    uint32_t at = NearestTwin(from, split);
    if (at == kNone) return names;
    const std::string_view twin = NameOf(at);
    const std::string_view same =
        twin.substr(0, twin.size() - split.tail.size());
    for (const uint32_t shape : shapes) {
      at = Next(at, direction);
      if (at == kNone || facts_.candidates[at].shape != shape) break;
      const std::string_view found = NameOf(at);
      if (!found.starts_with(same)) break;
      std::string name = std::string(split.head)
                             .append(split.digits)
                             .append(found.substr(same.size()));
      if (DictOf(at).FindKey(name) != kNone) break;
      if (names.empty()) first = at;
      names.push_back(std::move(name));
    }
    return names;
  }

  // The candidates of one block, from its first or its last one on.
  std::vector<uint32_t> BlockFrom(uint32_t edge, std::string_view prefix,
                                  int direction, size_t most) const {
    std::vector<uint32_t> found;
    for (uint32_t at = edge; at != kNone && NameOf(at).starts_with(prefix);
         at = Next(at, direction)) {
      if (found.size() > most) break;
      found.push_back(at);
    }
    if (direction < 0) std::ranges::reverse(found);
    return found;
  }

  bool HasShapes(std::span<const uint32_t> block,
                 std::span<const uint32_t> shapes) const {
    return std::ranges::equal(block, shapes, {}, [&](uint32_t c) {
      return facts_.candidates[c].shape;
    });
  }

  bool IsFree(uint32_t beside, const std::string& block) const {
    const Dict& dict = DictOf(beside);
    const uint32_t module = dict.FindModule(block);
    return module == kNone || dict.modules[module].keys_below == 0;
  }

  // The number of the block of that list that the name is in.
  std::optional<uint32_t> NumberIn(std::string_view head,
                                   uint32_t candidate) const {
    if (candidate == kNone) return {};
    const std::string_view name = NameOf(candidate);
    if (!name.starts_with(head)) return {};
    const std::string_view rest = name.substr(head.size());
    const size_t dot = rest.find('.');
    if (dot == rest.npos) return {};
    return NumberOf(rest.substr(0, dot));
  }

  // `edge` is the neighbour that has the twin block; `other` the one on the far
  // side of the lost one.
  std::vector<std::string> Block(uint32_t edge, uint32_t other, int direction,
                                 std::span<const uint32_t> shapes,
                                 bool hole) const {
    if (edge == kNone) return {};
    for (const Split& at : SplitsOf(NameOf(edge))) {
      const bool is_step = (at.head.empty() || at.head.ends_with('.')) &&
                           at.tail.starts_with('.');
      if (!is_step) continue;
      const int64_t lost = int64_t{at.number} + direction;
      if (lost < 0) continue;
      const auto beyond = NumberIn(at.head, other);
      const bool is_hole =
          beyond && (direction > 0 ? *beyond > lost : *beyond < lost);
      if (hole ? !is_hole : beyond.has_value()) continue;
      if (!hole && HasHole(edge, at.head)) continue;
      const std::string prefix = WithNumber(at.head, at.number, ".");
      const auto block = BlockFrom(edge, prefix, -direction, shapes.size());
      if (!HasShapes(block, shapes)) continue;
      const std::string name =
          WithNumber(at.head, static_cast<uint64_t>(lost), "");
      if (!IsFree(edge, name)) continue;
      std::vector<std::string> names;
      names.reserve(block.size());
      for (const uint32_t c : block) {
        names.push_back(name +
                        std::string(NameOf(c).substr(prefix.size() - 1)));
      }
      return names;
    }
    return {};
  }

 private:
  bool HasHole(uint32_t beside, std::string_view head) const {
    const Dict& dict = DictOf(beside);
    const uint32_t parent =
        dict.FindModule(head.empty() ? head : head.substr(0, head.size() - 1));
    for (const NumberedList& list : dict.lists) {
      if (list.parent != parent) continue;
      const uint32_t first = std::min(list.blocks.front().number, 1u);
      return list.blocks.back().number - first + 1 != list.blocks.size();
    }
    return true;
  }

  const Facts& facts_;
  const std::span<const uint32_t> groups_;
};

}  // namespace

std::vector<std::string> GuessBehind(const Facts& facts,
                                     std::span<const uint32_t> groups,
                                     uint32_t from, int direction,
                                     std::span<const uint32_t> shapes,
                                     uint32_t& twin) {
  const Guesser guesser(facts, groups);
  for (const Split& split : SplitsOf(guesser.NameOf(from))) {
    auto names = guesser.Follow(from, split, direction, shapes, twin);
    if (!names.empty()) return names;
  }
  return {};
}

std::vector<std::string> GuessBlock(const Facts& facts,
                                    std::span<const uint32_t> groups,
                                    uint32_t after, uint32_t before,
                                    std::span<const uint32_t> shapes,
                                    bool hole) {
  const Guesser guesser(facts, groups);
  if (shapes.size() < 2) return {};
  auto names = guesser.Block(after, before, 1, shapes, hole);
  if (names.empty()) names = guesser.Block(before, after, -1, shapes, hole);
  return names;
}

}  // namespace ptscope::evidence
