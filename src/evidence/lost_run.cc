#include "evidence/lost_run.h"

#include <algorithm>
#include <utility>

#include "evidence/guess.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

// Work is bounded where everything has one shape.
constexpr uint32_t kMostSlides = 512;
constexpr size_t kMostNamedRuns = 128;

class Search {
 public:
  Search(const Facts& facts, const OptimizerFacts& optimizer,
         std::span<const uint32_t> place, std::span<const uint8_t> is_lost)
      : facts_(facts),
        parameters_(optimizer.parameters),
        place_(place),
        is_lost_(is_lost),
        groups_(facts.candidates.size(), kNone) {
    for (size_t i = 0; i < place.size(); ++i) {
      if (place[i] != kNone) groups_[place[i]] = parameters_[i].group;
    }
  }

  std::vector<LostRun> Run() {
    std::vector<LostRun> runs;
    for (uint32_t i = 0; i < parameters_.size();) {
      if (!IsLost(i)) {
        ++i;
        continue;
      }
      LostRun run{.begin = i};
      while (i < parameters_.size() && IsLost(i) && SameGroup(run.begin, i)) {
        ++i;
      }
      run.end = i;
      SetNeighbours(run);
      if (runs.size() < kMostNamedRuns) Name(run);
      runs.push_back(std::move(run));
    }
    return runs;
  }

 private:
  uint32_t ShapeOf(uint32_t i) const { return parameters_[i].shape; }
  bool IsPlaced(uint32_t i) const { return place_[i] != kNone; }
  bool IsLost(uint32_t i) const {
    return ShapeOf(i) != kNone && !IsPlaced(i) && is_lost_[ShapeOf(i)] != 0;
  }
  bool SameGroup(uint32_t i, uint32_t k) const {
    return parameters_[i].group == parameters_[k].group;
  }

  void SetNeighbours(LostRun& run) const {
    for (uint32_t i = run.begin; i-- > 0 && SameGroup(i, run.begin);) {
      if (!IsPlaced(i)) continue;
      run.after = place_[i];
      break;
    }
    for (uint32_t i = run.end;
         i < parameters_.size() && SameGroup(i, run.begin); ++i) {
      if (!IsPlaced(i)) continue;
      run.before = place_[i];
      break;
    }
  }

  // The place at hand, then those that it can slide to on either side.
  void Name(LostRun& run) const {
    std::vector<LostRun> places = {run};
    Slide(run, -1, places);
    Slide(run, 1, places);
    for (const bool holes : {true, false}) {
      for (LostRun& at : places) {
        at.names =
            GuessBlock(facts_, groups_, at.after, at.before, Shapes(at), holes);
        if (at.names.empty()) continue;
        run = std::move(at);
        return;
      }
    }
    LostRun* most = &places[0];
    for (LostRun& at : places) {
      GuessOneByOne(at);
      if (at.names.size() > most->names.size()) most = &at;
      if (most->names.size() == run.end - run.begin) break;
    }
    run = std::move(*most);
  }

  // A neighbour of the shape of the far end trades places with it.
  void Slide(LostRun run, int direction, std::vector<LostRun>& to) const {
    // Candidates that neighbours on the way take over, nearest last.
    for (uint32_t n = 0; n < kMostSlides; ++n) {
      const bool left = direction < 0;
      if (left ? run.begin == 0 : run.end == parameters_.size()) return;
      const uint32_t next = left ? run.begin - 1 : run.end;
      const uint32_t far = left ? run.end - 1 : run.begin;
      if (!IsPlaced(next) || !SameGroup(next, far) ||
          ShapeOf(next) != ShapeOf(far)) {
        return;
      }
      if (left) {
        run.before = run.after;
        --run.begin;
        --run.end;
        run.after = Beyond(run.begin, -1);
      } else {
        run.after = run.before;
        ++run.begin;
        ++run.end;
        run.before = Beyond(run.end - 1, 1);
      }
      to.push_back(run);
    }
  }
  // The candidate of the next parameter in that direction.
  uint32_t Beyond(uint32_t i, int direction) const {
    const int64_t next = int64_t{i} + direction;
    if (next < 0 || next >= static_cast<int64_t>(parameters_.size())) {
      return kNone;
    }
    const auto k = static_cast<uint32_t>(next);
    return SameGroup(i, k) ? place_[k] : kNone;
  }

  std::vector<uint32_t> Shapes(const LostRun& run) const {
    std::vector<uint32_t> shapes;
    for (uint32_t i = run.begin; i < run.end; ++i) {
      shapes.push_back(ShapeOf(i));
    }
    return shapes;
  }

  // From whichever side has twins; as many as there are.
  void GuessOneByOne(LostRun& run) const {
    const auto shapes = Shapes(run);
    if (run.after != kNone) {
      run.names = GuessBehind(facts_, groups_, run.after, 1, shapes, run.twin);
    }
    if (run.names.size() == shapes.size() || run.before == kNone) return;
    std::vector<uint32_t> backwards(shapes.rbegin(), shapes.rend());
    uint32_t twin = kNone;
    auto names = GuessBehind(facts_, groups_, run.before, -1, backwards, twin);
    // Names of the end of a run alone would be taken for its beginning.
    if (names.size() != shapes.size()) return;
    std::ranges::reverse(names);
    run.names = std::move(names);
    run.twin = twin;
  }

  const Facts& facts_;
  const std::vector<Trained>& parameters_;
  const std::span<const uint32_t> place_;
  const std::span<const uint8_t> is_lost_;
  std::vector<uint32_t> groups_;  // by candidate
};

}  // namespace

std::vector<LostRun> FindLostRuns(const Facts& facts,
                                  const OptimizerFacts& optimizer,
                                  std::span<const uint32_t> place,
                                  std::span<const uint8_t> is_lost) {
  return Search(facts, optimizer, place, is_lost).Run();
}

}  // namespace ptscope::evidence
