// TrainingState: what a training script saves beside the weights, and what a
// checkpoint can be held against because of it.
#ifndef PTSCOPE_TRAINING_STATE_H_
#define PTSCOPE_TRAINING_STATE_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "ptscope/table.h"

namespace ptscope {

inline constexpr uint32_t kNone = UINT32_MAX;  // no such index

// A parameter as an optimizer's group names it.
struct OptimizerParameter {
  std::string_view key = {};   // as a step below `state`: "40", or a name
  std::string_view name = {};  // of `param_names`, or where `params` are names
  int64_t number = -1;         // its index; -1: it is named
  uint32_t group = 0;
};

// A mapping with a list `param_groups` and a mapping `state`. Source:
// torch/optim/optimizer.py, state_dict. Its moments are ordinary tensors of the
// listing, below the step `state` of `path`.
struct Optimizer {
  std::string_view place = {};  // its dotted name; empty: it is the root
  uint32_t path = kNone;        // its PathNode; kNone: no tensor is below it
  uint32_t groups = 0;          // how many
  uint32_t parameters = 0;  // where its own begin in TrainingState::parameters
  uint32_t parameter_count = 0;
  uint32_t states = 0;  // and in TrainingState::state_numbers
  uint32_t state_count = 0;
};

// A parameter that a sharded training run names with its shape. Source:
// DeepSpeed's engine.py: `param_shapes`, `shared_params`.
struct DeclaredParameter {
  std::string_view name = {};
  std::span<const int64_t> shape = {};
  std::string_view same_as = {};  // it is one tensor with this; then no shape
};

// A plain value of a configuration within the file.
struct Setting {
  std::string_view place = {};  // dotted name of the mapping
  std::string_view key = {};
  int64_t number = 0;
};

struct TrainingState {
  Table<Optimizer> optimizers;
  Table<OptimizerParameter> parameters;  // one group after the other
  Table<int64_t> state_numbers;          // integer keys of `state`
  Table<DeclaredParameter> declared;
  Table<Setting> settings;
  // Dotted names of lazy parameters and buffers that have no shape yet.
  Table<std::string_view> uninitialized;
  // By record: a persistent id of the pickle names it. Empty: not asked.
  Table<uint8_t> named_records;
};

// The settings that say how many blocks a model has.
inline constexpr std::string_view kBlockCounts[] = {
    "num_hidden_layers",  "num_layers",        "n_layer",
    "n_layers",           "encoder_layers",    "decoder_layers",
    "num_encoder_layers", "num_decoder_layers"};

}  // namespace ptscope

#endif  // PTSCOPE_TRAINING_STATE_H_
