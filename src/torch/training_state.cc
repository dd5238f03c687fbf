#include "torch/training_state.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/arena.h"

namespace ptscope::torch {

using pickle::Kind;
using pickle::Ref;

// What one container has of interest.
struct TrainingReader::Found {
  Ref groups = Ref::kAbsent;
  Ref state = Ref::kAbsent;
  Ref shapes = Ref::kAbsent;
  Ref shared = Ref::kAbsent;
  std::vector<std::pair<std::string_view, int64_t>> settings;
};

// The items of a dict, or of an object that is one or has one for its state.
template <typename Visit>
void TrainingReader::ForEachPair(Ref map, Visit visit) {
  const auto run = [&](std::span<const Ref> members) {
    for (size_t i = 0; i + 1 < members.size(); i += 2) {
      visit(members[i], members[i + 1]);
    }
  };
  if (values_.Is(map, Kind::kDict)) return values_.ForEachRun(map, run);
  if (!values_.Is(map, Kind::kObject)) return;
  for (const Ref arg : values_.ItemsOf(values_.ArgsOf(map))) {
    if (values_.Is(arg, Kind::kDict)) values_.ForEachRun(arg, run);
  }
  if (values_.ItemsArePairs(map)) values_.ForEachRun(map, run);
  const Ref state = values_.StateOf(map);
  if (state != Ref::kAbsent && values_.Is(state, Kind::kDict)) {
    values_.ForEachRun(state, run);
  }
}

template <typename Visit>
void TrainingReader::ForEachMember(Ref list, Visit visit) const {
  const auto run = [&](std::span<const Ref> members) {
    for (const Ref member : members) visit(member);
  };
  if (values_.Is(list, Kind::kTuple)) {
    run(values_.ItemsOf(list));
  } else if (values_.Is(list, Kind::kList)) {
    values_.ForEachRun(list, run);
  }
}

// What the two above look at.
uint64_t TrainingReader::MembersOf(Ref ref) {
  if (!ref.is_node()) return 1;
  switch (values_.KindOf(ref)) {
    case Kind::kTuple:
      return 1 + values_.ItemsOf(ref).size();
    case Kind::kList:
    case Kind::kDict:
      return 1 + values_.CountOf(ref);
    case Kind::kObject: {
      uint64_t members = 1 + values_.CountOf(ref);
      const auto add = [&](Ref part) {
        if (part.is_node() && values_.Is(part, Kind::kDict)) {
          members += values_.CountOf(part);
        }
      };
      for (const Ref arg : values_.ItemsOf(values_.ArgsOf(ref))) add(arg);
      if (values_.StateOf(ref) != Ref::kAbsent) add(values_.StateOf(ref));
      return members;
    }
    default:
      return 1;
  }
}

bool TrainingReader::IsText(Ref ref) const {
  const Kind kind = values_.KindOf(ref);
  return kind == Kind::kStr || kind == Kind::kPy2Str;
}

bool TrainingReader::IsMapping(Ref ref) {
  if (values_.Is(ref, Kind::kDict)) return true;
  if (!values_.Is(ref, Kind::kObject)) return false;
  const Meaning meaning = globals_.MeaningOf(values_.CallableOf(ref));
  return meaning == Meaning::kOrderedDict || meaning == Meaning::kDefaultDict ||
         meaning == Meaning::kDict;
}

std::string_view TrainingReader::Copy(std::string_view text) {
  return checkpoint_.arena().Copy(text);
}

Result<TrainingReader::Found> TrainingReader::Look(Ref container,
                                                   const Spend& spend) {
  PTSCOPE_CHECK(spend(MembersOf(container)));
  Found found;
  ForEachPair(container, [&](Ref key, Ref value) {
    if (!IsText(key)) return;
    const std::string_view text = values_.TextOf(key);
    if (text == "param_groups") {
      found.groups = value;
    } else if (text == "state") {
      found.state = value;
    } else if (text == "param_shapes") {
      found.shapes = value;
    } else if (text == "shared_params") {
      found.shared = value;
    } else if (values_.Is(value, Kind::kInt)) {
      const auto* known = std::ranges::find(kBlockCounts, text);
      // The name of our own list: the pickle's does not outlive its values.
      if (known != std::end(kBlockCounts) && found.settings.size() < 64) {
        found.settings.emplace_back(*known, values_.IntOf(value));
      }
    }
  });
  return found;
}

void TrainingReader::Take(const Found& found, std::string_view place) {
  for (const auto& [key, number] : found.settings) {
    checkpoint_.training.settings.push_back({Copy(place), key, number});
  }
}

// Among the values of a mapping, and of a module's parameters and buffers.
Status TrainingReader::FindUninitialized(Ref container, std::string_view place,
                                         const Spend& spend) {
  PTSCOPE_CHECK(spend(MembersOf(container)));
  uint64_t members = 0;
  const auto look = [&](Ref key, Ref value) {
    if (!IsText(key) || !values_.Is(value, Kind::kObject)) return;
    if (globals_.MeaningOf(values_.CallableOf(value)) !=
        Meaning::kUninitialized) {
      return;
    }
    const std::string_view step = values_.TextOf(key);
    members += 1 + (place.size() + step.size()) / 64;
    checkpoint_.training.uninitialized.push_back(
        Copy(place.empty() ? std::string(step)
                           : std::string(place).append(".").append(step)));
  };
  ForEachPair(container, [&](Ref key, Ref value) {
    look(key, value);
    if (!IsText(key)) return;
    const std::string_view text = values_.TextOf(key);
    if (text != "_parameters" && text != "_buffers") return;
    members += MembersOf(value);
    ForEachPair(value, look);
  });
  return spend(members);
}

Status TrainingReader::Read(Ref container, uint32_t path,
                            std::string_view place, const Spend& spend) {
  PTSCOPE_TRY(const Found found, Look(container, spend));
  Take(found, place);
  if (lazy_) PTSCOPE_CHECK(FindUninitialized(container, place, spend));
  if (found.shapes != Ref::kAbsent) {
    PTSCOPE_CHECK(ReadShapes(found.shapes, spend));
    PTSCOPE_CHECK(ReadShared(found.shared, spend));
  }
  if (found.groups == Ref::kAbsent || found.state == Ref::kAbsent) return {};
  return ReadOptimizer(found, path, place, spend);
}

Status TrainingReader::ReadEmpty(Ref container, std::string_view place,
                                 const Spend& spend) {
  PTSCOPE_CHECK(Read(container, kNone, place, spend));
  PTSCOPE_CHECK(spend(MembersOf(container)));
  // A list of optimizers, a configuration by chapters.
  Status status;
  const auto look = [&](Ref child, const std::string& step) {
    const bool holds = child.is_node() && (values_.Is(child, Kind::kDict) ||
                                           values_.Is(child, Kind::kObject));
    if (!status || !holds) return;
    status =
        Read(child, kNone,
             place.empty() ? step : std::string(place) + "." + step, spend);
  };
  uint64_t index = 0;
  ForEachMember(container,
                [&](Ref child) { look(child, std::to_string(index++)); });
  ForEachPair(container, [&](Ref key, Ref child) {
    if (IsText(key)) look(child, std::string(values_.TextOf(key)));
  });
  return status;
}

Status TrainingReader::ReadOptimizer(const Found& found, uint32_t path,
                                     std::string_view place,
                                     const Spend& spend) {
  if (!values_.Is(found.groups, Kind::kList) || !IsMapping(found.state)) {
    return {};
  }
  TrainingState& training = checkpoint_.training;
  Optimizer optimizer{
      .place = Copy(place),
      .path = path,
      .parameters = static_cast<uint32_t>(training.parameters.size()),
      .states = static_cast<uint32_t>(training.state_numbers.size())};
  PTSCOPE_CHECK(spend(MembersOf(found.groups) + MembersOf(found.state)));
  Status status;
  ForEachMember(found.groups, [&](Ref group) {
    if (status) status = ReadGroup(group, optimizer.groups++, spend);
  });
  if (!status) return status;
  ForEachPair(found.state, [&](Ref key, Ref) {
    if (values_.Is(key, Kind::kInt)) {
      training.state_numbers.push_back(values_.IntOf(key));
    }
  });
  optimizer.parameter_count =
      static_cast<uint32_t>(training.parameters.size()) - optimizer.parameters;
  optimizer.state_count =
      static_cast<uint32_t>(training.state_numbers.size()) - optimizer.states;
  training.optimizers.push_back(optimizer);
  return {};
}

// Its `params`, and `param_names` if there is one for each.
Status TrainingReader::ReadGroup(Ref group, uint32_t number,
                                 const Spend& spend) {
  Ref params = Ref::kAbsent;
  Ref param_names = Ref::kAbsent;
  PTSCOPE_CHECK(spend(MembersOf(group)));
  ForEachPair(group, [&](Ref key, Ref value) {
    if (!IsText(key)) return;
    if (values_.TextOf(key) == "params") params = value;
    if (values_.TextOf(key) == "param_names") param_names = value;
  });
  if (params == Ref::kAbsent) return {};
  PTSCOPE_CHECK(spend(4 * MembersOf(params)));
  std::vector<Ref> names;
  if (param_names != Ref::kAbsent) {
    PTSCOPE_CHECK(spend(MembersOf(param_names)));
    if (MembersOf(param_names) == MembersOf(params)) {
      ForEachMember(param_names, [&](Ref name) { names.push_back(name); });
    }
  }
  size_t i = 0;
  uint64_t text = 0;
  ForEachMember(params, [&](Ref param) {
    const Ref name = i < names.size() ? names[i] : Ref::kAbsent;
    ++i;
    if (name != Ref::kAbsent && IsText(name)) {
      text += values_.TextOf(name).size();
    }
    if (IsText(param)) text += values_.TextOf(param).size();
    // Long texts count, too: a short pickle can name one many times.
    if (text / 64 > (uint64_t{1} << 20)) return;
    AddParameter(param, name, number);
  });
  return spend(text / 64);
}

bool TrainingReader::AddParameter(Ref ref, Ref name, uint32_t group) {
  OptimizerParameter parameter{.group = group};
  if (values_.Is(ref, Kind::kInt)) {
    char digits[24];
    parameter.number = values_.IntOf(ref);
    const auto* end =
        std::to_chars(digits, digits + sizeof digits, parameter.number).ptr;
    parameter.key = Copy({digits, static_cast<size_t>(end - digits)});
    if (name != Ref::kAbsent && IsText(name)) {
      parameter.name = Copy(values_.TextOf(name));
    }
  } else if (IsText(ref)) {
    parameter.key = parameter.name = Copy(values_.TextOf(ref));
  } else {
    return false;
  }
  checkpoint_.training.parameters.push_back(parameter);
  return true;
}

// A dict of names to shapes, or a list of them, one a group.
Status TrainingReader::ReadShapes(Ref shapes, const Spend& spend) {
  Status status;
  const auto read = [&](Ref map) {
    if (!status) return;
    if (status = spend(8 * MembersOf(map)); !status) return;
    ForEachPair(map, [&](Ref name, Ref shape) {
      DeclaredParameter declared;
      if (!status || !IsText(name) || !ReadShape(shape, declared.shape)) return;
      declared.name = Copy(values_.TextOf(name));
      checkpoint_.training.declared.push_back(declared);
      status = spend(declared.name.size() / 64 + declared.shape.size());
    });
  };
  if (values_.Is(shapes, Kind::kList) || values_.Is(shapes, Kind::kTuple)) {
    PTSCOPE_CHECK(spend(MembersOf(shapes)));
    ForEachMember(shapes, read);
  } else {
    read(shapes);
  }
  return status;
}

Status TrainingReader::ReadShared(Ref shared, const Spend& spend) {
  if (shared == Ref::kAbsent) return {};
  PTSCOPE_CHECK(spend(8 * MembersOf(shared)));
  ForEachPair(shared, [&](Ref name, Ref same_as) {
    if (!IsText(name) || !IsText(same_as)) return;
    checkpoint_.training.declared.push_back(
        {.name = Copy(values_.TextOf(name)),
         .same_as = Copy(values_.TextOf(same_as))});
  });
  return {};
}

// torch.Size((2, 3)), or the tuple or list itself.
bool TrainingReader::ReadShape(Ref ref, std::span<const int64_t>& to) {
  if (values_.Is(ref, Kind::kObject) &&
      globals_.MeaningOf(values_.CallableOf(ref)) == Meaning::kSize) {
    const auto args = values_.ItemsOf(values_.ArgsOf(ref));
    ref = args.empty() ? Ref::kEmptyTuple : args[0];
  }
  if (!values_.Is(ref, Kind::kTuple) && !values_.Is(ref, Kind::kList)) {
    return false;
  }
  constexpr size_t kMostDimensions = 64;
  shape_.clear();
  bool regular = true;
  ForEachMember(ref, [&](Ref dim) {
    regular = regular && values_.Is(dim, Kind::kInt) &&
              shape_.size() < kMostDimensions;
    if (regular) shape_.push_back(values_.IntOf(dim));
  });
  if (!regular) return false;
  to = checkpoint_.arena().Copy(std::span<const int64_t>(shape_));
  return true;
}

void TrainingReader::ReadNamedRecords(const StorageRecords& records) {
  auto& named = checkpoint_.training.named_records;
  named.assign(checkpoint_.records.size(), 0);
  for (uint32_t i = 0; i < values_.node_count(); ++i) {
    const Ref ref = Ref::Node(i);
    if (!values_.Is(ref, Kind::kPersistent)) continue;
    const Ref id = values_.PersistentIdOf(ref);
    if (!values_.Is(id, Kind::kTuple)) continue;
    const auto parts = values_.ItemsOf(id);
    if (parts.size() < 3 || !IsText(parts[2])) continue;
    const uint32_t record = records.by_key.Find(values_.TextOf(parts[2]));
    if (record < named.size()) named[record] = 1;
  }
}

}  // namespace ptscope::torch
