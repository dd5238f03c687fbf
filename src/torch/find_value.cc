#include "torch/find_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/edit_distance.h"

namespace ptscope::torch {

using pickle::Ref;

namespace {

class Search {
 public:
  Search(std::string_view path, PlainValues& plain, Children& children,
         TensorReader& tensors, const Limits& limits, Places& places)
      : path_(path),
        plain_(plain),
        children_(children),
        tensors_(tensors),
        limits_(limits),
        places_(places) {}

  Result<uint32_t> Find() {
    if (path_.empty()) return Places::kRoot;
    open_.push_back({Places::kRoot, 0});
    while (!open_.empty()) {
      const Spot spot = open_.back();
      open_.pop_back();
      if (spot.next > path_.size()) return spot.place;
      PTSCOPE_CHECK(LookBelow(spot));
    }
    return NotThere();
  }

 private:
  // A value, and where in the path the step behind it begins.
  struct Spot {
    uint32_t place;
    size_t next;
  };
  struct Match {
    uint32_t place;
    size_t length;  // of the step
  };

  Status LookBelow(const Spot& spot) {
    const Ref value = plain_.Behind(places_.ValueAt(spot.place));
    if (spot.next > deepest_.next || !deepest_set_) {
      deepest_ = spot;
      deepest_set_ = true;
    }
    // The same value at the same step gives the same answer.
    if (value.is_node() &&
        !seen_.insert(uint64_t{value.index()} << 32 | spot.next).second) {
      return {};
    }
    matches_.clear();
    PTSCOPE_CHECK(ForEachStep(
        spot.place, value,
        [&](uint32_t parent, const Part& part, std::string_view step) {
          const std::string_view rest = path_.substr(spot.next);
          if (!rest.starts_with(step)) return;
          if (rest.size() != step.size() && rest[step.size()] != '.') return;
          matches_.push_back({places_.Add(parent, part), step.size()});
        }));
    // The last one is tried first: the longest, the first of several.
    std::ranges::reverse(matches_);
    std::ranges::stable_sort(matches_, {}, &Match::length);
    for (const Match& match : matches_) {
      open_.push_back({match.place, spot.next + match.length + 1});
    }
    return {};
  }

  // Calls visit(parent, part, step) for the steps below a value, as it is shown
  // and as tensors are named.
  template <typename Visit>
  Status ForEachStep(uint32_t place, Ref value, Visit visit) {
    if (tensors_.IsTensor(value)) return {};
    const Form form = plain_.FormOf(value);
    if (form == Form::kScalar) return {};
    PTSCOPE_CHECK(Expand(value, false));
    const size_t shown = parts_.size();
    for (size_t i = 0; i < shown; ++i) {
      const Part part = parts_[i];
      if (IsStep(part.label)) {
        VisitPart(place, part, visit);
        continue;
      }
      // Its members are steps below the object itself.
      const uint32_t inner = places_.Add(place, part);
      PTSCOPE_CHECK(Expand(part.value, part.label == Label::kItems));
      for (size_t k = shown; k < parts_.size(); ++k) {
        VisitPart(inner, parts_[k], visit);
      }
      parts_.truncate(shown);
    }
    parts_.clear();
    if (form != Form::kOpaque) return {};
    named_.clear();
    children_.Expand(value, named_);
    steps_ += named_.size();
    for (const Child& child : named_) {
      step_.clear();
      children_.AppendStep(step_, child);
      const Part part{
          .value = child.value, .key = child.key, .label = LabelOf(child.step)};
      visit(place, part, std::string_view(step_));
    }
    return CheckSteps();
  }

  template <typename Visit>
  void VisitPart(uint32_t parent, const Part& part, Visit& visit) {
    step_.clear();
    plain_.AppendStep(step_, part);
    visit(parent, part, std::string_view(step_));
  }

  static Label LabelOf(Step step) {
    switch (step) {
      case Step::kKey:
        return Label::kKey;
      case Step::kIndex:
        return Label::kIndex;
      case Step::kArgs:
        return Label::kArgs;
      case Step::kKwargs:
        return Label::kKwargs;
      case Step::kState:
        break;
    }
    return Label::kOtherState;
  }

  // Appends the parts of a value to parts_.
  Status Expand(Ref value, bool items) {
    steps_ += plain_.MembersOf(value) + 1;
    PTSCOPE_CHECK(CheckSteps());
    if (items) {
      plain_.ExpandItems(value, parts_);
      return {};
    }
    value = plain_.Behind(value);
    if (tensors_.IsTensor(value) || plain_.FormOf(value) == Form::kScalar) {
      return {};
    }
    plain_.Expand(value, parts_);
    return {};
  }

  Status CheckSteps() const {
    if (steps_ <= limits_.steps) return {};
    return Error{.code = ErrorCode::kLimit,
                 .message =
                     "looking for the value takes more steps than the "
                     "limit `steps`",
                 .expected = fmt::format("at most {}", limits_.steps)};
  }

  // Says what is there at the deepest value that exists.
  Error NotThere() {
    constexpr size_t kShown = 20;
    constexpr size_t kCompared = 10'000;  // with what was asked for
    std::vector<std::string> steps;
    uint64_t count = 0;
    const Ref value = plain_.Behind(places_.ValueAt(deepest_.place));
    const Status status =
        ForEachStep(deepest_.place, value,
                    [&](uint32_t, const Part&, std::string_view step) {
                      if (++count <= kCompared) steps.emplace_back(step);
                    });
    const std::string there = places_.PathOf(deepest_.place, plain_);
    const std::string name =
        there.empty() ? "the top level" : fmt::format("\"{}\"", there);
    Error error{.code = ErrorCode::kUsage,
                .message = fmt::format("nothing is at \"{}\"", path_)};
    if (count == 0 || !status) {
      error.hint = name + " has nothing below it";
      return error;
    }
    error.hint = name + " has ";
    for (size_t i = 0; i < steps.size() && i < kShown; ++i) {
      error.hint += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", steps[i]);
    }
    if (count > kShown) {
      error.hint += fmt::format(" and {} more", count - kShown);
    }
    const std::vector<std::string_view> words(steps.begin(), steps.end());
    std::string_view asked = path_.substr(deepest_.next);
    std::string_view nearest = NearestWord(asked, words);
    if (nearest.empty()) {
      nearest = NearestWord(asked.substr(0, asked.find('.')), words);
    }
    if (!nearest.empty()) {
      error.hint += fmt::format("; did you mean \"{}{}{}\"?", there,
                                there.empty() ? "" : ".", nearest);
    }
    return error;
  }

  const std::string_view path_;
  PlainValues& plain_;
  Children& children_;
  TensorReader& tensors_;
  const Limits& limits_;
  Places& places_;
  std::vector<Spot> open_;
  std::vector<Match> matches_;
  std::unordered_set<uint64_t> seen_;
  PodVector<Part> parts_;
  PodVector<Child> named_;
  std::string step_;
  Spot deepest_ = {Places::kRoot, 0};
  bool deepest_set_ = false;
  uint64_t steps_ = 0;
};

}  // namespace

Result<uint32_t> FindValue(std::string_view path, PlainValues& plain,
                           Children& children, TensorReader& tensors,
                           const Limits& limits, Places& places) {
  return Search(path, plain, children, tensors, limits, places).Find();
}

}  // namespace ptscope::torch
