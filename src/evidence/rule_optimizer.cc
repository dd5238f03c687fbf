// `optimizer`: it has moments for more tensors of a shape than the file has.
//
// A moment has its parameter's shape, so the optimizer knows how many tensors
// of each shape it has trained. Where the lost one belongs is found by holding
// both orders against each other; its name is guessed from its twins.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "evidence/lost_run.h"
#include "evidence/rules.h"
#include "evidence/trained_order.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

class Search {
 public:
  Search(const Facts& facts, const OptimizerFacts& optimizer,
         Findings& findings)
      : facts_(facts),
        optimizer_(optimizer),
        findings_(findings),
        trained_(facts.shapes.size(), 0),
        there_(facts.shapes.size(), 0) {}

  void Run() {
    CountShapes();
    if (shaped_ == 0) return WithoutMoments();
    if (lacking_ == 0 || facts_.candidates.empty()) return;
    if (FillFromSpare()) return;
    const uint64_t found = shaped_ - lacking_;
    const uint64_t n = facts_.candidates.size();
    if (lacking_ * 2 > shaped_ && (n < 8 || found * 10 < n * 9)) {
      return OfAnotherModel();
    }
    certainty_ = facts_.packed || AreLengths() ? Certainty::kLikely
                                               : Certainty::kCertain;
    place_ = AlignWithModel(facts_, optimizer_);
    FindLost();
    for (const LostRun& run : runs_) Report(run);
    ReportUnplaced();
  }

 private:
  void CountShapes() {
    for (const Trained& p : optimizer_.parameters) {
      if (p.shape == kNone) continue;
      ++trained_[p.shape];
      ++shaped_;
    }
    for (const Candidate& c : facts_.candidates) ++there_[c.shape];
    for (size_t s = 0; s < trained_.size(); ++s) {
      lacking_ += trained_[s] - std::min(trained_[s], there_[s]);
    }
  }
  // What lacks may be there as a second Parameter on one storage
  // (`head.weight.data = embedding.weight.data`), or outside of state dicts.
  // True: that explains all.
  bool FillFromSpare() {
    for (size_t s = 0; s < trained_.size() && s < facts_.spare.size(); ++s) {
      const uint32_t lacks = trained_[s] - std::min(trained_[s], there_[s]);
      const uint32_t filled = std::min(lacks, facts_.spare[s]);
      there_[s] += filled;
      lacking_ -= filled;
    }
    return lacking_ == 0;
  }
  // What lacks are the lengths [n,1,…,1] of weight normalization, each in front
  // of its directions: remove_weight_norm() has made one weight of both.
  bool AreLengths() const {
    const auto& parameters = optimizer_.parameters;
    for (size_t i = 0; i < parameters.size(); ++i) {
      const uint32_t shape = parameters[i].shape;
      if (shape == kNone || Lacking(shape) == 0) continue;
      if (i + 1 == parameters.size() || parameters[i + 1].shape == kNone) {
        return false;
      }
      const auto length = facts_.shapes.Shape(shape);
      const auto directions = facts_.shapes.Shape(parameters[i + 1].shape);
      if (length.size() < 2 || length.size() != directions.size() ||
          length[0] != directions[0] ||
          !std::all_of(length.begin() + 1, length.end(),
                       [](int64_t n) { return n == 1; })) {
        return false;
      }
    }
    return true;
  }
  uint32_t Lacking(uint32_t shape) const {
    return trained_[shape] - std::min(trained_[shape], there_[shape]);
  }

  void WithoutMoments() {
    const bool none = std::ranges::all_of(
        optimizer_.parameters, [](const Trained& p) { return p.moments == 0; });
    size_t n = facts_.candidates.size();
    if (!none || n == 0) return;
    for (const uint32_t spare : facts_.spare) n += spare;
    if (optimizer_.parameters.size() <= n) return;
    findings_.Add(
        {.certainty = Certainty::kLikely,
         .rule = "optimizer",
         .reason = fmt::format(
             "{} has {}, the file has {} that it could have trained",
             optimizer_.place, Count(optimizer_.parameters.size(), "parameter"),
             Count(n, "tensor")),
         .root = std::string(optimizer_.optimizer->place)});
  }

  void OfAnotherModel() {
    findings_.Add(
        {.certainty = Certainty::kNote,
         .rule = "optimizer",
         .reason = fmt::format(
             "{} of the {} that {} has trained {} no counterpart in the "
             "file: it is flattened, sharded, or of another model",
             lacking_, Count(shaped_, "tensor"), optimizer_.place,
             lacking_ == 1 ? "has" : "have"),
         .root = std::string(optimizer_.optimizer->place)});
  }

  void FindLost() {
    if (!place_) return;
    // Of a shape whose lost ones cannot be told apart only the number is said.
    std::vector<uint32_t> unmatched(trained_.size(), 0);
    const auto& parameters = optimizer_.parameters;
    for (size_t i = 0; i < parameters.size(); ++i) {
      if (parameters[i].shape != kNone && (*place_)[i] == kNone) {
        ++unmatched[parameters[i].shape];
      }
    }
    placed_.resize(trained_.size(), 0);
    for (uint32_t s = 0; s < trained_.size(); ++s) {
      placed_[s] = Lacking(s) != 0 && unmatched[s] == Lacking(s);
    }
    runs_ = FindLostRuns(facts_, optimizer_, *place_, placed_);
  }

  std::string NameOf(uint32_t candidate) const {
    if (candidate == kNone) return {};
    const Candidate& c = facts_.candidates[candidate];
    return std::string(facts_.dicts[c.dict].keys[c.key].name);
  }

  std::string Where(const LostRun& run) const {
    if (run.after != kNone && run.before != kNone) {
      return fmt::format("between {} and {}", NameOf(run.after),
                         NameOf(run.before));
    }
    if (run.after != kNone) return "behind " + NameOf(run.after);
    if (run.before != kNone) return "in front of " + NameOf(run.before);
    return {};
  }

  std::string RootOf(const LostRun& run) const {
    const uint32_t c = run.after != kNone ? run.after : run.before;
    if (c == kNone) return {};
    return facts_.dicts[facts_.candidates[c].dict].root;
  }

  void Report(const LostRun& run) {
    const Trained& first = optimizer_.parameters[run.begin];
    const auto shape = facts_.shapes.Shape(first.shape);
    const bool one = run.end - run.begin == 1;
    EvidenceRecord record{
        .certainty = certainty_,
        .rule = "optimizer",
        .reason = one ? WordsOfOne(run, first) : WordsOfMany(run),
        .root = RootOf(run),
        .param = first.number,
        .after = NameOf(run.after),
        .before = NameOf(run.before)};
    if (one) record.shape = std::vector<int64_t>(shape.begin(), shape.end());
    if (!run.names.empty()) {
      record.guess = run.names[0];
      record.module = std::string(ModuleOf(run.names[0]));
    }
    if (one && run.twin != kNone) {
      const Candidate& c = facts_.candidates[run.twin];
      record.dtype = facts_.TensorOf(facts_.dicts[c.dict], c.key).dtype;
    }
    if (run.names.size() == 1) {
      record.reason +=
          fmt::format("; by {} twins: {}", one ? "its" : "their", run.names[0]);
    } else if (!run.names.empty()) {
      record.missing = run.names;
      record.reason += fmt::format("; by their twins: {} to {}", run.names[0],
                                   run.names.back());
    }
    findings_.Add(std::move(record));
  }

  std::string WordsOfOne(const LostRun& run, const Trained& lost) const {
    const std::string where = Where(run);
    return fmt::format("{}: parameter {},{} is not in the file",
                       CountsOf(lost.shape), lost.number,
                       where.empty() ? "" : " " + where + ",");
  }

  std::string CountsOf(uint32_t shape) const {
    return fmt::format("{} has trained {} of shape {}, the file has {}",
                       optimizer_.place, Count(trained_[shape], "tensor"),
                       ShapeText(facts_.shapes.Shape(shape)), there_[shape]);
  }

  std::string WordsOfMany(const LostRun& run) const {
    constexpr uint32_t kMost = 16;
    std::string shapes;
    for (uint32_t i = run.begin; i < run.end && i < run.begin + kMost; ++i) {
      shapes += (i == run.begin ? "" : ", ") +
                ShapeText(facts_.shapes.Shape(optimizer_.parameters[i].shape));
    }
    if (run.end - run.begin > kMost) shapes += ", …";
    const std::string where = Where(run);
    return fmt::format(
        "{} has trained {} that the file does not have: parameters {} to {}, "
        "of shapes {},{} are not in the file",
        optimizer_.place, Count(run.end - run.begin, "tensor"),
        optimizer_.parameters[run.begin].number,
        optimizer_.parameters[run.end - 1].number, shapes,
        where.empty() ? "" : " " + where + ",");
  }

  // Shapes that lack, where order does not say which.
  void ReportUnplaced() {
    for (uint32_t s = 0; s < trained_.size(); ++s) {
      if (Lacking(s) == 0 || (!placed_.empty() && placed_[s] != 0)) continue;
      const auto shape = facts_.shapes.Shape(s);
      findings_.Add(
          {.certainty = certainty_,
           .rule = "optimizer",
           .reason = CountsOf(s),
           .root = std::string(optimizer_.optimizer->place),
           .shape = std::vector<int64_t>(shape.begin(), shape.end())});
    }
  }

  const Facts& facts_;
  const OptimizerFacts& optimizer_;
  Findings& findings_;
  std::vector<uint32_t> trained_;  // by shape: how many have moments
  std::vector<uint32_t> there_;    // and how many candidates there are
  uint64_t shaped_ = 0;
  uint64_t lacking_ = 0;
  Certainty certainty_ = Certainty::kCertain;
  std::optional<std::vector<uint32_t>> place_;
  std::vector<uint8_t> placed_;  // by shape: its lost ones are in runs_
  std::vector<LostRun> runs_;
};

}  // namespace

void FindOptimizerShapes(const Facts& facts, Findings& findings) {
  for (const OptimizerFacts& optimizer : facts.optimizers) {
    // Names say more than shapes.
    if (NamesFit(facts, optimizer)) continue;
    Search(facts, optimizer, findings).Run();
  }
}

}  // namespace ptscope::evidence
