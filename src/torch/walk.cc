#include "torch/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>

#include "base/arena.h"
#include "ptscope/roots.h"
#include "torch/children.h"
#include "torch/keys.h"
#include "torch/listing_meter.h"
#include "torch/reach.h"
#include "torch/rebuild.h"
#include "torch/state_dict_metadata.h"
#include "torch/training_state.h"

namespace ptscope::torch {

using pickle::Kind;
using pickle::Ref;
using pickle::Values;

namespace {

// What a walk does beside listing.
struct WalkOptions {
  bool metadata = false;                   // OpenOptions::metadata
  bool evidence = false;                   // OpenOptions::evidence
  const ScriptClasses* classes = nullptr;  // of a TorchScript pickle
  bool constants = false;                  // all tensors are constants
  const Table<Tensor>* table = nullptr;    // of PlacedLister
};

}  // namespace

class Walk {
 public:
  Walk(const ScriptPickle& pickle, Checkpoint& checkpoint,
       const WalkOptions& options)
      : values_(pickle.values),
        records_(pickle.records),
        globals_(values_),
        storages_(values_, globals_, pickle.records, pickle.limits, checkpoint),
        tensors_(values_, globals_, storages_, pickle.limits, checkpoint,
                 options.table),
        children_(values_, globals_, options.classes),
        reach_(values_, tensors_),
        state_dicts_(values_, globals_, tensors_, children_, checkpoint),
        training_(values_, globals_, checkpoint),
        options_(options),
        stream_(pickle.stream),
        limits_(pickle.limits),
        meter_(checkpoint, limits_, stream_, pickle.stream_size),
        checkpoint_(checkpoint) {
    on_path_.resize(values_.node_count(), 0);
  }

  Status Run(Ref root) {
    root = children_.Untagged(root);
    if (options_.constants) {
      Enter(root, 0, Role::kExtra, kNone);
      return Finish();
    }
    Describe(root);
    if (tensors_.IsTensor(root)) {
      PTSCOPE_CHECK(List(root, kNone, Role::kPlain));
      // Its attributes hang on the root as steps of their own.
      EnterAttributes(root, 0, 0);
    } else {
      Enter(root, 0, Role::kPlain, kNone);
      PTSCOPE_CHECK(ReadStateDict(root, 0));
      PTSCOPE_CHECK(ReadTraining(root, 0));
    }
    PTSCOPE_CHECK(Finish());
    storages_.FindUnreadStreams();
    if (options_.evidence) training_.ReadNamedRecords(records_);
    return {};
  }

  // PlacedLister::List.
  Status ListAt(Ref value, uint32_t path, std::string_view name, size_t step) {
    name_ = name;
    if (tensors_.IsTensor(value)) return List(value, path, Role::kPlain);
    if (!reach_.MayHold(value)) return {};
    Enter(value, AddPath(path, step), Role::kAttribute, kNone);
    return Finish();
  }
  // PlacedLister::ListState.
  Status ListStateAt(Ref state, uint32_t path, std::string_view name) {
    name_ = name;
    if (!reach_.MayHold(state)) return {};
    const auto begin = static_cast<uint32_t>(stack_.size());
    steps_ += MembersOf(state);
    children_.ExpandState(state, Role::kPlain, stack_);
    Push(Ref::kNone, begin, path, Role::kPlain, kNone);
    return Finish();
  }
  Ref Untagged(Ref value) { return children_.Untagged(value); }
  std::string ShortText(Ref value) {
    return ShortValue(value, values_, globals_);
  }

 private:
  // A container whose children are being listed.
  struct Frame {
    Ref ref;
    uint32_t begin;  // its children in stack_
    uint32_t next;   // the one to look at
    uint32_t path;   // its PathNode
    uint32_t name;   // length of its joined name
    uint32_t owner;  // tensor whose attributes these are; kNone
    Role role;       // of what has none of its own below it
  };

  bool IsRoot(const Frame& frame) const { return frame.path == 0; }
  // What a state_dict would not hold has nothing below it that one would.
  static Role RoleOf(const Frame& frame, const Child& child) {
    return child.role == Role::kPlain || frame.role == Role::kExtra
               ? frame.role
               : child.role;
  }

  Status CheckLimits() const;
  Status CheckSteps() const;
  Status CheckMemory() const;
  Status ReadStateDict(Ref container, uint32_t path);
  Status ReadTraining(Ref container, uint32_t path);
  uint64_t MembersOf(Ref ref) const;
  void Describe(Ref root);
  void AddEntry(const Child& child, std::string_view name);
  Status Next();
  Status Finish() {
    while (!frames_.empty()) PTSCOPE_CHECK(Next());
    return {};
  }
  Status VisitEmptyEntry(const Child& child);
  Status VisitTensor(const Child& child);
  Status VisitContainer(const Child& child);
  Status List(Ref ref, uint32_t path, Role role);
  ptscope::Kind KindBy(Role role, const Tensor& tensor) const;
  void EnterAttributes(Ref ref, uint32_t path, uint32_t owner);
  void Enter(Ref ref, uint32_t path, Role role, uint32_t owner);
  void Push(Ref ref, uint32_t begin, uint32_t path, Role role, uint32_t owner);
  void Leave();
  uint32_t AddPath(uint32_t parent, size_t step);
  Error Name(Error error) const;

  const Values& values_;
  const StorageRecords& records_;
  Globals globals_;
  Storages storages_;
  TensorReader tensors_;
  Children children_;
  Reach reach_;
  StateDictReader state_dicts_;
  TrainingReader training_;
  const WalkOptions options_;
  const std::string_view stream_;
  const Limits& limits_;
  const ListingMeter meter_;
  Checkpoint& checkpoint_;

  PodVector<Frame> frames_;
  PodVector<Child> stack_;      // children of the open frames
  PodVector<uint8_t> on_path_;  // by node: an open frame has it
  std::string name_;            // joined name of what is being looked at
  uint64_t steps_ = 0;
  uint32_t entry_ = kNone;  // the root's child that is being walked
};

// Both are bounded by the pickle in honest files; values that refer to each
// other can make them grow without end.
Status Walk::CheckLimits() const {
  PTSCOPE_CHECK(CheckSteps());
  // Text and numbers grow at once, all else by a little at each step.
  constexpr uint64_t kEvery = 64;
  if (steps_ % kEvery != 0 && meter_.ArenaIsWithin()) {
    return {};
  }
  return CheckMemory();
}

Status Walk::CheckSteps() const {
  if (steps_ <= limits_.steps) return {};
  return Error{.code = ErrorCode::kLimit,
               .message =
                   "naming the tensors takes more steps than the "
                   "limit `steps`: the file repeats itself",
               .record = std::string(stream_),
               .expected = fmt::format("at most {}", limits_.steps)};
}

Status Walk::CheckMemory() const {
  return meter_.Check(stack_.size() * sizeof(Child));
}

Status Walk::ReadStateDict(Ref container, uint32_t path) {
  if (!options_.metadata) return {};
  steps_ += MembersOf(container);
  return state_dicts_.Read(container, path, [this](uint64_t members) -> Status {
    steps_ += members;
    PTSCOPE_CHECK(CheckSteps());
    return CheckMemory();
  });
}

// A container whose name is name_; kNone: no tensor is below it.
Status Walk::ReadTraining(Ref container, uint32_t path) {
  if (!options_.evidence) return {};
  const auto spend = [this](uint64_t members) -> Status {
    steps_ += members;
    PTSCOPE_CHECK(CheckSteps());
    return CheckMemory();
  };
  return path == kNone ? training_.ReadEmpty(container, name_, spend)
                       : training_.Read(container, path, name_, spend);
}

// What expanding the value has to look at.
uint64_t Walk::MembersOf(Ref ref) const {
  if (!values_.Is(ref, Kind::kObject)) return values_.SizeOf(ref);
  uint64_t members = values_.CountOf(ref);
  const Ref state = values_.StateOf(ref);
  if (state.is_node() && values_.Is(state, Kind::kDict)) {
    members += 4 * uint64_t{values_.CountOf(state)};
  }
  for (const Ref arg : values_.ItemsOf(values_.ArgsOf(ref))) {
    if (arg.is_node() &&
        (values_.Is(arg, Kind::kDict) || values_.Is(arg, Kind::kList))) {
      members += values_.CountOf(arg);
    }
  }
  return members;
}

void Walk::Describe(Ref root) {
  Arena& arena = checkpoint_.arena();
  if (tensors_.IsTensor(root)) {
    checkpoint_.root_kind = RootKind::kTensor;
    checkpoint_.root_type = "tensor";
    return;
  }
  if (options_.classes != nullptr || children_.IsModule(root)) {
    checkpoint_.root_kind = RootKind::kModule;
  } else if (children_.IsDict(root)) {
    checkpoint_.root_kind = RootKind::kDict;
  } else if (values_.Is(root, Kind::kList) || values_.Is(root, Kind::kTuple)) {
    checkpoint_.root_kind = RootKind::kList;
  }
  checkpoint_.root_type =
      arena.Copy(std::string_view(TypeName(root, values_, globals_)));
}

void Walk::AddEntry(const Child& child, std::string_view name) {
  constexpr size_t kMost = 10000;
  entry_ = kNone;
  if (!reach_.MayHold(child.value) && checkpoint_.entries.size() >= kMost) {
    ++checkpoint_.entries_omitted;
    return;
  }
  Arena& arena = checkpoint_.arena();
  Entry entry;
  entry.name = arena.Copy(name);
  entry.type = children_.IsModule(child.value)
                   ? "module"
                   : arena.Copy(std::string_view(
                         TypeName(child.value, values_, globals_)));
  entry.value =
      arena.Copy(std::string_view(ShortValue(child.value, values_, globals_)));
  entry_ = static_cast<uint32_t>(checkpoint_.entries.size());
  checkpoint_.entries.push_back(entry);
}

Error Walk::Name(Error error) const {
  error.message =
      fmt::format("tensor '{}': {}", name_.substr(0, 300), error.message);
  error.record = std::string(stream_);
  return error;
}

// Opens the next container of the top frame, or lists its next tensor.
Status Walk::Next() {
  Frame& frame = frames_.back();
  if (frame.next == stack_.size()) {
    Leave();
    return {};
  }
  const Child child = stack_[frame.next++];
  ++steps_;
  PTSCOPE_CHECK(CheckLimits());
  const bool is_tensor = tensors_.IsTensor(child.value);
  const bool is_entry = IsRoot(frame) && !is_tensor && frame.owner == kNone &&
                        !options_.constants;
  if (!is_tensor && !is_entry && !reach_.MayHold(child.value)) return {};
  // A container within itself is not entered again.
  if (!is_tensor && child.value.is_node() &&
      on_path_[child.value.index()] != 0) {
    return {};
  }
  name_.resize(frame.name);
  if (!IsRoot(frame)) name_ += '.';
  children_.AppendStep(name_, child);
  steps_ += (name_.size() - frame.name) / 64;
  if (IsRoot(frame)) entry_ = kNone;
  if (is_entry) {
    AddEntry(child, name_);
    if (!reach_.MayHold(child.value)) return VisitEmptyEntry(child);
  }
  return is_tensor ? VisitTensor(child) : VisitContainer(child);
}

// A state_dict without tensors is still one.
Status Walk::VisitEmptyEntry(const Child& child) {
  PTSCOPE_CHECK(ReadTraining(child.value, kNone));
  if (!options_.metadata ||
      std::ranges::find(kUsualRoots, std::string_view(name_)) ==
          std::end(kUsualRoots)) {
    return {};
  }
  return ReadStateDict(child.value, AddPath(0, 0));
}

Status Walk::VisitTensor(const Child& child) {
  const Frame frame = frames_.back();  // a copy: frames_ grows below
  const Role role = RoleOf(frame, child);
  PTSCOPE_CHECK(List(child.value, frame.path, role));
  const uint32_t listed =
      role == Role::kExtra
          ? kNone
          : static_cast<uint32_t>(checkpoint_.tensors.size() - 1);
  const Ref attributes = tensors_.AttributesOf(child.value);
  if (attributes == Ref::kAbsent || !reach_.MayHold(attributes)) return {};
  const size_t step = frame.path == 0 ? 0 : frame.name + 1;
  if (on_path_[child.value.index()] != 0) return {};
  EnterAttributes(child.value, AddPath(frame.path, step), listed);
  return {};
}

Status Walk::VisitContainer(const Child& child) {
  const Frame frame = frames_.back();
  Role role = RoleOf(frame, child);
  // A container is no parameter itself, whatever list it stands in.
  if (role == Role::kParameter || role == Role::kBuffer) role = Role::kPlain;
  const size_t step = frame.path == 0 ? 0 : frame.name + 1;
  const uint32_t path = AddPath(frame.path, step);
  Enter(child.value, path, role, frame.owner);
  if (frame.owner != kNone) return {};
  PTSCOPE_CHECK(ReadTraining(child.value, path));
  return ReadStateDict(child.value, path);
}

// The joined name is name_; the last step begins at `step`.
uint32_t Walk::AddPath(uint32_t parent, size_t step) {
  const std::string_view text =
      checkpoint_.arena().Copy(std::string_view(name_).substr(step));
  checkpoint_.paths.push_back(
      {parent, static_cast<uint32_t>(name_.size()), text});
  return static_cast<uint32_t>(checkpoint_.paths.size() - 1);
}

void Walk::Enter(Ref ref, uint32_t path, Role role, uint32_t owner) {
  const auto begin = static_cast<uint32_t>(stack_.size());
  steps_ += MembersOf(ref);
  children_.Expand(ref, stack_);
  Push(ref, begin, path, role, owner);
}

void Walk::EnterAttributes(Ref ref, uint32_t path, uint32_t owner) {
  const auto begin = static_cast<uint32_t>(stack_.size());
  steps_ += MembersOf(tensors_.AttributesOf(ref));
  children_.ExpandState(tensors_.AttributesOf(ref), Role::kExtra, stack_);
  Push(ref, begin, path, Role::kExtra, owner);
}

// Opens the container whose children are those from `begin` on.
void Walk::Push(Ref ref, uint32_t begin, uint32_t path, Role role,
                uint32_t owner) {
  if (ref.is_node()) on_path_[ref.index()] = 1;
  frames_.push_back({ref, begin, begin, path,
                     static_cast<uint32_t>(name_.size()), owner, role});
}

void Walk::Leave() {
  const Frame& frame = frames_.back();
  if (frame.ref.is_node()) on_path_[frame.ref.index()] = 0;
  stack_.truncate(frame.begin);
  frames_.pop_back();
}

// Of a tensor that the pickle does not make a parameter itself.
ptscope::Kind Walk::KindBy(Role role, const Tensor& tensor) const {
  switch (role) {
    case Role::kParameter:
      return ptscope::Kind::kParameter;
    case Role::kBuffer:
      return ptscope::Kind::kBuffer;
    case Role::kAttribute:
      return ptscope::Kind::kAttribute;
    case Role::kNoParameter:
      return ptscope::Kind::kTensor;
    case Role::kPlain:
    case Role::kExtra:
      break;
  }
  // A buffer seldom requires a gradient, and TorchScript's pickles say nothing
  // else of what a tensor is.
  return options_.classes != nullptr && tensor.requires_grad == 1
             ? ptscope::Kind::kParameter
             : ptscope::Kind::kTensor;
}

// Lists a tensor whose name is name_.
Status Walk::List(Ref ref, uint32_t path, Role role) {
  Tensor tensor;
  if (auto status = tensors_.Read(ref, tensor); !status) {
    return Name(std::move(status.error()));
  }
  tensor.path = path;
  tensor.name = checkpoint_.arena().Copy(std::string_view(name_));
  if (role == Role::kExtra) {
    tensor.kind = options_.constants ? ptscope::Kind::kConstant
                                     : ptscope::Kind::kAttribute;
    // A tensor without a storage of its own has its bytes in its parts.
    const uint32_t owner = frames_.empty() ? kNone : frames_.back().owner;
    if (owner != kNone) {
      Tensor& outer = checkpoint_.tensors[owner];
      const auto problem = checkpoint_.ProblemOf(tensor);
      if (!problem.empty() && outer.storage == kNone && outer.detail != kNone &&
          checkpoint_.details[outer.detail].problem.empty()) {
        checkpoint_.details[outer.detail].problem = problem;
      }
    }
    checkpoint_.extras.push_back(tensor);
  } else {
    if (tensor.kind == ptscope::Kind::kTensor) {
      tensor.kind = KindBy(role, tensor);
    }
    checkpoint_.tensors.push_back(tensor);
    if (entry_ != kNone) ++checkpoint_.entries[entry_].tensors;
  }
  if (checkpoint_.tensors.size() + checkpoint_.extras.size() >
      limits_.tensors) {
    return Error{.code = ErrorCode::kLimit,
                 .message = "there are more tensors than the limit `tensors`",
                 .record = std::string(stream_),
                 .expected = fmt::format("at most {}", limits_.tensors)};
  }
  return {};
}

namespace {

// Makes room as a pickle of torch's own would need it.
void Reserve(const Values& values, Checkpoint& checkpoint) {
  // A tensor is a call, so there are no more of them than objects, but for
  // those that have several names.
  checkpoint.tensors.reserve(values.object_count() / 2);
  checkpoint.storages.reserve(checkpoint.records.size());
}

}  // namespace

Status ListTensors(const Values& values, Ref root,
                   const StorageRecords& records, std::string_view stream,
                   uint64_t stream_size, const Limits& limits,
                   Checkpoint& checkpoint, bool metadata, bool evidence) {
  Reserve(values, checkpoint);
  return Walk({values, records, stream, stream_size, limits}, checkpoint,
              {.metadata = metadata, .evidence = evidence})
      .Run(root);
}

Status ListScript(const ScriptPickle& pickle, Ref root,
                  const ScriptClasses& classes, Checkpoint& checkpoint,
                  bool metadata) {
  Reserve(pickle.values, checkpoint);
  return Walk(pickle, checkpoint, {.metadata = metadata, .classes = &classes})
      .Run(root);
}

PlacedLister::PlacedLister(const ScriptPickle& pickle,
                           const Table<Tensor>& table, Checkpoint& checkpoint)
    : walk_(std::make_unique<Walk>(pickle, checkpoint,
                                   WalkOptions{.table = &table})) {}
PlacedLister::~PlacedLister() = default;

Status PlacedLister::List(Ref value, uint32_t path, std::string_view name,
                          size_t step) {
  return walk_->ListAt(walk_->Untagged(value), path, name, step);
}

Status PlacedLister::ListState(Ref value, uint32_t path,
                               std::string_view name) {
  return walk_->ListStateAt(walk_->Untagged(value), path, name);
}

std::string PlacedLister::ShortText(Ref value) {
  return walk_->ShortText(walk_->Untagged(value));
}

Status ListConstants(const ScriptPickle& pickle, Ref root,
                     Checkpoint& checkpoint) {
  if (!pickle.values.Is(root, Kind::kTuple)) {
    return Error{.code = ErrorCode::kDamaged,
                 .message = "the constants are no tuple",
                 .record = std::string(pickle.stream)};
  }
  return Walk(pickle, checkpoint, {.constants = true}).Run(root);
}

}  // namespace ptscope::torch
