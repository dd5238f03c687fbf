// Facts: what of a checkpoint the rules look at.
#ifndef PTSCOPE_EVIDENCE_FACTS_H_
#define PTSCOPE_EVIDENCE_FACTS_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/dict.h"
#include "evidence/model_settings.h"
#include "evidence/shape_ids.h"
#include "ptscope/checkpoint.h"
#include "ptscope/evidence.h"

namespace ptscope::evidence {

// A tensor that an optimizer may have trained: a storage counts once, however
// many names it has.
struct Candidate {
  uint32_t dict = 0;
  uint32_t key = 0;
  uint32_t shape = 0;  // in Facts::shapes
};

// A parameter of an optimizer, and what its moments say.
struct Trained {
  std::string_view name;  // where the file has it
  uint64_t number = 0;    // its place in the groups, as torch numbers
  uint32_t group = 0;
  uint32_t shape = kNone;  // in Facts::shapes
  uint64_t moments = 0;    // bits: OptimizerFacts::moments
};

struct OptimizerFacts {
  const Optimizer* optimizer = nullptr;
  std::string place;  // in words: "optimizer"
  std::vector<Trained> parameters;
  std::vector<std::string_view> moments;  // names, at most 64
  bool named = false;                     // all parameters have names
};

struct Facts {
  Facts(const Checkpoint& from, const EvidenceOptions& options);
  Facts(const Facts&) = delete;
  Facts& operator=(const Facts&) = delete;

  const Checkpoint& checkpoint;
  // The checkpoint's, and optimizers of which only the moments are listed.
  TrainingState training;
  std::vector<Dict> dicts;  // in the order of their first tensors
  std::vector<OptimizerFacts> optimizers;
  std::vector<Candidate> candidates;  // file order; none without an optimizer
  // By shape: what else may be a parameter, though it is no candidate: a second
  // Parameter on a storage that is one already, a tensor of no state dict.
  std::vector<uint32_t> spare;
  bool packed = false;  // the file has weights that are packed into integers
  ShapeIds shapes;
  std::vector<ModelSettings> settings;  // configurations
  std::string shard;  // why it is a part of a checkpoint; empty: it is none

  const Tensor& TensorOf(const Dict& dict, uint32_t key) const {
    return checkpoint.tensors[dict.keys[key].tensor];
  }

 private:
  void FindUngrouped();
  void ReadDicts();
  void ReadOptimizers();
  void ReadMoments(std::span<const uint32_t> state_of);
  void ReadCandidates();
  void ReadSpare(std::span<const uint32_t> state_of);

  std::deque<std::vector<int64_t>> unfactored_;  // shapes of our own

  // By path: the optimizer below whose `state` it is; kNone.
  std::vector<uint32_t> StatePaths() const;
};

// A type that gradients can flow to.
bool IsFloating(Dtype dtype);
// Integers that stand for packed weights, not for indices.
bool IsPacked(Dtype dtype);

}  // namespace ptscope::evidence

#endif  // PTSCOPE_EVIDENCE_FACTS_H_
