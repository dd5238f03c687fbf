#include "evidence/facts.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <utility>

#include "base/hash.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

// Moments that have their parameter's shape. Sources: torch/optim, and
// bitsandbytes' state1, state2.
constexpr std::string_view kFullMoments[] = {"exp_avg",
                                             "exp_avg_sq",
                                             "max_exp_avg_sq",
                                             "momentum_buffer",
                                             "square_avg",
                                             "acc_delta",
                                             "exp_inf",
                                             "sum",
                                             "grad_avg",
                                             "prev",
                                             "ax",
                                             "state1",
                                             "state2"};

// Factored moments of one parameter.
struct Factored {
  std::optional<std::span<const int64_t>> row, column, variance;
};

// `-00001-of-00003.`, as the hub's sharded files are called.
bool IsNumberedShard(std::string_view name) {
  const size_t of = name.find("-of-");
  if (of == name.npos) return false;
  const auto digits = [](std::string_view text) {
    return !text.empty() && text.size() < 9 && NumberOf(text).has_value();
  };
  const size_t dash = name.substr(0, of).rfind('-');
  if (dash == name.npos) return false;
  const std::string_view number = name.substr(dash + 1, of - dash - 1);
  std::string_view count = name.substr(of + 4);
  count = count.substr(0, count.find('.'));
  // `epoch-12-of-100.pt` is another thing.
  return digits(number) && digits(count) && number.size() == count.size();
}

// `rank_N`, `mp_rank_00`, `rank0.pt`; not `lora_rank16.pt`, `frank3.pt`.
bool IsRankFile(std::string_view name) {
  const size_t at = name.find("rank");
  if (at == name.npos) return false;
  const std::string_view before = name.substr(0, at);
  std::string_view number = name.substr(at + 4);
  const bool underscore = number.starts_with('_');
  if (underscore) number.remove_prefix(1);
  if (number.empty() || number[0] < '0' || number[0] > '9') return false;
  if (!underscore) return before.empty();
  return before.empty() || before.ends_with('_') || before.ends_with('-') ||
         before.ends_with('.');
}

// An index beside the file names it.
bool IsInIndex(const EvidenceOptions& options) {
  if (options.beside == nullptr || options.file_name.empty()) return false;
  const auto names = options.beside->List();
  if (!names) return false;
  constexpr uint64_t kMost = 64ull << 20;
  std::string text;
  for (const std::string& name : *names) {
    if (!name.ends_with(".index.json")) continue;
    const auto source = options.beside->Open(name);
    if (!source || (*source)->size() > kMost) continue;
    text.resize(static_cast<size_t>((*source)->size()));
    const auto read =
        (*source)->ReadAt(0, std::as_writable_bytes(std::span<char>(text)));
    if (!read) continue;
    const std::string quoted = "\"" + std::string(options.file_name) + "\"";
    if (text.find(quoted) != text.npos) return true;
  }
  return false;
}

std::string ShardWords(const Checkpoint& checkpoint,
                       const EvidenceOptions& options) {
  if (!checkpoint.parts.empty()) return {};  // all of them are here
  if (IsNumberedShard(options.file_name)) return "its name says so";
  if (IsRankFile(options.file_name)) return "its name is that of one rank";
  if (IsInIndex(options)) return "an index beside it names it";
  return {};
}

// [.., r] and [.., c] of Adafactor, [.., r, 1] and [.., 1, c] of torch's.
std::optional<std::vector<int64_t>> Unfactored(const Factored& f) {
  if (f.variance)
    return std::vector<int64_t>(f.variance->begin(), f.variance->end());
  if (!f.row || !f.column) return {};
  const auto row = *f.row;
  const auto column = *f.column;
  if (row.empty() || row.size() != column.size()) return {};
  std::vector<int64_t> shape(row.begin(), row.end());
  const size_t n = row.size();
  if (n >= 2 && row[n - 1] == 1 && column[n - 2] == 1) {
    shape[n - 1] = column[n - 1];
  } else {
    shape.push_back(column[n - 1]);
  }
  return shape;
}

struct Place {
  uint64_t storage;
  uint64_t offset;
  uint32_t shape;
  bool operator==(const Place&) const = default;
};
struct HashPlace {
  size_t operator()(const Place& p) const {
    return static_cast<size_t>(HashNumber(
        p.storage * 0x9E3779B97F4A7C15u + p.offset * 31 + p.shape, HashKey()));
  }
};

}  // namespace

bool IsFloating(Dtype dtype) {
  switch (dtype) {
    case Dtype::kFloat16:
    case Dtype::kFloat32:
    case Dtype::kFloat64:
    case Dtype::kBfloat16:
    case Dtype::kComplex32:
    case Dtype::kComplex64:
    case Dtype::kComplex128:
    case Dtype::kFloat8E5m2:
    case Dtype::kFloat8E4m3fn:
    case Dtype::kFloat8E5m2fnuz:
    case Dtype::kFloat8E4m3fnuz:
    case Dtype::kFloat8E8m0fnu:
      return true;
    default:
      return false;
  }
}

bool IsPacked(Dtype dtype) {
  switch (dtype) {
    case Dtype::kUint8:
    case Dtype::kInt8:
    case Dtype::kInt16:
    case Dtype::kInt32:
    case Dtype::kQint8:
    case Dtype::kQuint8:
    case Dtype::kQint32:
    case Dtype::kQuint4x2:
    case Dtype::kQuint2x4:
    case Dtype::kFloat4E2m1fnX2:
      return true;
    default:
      return false;
  }
}

Facts::Facts(const Checkpoint& from, const EvidenceOptions& options)
    : checkpoint(from),
      training(from.training),
      settings(ReadModelSettings(from, options)),
      shard(ShardWords(from, options)) {
  FindUngrouped();
  ReadDicts();
  ReadOptimizers();
}

// Optimizers whose groups nobody has read: a distributed checkpoint lists the
// tensors `optimizer.state.NAME.exp_avg`, and keeps all else in its data files.
void Facts::FindUngrouped() {
  constexpr std::string_view kTelling[] = {"exp_avg", "exp_avg_sq",
                                           "momentum_buffer", "square_avg"};
  const auto& paths = checkpoint.paths;
  const auto state_of = StatePaths();
  std::vector<uint8_t> taken(paths.size(), 0);
  std::vector<uint32_t> optimizer_of(paths.size(), kNone);
  std::vector<std::vector<OptimizerParameter>> parameters;
  for (const Tensor& t : checkpoint.tensors) {
    if (t.path == kNone || t.path == 0 || taken[t.path] != 0) continue;
    const uint32_t state = paths[t.path].parent;
    if (state == kNone || state == 0 || paths[state].step != "state" ||
        state_of[state] != kNone) {
      continue;
    }
    const size_t step =
        std::min<size_t>(paths[t.path].prefix + 1, t.name.size());
    if (std::ranges::find(kTelling, t.name.substr(step)) ==
        std::end(kTelling)) {
      continue;
    }
    taken[t.path] = 1;
    if (optimizer_of[state] == kNone) {
      optimizer_of[state] = static_cast<uint32_t>(parameters.size());
      parameters.emplace_back();
      const uint32_t above = paths[state].parent;
      training.optimizers.push_back(
          {.place = t.name.substr(0, above == 0 ? 0 : paths[above].prefix),
           .path = above,
           .groups = 1});
    }
    const std::string_view key = paths[t.path].step;
    const auto number = NumberOf(key);
    parameters[optimizer_of[state]].push_back(
        {.key = key,
         .name = number ? std::string_view() : key,
         .number = number ? int64_t{*number} : -1});
  }
  Optimizer* optimizer = training.optimizers.data() +
                         (training.optimizers.size() - parameters.size());
  for (auto& own : parameters) {
    std::ranges::stable_sort(own, {}, &OptimizerParameter::number);
    optimizer->parameters = static_cast<uint32_t>(training.parameters.size());
    optimizer->parameter_count = static_cast<uint32_t>(own.size());
    training.parameters.insert(training.parameters.end(), own.begin(),
                               own.end());
    ++optimizer;
  }
}

std::vector<uint32_t> Facts::StatePaths() const {
  const auto& paths = checkpoint.paths;
  const auto& all = training.optimizers;
  std::vector<uint32_t> state_of(paths.size(), kNone);
  if (all.empty()) return state_of;
  std::vector<uint32_t> optimizer_at(paths.size(), kNone);
  for (uint32_t i = 0; i < all.size(); ++i) {
    if (all[i].path != kNone) optimizer_at[all[i].path] = i;
  }
  for (uint32_t i = 1; i < paths.size(); ++i) {
    const PathNode& node = paths[i];
    if (node.parent == kNone || node.parent >= i) continue;
    state_of[i] = state_of[node.parent];
    if (state_of[i] == kNone && node.step == "state") {
      state_of[i] = optimizer_at[node.parent];
    }
  }
  return state_of;
}

// Each mapping that holds tensors, and each pickled module as a whole.
void Facts::ReadDicts() {
  const auto& paths = checkpoint.paths;
  struct At {
    const StateDict* dict = nullptr;
    uint32_t owner = kNone;  // path of the state dict
    uint32_t index = kNone;  // in `found`
  };
  std::vector<At> at(paths.size());
  for (const StateDict& dict : checkpoint.state_dicts) {
    if (at[dict.path].dict == nullptr) at[dict.path].dict = &dict;
  }
  const auto state_of = StatePaths();
  const bool plain = checkpoint.state_dicts.empty();
  for (uint32_t i = 0; i < paths.size(); ++i) {
    const PathNode& node = paths[i];
    if (state_of[i] != kNone) continue;
    if (node.parent != kNone && node.parent < i) {
      const uint32_t above = at[node.parent].owner;
      // A module owns what is below it, and a file of no mappings all it has.
      if (above != kNone &&
          (plain || at[above].dict->kind == StateDict::Kind::kModule)) {
        at[i].owner = above;
        continue;
      }
    }
    if (plain) {
      at[i].owner = 0;
    } else if (at[i].dict != nullptr &&
               at[i].dict->kind != StateDict::Kind::kOther) {
      at[i].owner = i;
    }
  }
  std::vector<std::pair<uint32_t, std::vector<Key>>> found;
  for (uint32_t i = 0; i < checkpoint.tensors.size(); ++i) {
    const Tensor& t = checkpoint.tensors[i];
    if (t.path == kNone || at[t.path].owner == kNone) continue;
    const uint32_t owner = at[t.path].owner;
    if (at[owner].index == kNone) {
      at[owner].index = static_cast<uint32_t>(found.size());
      found.push_back({owner, {}});
    }
    const size_t prefix = owner == 0 ? 0 : paths[owner].prefix + 1;
    found[at[owner].index].second.push_back(
        {.name = t.name.substr(std::min(prefix, t.name.size())), .tensor = i});
  }
  for (auto& [path, keys] : found) {
    std::string root;
    std::span<const ModuleMetadata> named;
    StateDict::Kind kind = StateDict::Kind::kDict;
    if (const StateDict* dict = at[path].dict; dict != nullptr) {
      kind = dict->kind;
      named = {checkpoint.modules.data() + dict->modules, dict->module_count};
      // Keys that are no text are of no state dict.
      const OtherKey* other = checkpoint.other_keys.data() + dict->keys;
      if (std::any_of(other, other + dict->key_count, [](const OtherKey& key) {
            return !key.text && key.type.empty();
          })) {
        continue;
      }
    }
    const std::string_view name =
        checkpoint.tensors[keys[0].tensor].name.substr(0, paths[path].prefix);
    if (path != 0) root = name;
    dicts.emplace_back(std::move(root), kind, std::move(keys), named);
  }
}

void Facts::ReadOptimizers() {
  for (const Optimizer& optimizer : training.optimizers) {
    OptimizerFacts& facts = optimizers.emplace_back();
    facts.optimizer = &optimizer;
    facts.place = optimizer.place.empty() ? "the optimizer"
                                          : std::string(optimizer.place);
    facts.named = optimizer.parameter_count != 0;
    for (uint32_t i = 0; i < optimizer.parameter_count; ++i) {
      const auto& p = training.parameters[optimizer.parameters + i];
      facts.named = facts.named && !p.name.empty();
      facts.parameters.push_back(
          {.name = p.name,
           .number = p.number >= 0 ? static_cast<uint64_t>(p.number) : i,
           .group = p.group});
    }
  }
  if (optimizers.empty()) return;
  const auto state_of = StatePaths();
  ReadMoments(state_of);
  ReadCandidates();
  ReadSpare(state_of);
}

// The tensors below an optimizer's `state`, by parameter.
void Facts::ReadMoments(std::span<const uint32_t> state_of) {
  const auto& paths = checkpoint.paths;
  const auto& all = training;
  NameIndex index(all.parameters.size());
  // An optimizer's keys are its own: the path of `state` goes before them.
  std::vector<std::string> texts;
  const auto text_of = [&](uint32_t i) { return std::string_view(texts[i]); };
  const auto text = [](uint32_t optimizer, std::string_view key) {
    return std::to_string(optimizer) + "\n" + std::string(key);
  };
  std::vector<std::pair<uint32_t, uint32_t>> places;
  for (uint32_t o = 0; o < optimizers.size(); ++o) {
    const Optimizer& optimizer = all.optimizers[o];
    for (uint32_t i = 0; i < optimizer.parameter_count; ++i) {
      const auto id = static_cast<uint32_t>(texts.size());
      texts.push_back(text(o, all.parameters[optimizer.parameters + i].key));
      places.push_back({o, i});
      index.Insert(texts.back(), id, text_of);
    }
  }
  std::vector<uint32_t> parameter_at(paths.size(), kNone);
  for (uint32_t i = 1; i < paths.size(); ++i) {
    if (state_of[i] == kNone || paths[i].parent >= i) continue;
    const PathNode& above = paths[paths[i].parent];
    if (state_of[paths[i].parent] == kNone || above.step != "state" ||
        above.parent != all.optimizers[state_of[i]].path) {
      continue;
    }
    parameter_at[i] = index.Find(text(state_of[i], paths[i].step), text_of);
  }
  std::vector<Factored> factored(places.size());
  std::vector<uint8_t> disagrees(places.size(), 0);
  for (const Tensor& t : checkpoint.tensors) {
    if (t.path == kNone || parameter_at[t.path] == kNone) continue;
    const uint32_t at = parameter_at[t.path];
    OptimizerFacts& facts = optimizers[places[at].first];
    Trained& trained = facts.parameters[places[at].second];
    const std::string_view moment = t.name.substr(
        std::min<size_t>(paths[t.path].prefix + 1, t.name.size()));
    auto known = std::ranges::find(facts.moments, moment);
    if (known == facts.moments.end() && facts.moments.size() < 64) {
      known = facts.moments.insert(known, moment);
    }
    if (known != facts.moments.end()) {
      trained.moments |= uint64_t{1} << (known - facts.moments.begin());
    }
    if (std::ranges::find(kFullMoments, moment) != std::end(kFullMoments)) {
      const uint32_t shape = shapes.Of(t.shape);
      disagrees[at] |= trained.shape != kNone && trained.shape != shape;
      trained.shape = shape;
    } else if (moment == "exp_avg_sq_row" || moment == "row_var") {
      factored[at].row = t.shape;
    } else if (moment == "exp_avg_sq_col" || moment == "col_var") {
      factored[at].column = t.shape;
    } else if (moment == "variance") {
      factored[at].variance = t.shape;
    }
  }
  for (size_t at = 0; at < places.size(); ++at) {
    Trained& trained =
        optimizers[places[at].first].parameters[places[at].second];
    if (disagrees[at] != 0) trained.shape = kNone;
    if (trained.shape != kNone || disagrees[at] != 0) continue;
    if (auto shape = Unfactored(factored[at])) {
      unfactored_.push_back(std::move(*shape));
      trained.shape = shapes.Of(unfactored_.back());
    }
  }
  // One that a group names twice is one parameter.
  std::vector<uint8_t> again(places.size(), 0);
  for (uint32_t at = 0; at < places.size(); ++at) {
    again[at] = index.Find(texts[at], text_of) != at;
  }
  for (uint32_t o = 0, at = 0; o < optimizers.size(); ++o) {
    std::erase_if(optimizers[o].parameters,
                  [&](const Trained&) { return again[at++] != 0; });
  }
}

void Facts::ReadCandidates() {
  std::unordered_set<Place, HashPlace> seen;
  for (uint32_t d = 0; d < dicts.size(); ++d) {
    for (uint32_t k = 0; k < dicts[d].keys.size(); ++k) {
      const Tensor& t = TensorOf(dicts[d], k);
      const std::string_view leaf = dicts[d].keys[k].leaf;
      if (!IsFloating(t.dtype) || leaf == "running_mean" ||
          leaf == "running_var" || leaf == "num_batches_tracked") {
        continue;
      }
      const uint32_t shape = shapes.Of(t.shape);
      // Without a storage nothing says that two names are one tensor.
      const uint64_t storage =
          t.storage != kNone ? t.storage
                             : (uint64_t{1} << 32) + dicts[d].keys[k].tensor;
      if (!seen.insert({storage, t.storage_offset, shape}).second) {
        if (spare.size() <= shape) spare.resize(shape + 1, 0);
        ++spare[shape];
        continue;
      }
      candidates.push_back({d, k, shape});
    }
  }
}

// Tensors of lists, of objects, under keys that are no text. A copy of the
// model among them (a moving average as a list) would hide every loss: then
// only the state dicts count.
void Facts::ReadSpare(std::span<const uint32_t> state_of) {
  std::vector<uint8_t> in_dict(checkpoint.tensors.size(), 0);
  for (const Dict& dict : dicts) {
    for (const Key& key : dict.keys) in_dict[key.tensor] = 1;
  }
  std::vector<uint32_t> loose;
  for (uint32_t i = 0; i < checkpoint.tensors.size(); ++i) {
    const Tensor& t = checkpoint.tensors[i];
    if (t.path != kNone && state_of[t.path] != kNone) continue;
    packed = packed || (IsPacked(t.dtype) && t.shape.size() >= 2);
    if (in_dict[i] == 0 && IsFloating(t.dtype)) {
      loose.push_back(shapes.Of(t.shape));
    }
  }
  spare.resize(std::max(spare.size(), shapes.size()), 0);
  size_t trained = 0;
  for (const OptimizerFacts& optimizer : optimizers) {
    trained = std::max(trained, optimizer.parameters.size());
  }
  if (loose.size() * 2 >= trained) return;
  for (const uint32_t shape : loose) ++spare[shape];
}

}  // namespace ptscope::evidence
