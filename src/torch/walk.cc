#include "torch/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/arena.h"
#include "ptscope/roots.h"
#include "torch/children.h"
#include "torch/keys.h"
#include "torch/listing_budget.h"
#include "torch/reach.h"
#include "torch/rebuild.h"
#include "torch/state_dict_metadata.h"

namespace ptscope::torch {

using pickle::Kind;
using pickle::Ref;
using pickle::Values;

namespace {

class Walk {
 public:
  Walk(const Values& values, const StorageRecords& records,
       std::string_view stream, uint64_t stream_size, const Limits& limits,
       Checkpoint& checkpoint, bool metadata)
      : values_(values),
        globals_(values),
        storages_(values, globals_, records, checkpoint),
        tensors_(values, globals_, storages_, limits, checkpoint),
        children_(values, globals_),
        reach_(values, tensors_),
        state_dicts_(values, globals_, tensors_, children_, checkpoint),
        metadata_(metadata),
        stream_(stream),
        limits_(limits),
        listing_budget_(ListingBudget(limits, stream_size)),
        checkpoint_(checkpoint) {}

  Status Run(Ref root) {
    Describe(root);
    on_path_.resize(values_.node_count(), 0);
    if (tensors_.IsTensor(root)) {
      PTSCOPE_CHECK(List(root, kNone, Role::kPlain));
      // Its attributes hang on the root as steps of their own.
      EnterAttributes(root, 0, 0);
    } else {
      Enter(root, 0, false, kNone);
      PTSCOPE_CHECK(ReadStateDict(root, 0));
    }
    while (!frames_.empty()) PTSCOPE_CHECK(Next());
    FindEmbeddedStreams();
    return {};
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
    bool extra;      // all below it would not be in a state_dict
  };

  bool IsRoot(const Frame& frame) const { return frame.path == 0; }

  void FindEmbeddedStreams();
  Status CheckLimits() const;
  Status CheckSteps() const;
  Status CheckMemory() const;
  Status ReadStateDict(Ref container, uint32_t path);
  uint64_t MembersOf(Ref ref) const;
  void Describe(Ref root);
  void AddEntry(const Child& child, std::string_view name);
  Status Next();
  Status VisitEmptyEntry(const Child& child);
  Status VisitTensor(const Child& child);
  Status VisitContainer(const Child& child);
  Status List(Ref ref, uint32_t path, Role role);
  void EnterAttributes(Ref ref, uint32_t path, uint32_t owner);
  void Enter(Ref ref, uint32_t path, bool extra, uint32_t owner);
  void Leave();
  uint32_t AddPath(uint32_t parent, size_t step);
  Error Name(Error error) const;

  const Values& values_;
  Globals globals_;
  Storages storages_;
  TensorReader tensors_;
  Children children_;
  Reach reach_;
  StateDictReader state_dicts_;
  const bool metadata_;  // state_dicts_ is asked
  const std::string_view stream_;
  const Limits& limits_;
  const uint64_t listing_budget_;
  Checkpoint& checkpoint_;

  PodVector<Frame> frames_;
  PodVector<Child> stack_;      // children of the open frames
  PodVector<uint8_t> on_path_;  // by node: an open frame has it
  std::string name_;            // joined name of what is being looked at
  uint64_t steps_ = 0;
  uint32_t entry_ = kNone;  // the root's child that is being walked
};

// torch.storage._load_from_bytes(bytes) holds a whole stream of its own.
void Walk::FindEmbeddedStreams() {
  if (!globals_.Mentions(Meaning::kLoadFromBytes)) return;
  checkpoint_.AddFinding(
      {.id = FindingId::kEmbeddedStream,
       .severity = DefaultSeverity(FindingId::kEmbeddedStream),
       .message = "it holds a torch.save stream in a bytes value; tensors in "
                  "there are not listed"});
}

// Both are bounded by the pickle in honest files; values that refer to each
// other can make them grow without end.
Status Walk::CheckLimits() const {
  PTSCOPE_CHECK(CheckSteps());
  // Text and numbers grow at once, all else by a little at each step.
  constexpr uint64_t kEvery = 64;
  if (steps_ % kEvery != 0 && checkpoint_.arena().used() < listing_budget_) {
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
  const Checkpoint& c = checkpoint_;
  const uint64_t bytes = c.arena().used() + stack_.size() * sizeof(Child) +
                         (c.tensors.size() + c.extras.size()) * sizeof(Tensor) +
                         c.storages.size() * sizeof(Storage) +
                         c.details.size() * sizeof(TensorDetail) +
                         c.paths.size() * sizeof(PathNode) +
                         c.entries.size() * sizeof(Entry) +
                         c.state_dicts.size() * sizeof(StateDict) +
                         c.modules.size() * sizeof(ModuleMetadata) +
                         c.other_keys.size() * sizeof(OtherKey);
  if (bytes <= listing_budget_) return {};
  return Error{.code = ErrorCode::kLimit,
               .message =
                   "the tensors and their names take more memory than "
                   "the limit `listing_bytes`: the file repeats itself",
               .record = std::string(stream_),
               .found = fmt::format("{} bytes", bytes),
               .expected = fmt::format("at most {}", listing_budget_)};
}

Status Walk::ReadStateDict(Ref container, uint32_t path) {
  if (!metadata_) return {};
  steps_ += MembersOf(container);
  return state_dicts_.Read(container, path, [this](uint64_t members) -> Status {
    steps_ += members;
    PTSCOPE_CHECK(CheckSteps());
    return CheckMemory();
  });
}

// What expanding the value has to look at.
uint64_t Walk::MembersOf(Ref ref) const {
  if (!ref.is_node()) return 0;
  switch (values_.KindOf(ref)) {
    case Kind::kTuple:
    case Kind::kFrozenSet:
      return values_.ItemsOf(ref).size();
    case Kind::kList:
    case Kind::kSet:
    case Kind::kDict:
      return values_.CountOf(ref);
    case Kind::kObject: {
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
    default:
      return 0;
  }
}

void Walk::Describe(Ref root) {
  Arena& arena = checkpoint_.arena();
  if (tensors_.IsTensor(root)) {
    checkpoint_.root_kind = RootKind::kTensor;
    checkpoint_.root_type = "tensor";
    return;
  }
  if (children_.IsModule(root)) {
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
  const bool is_entry = IsRoot(frame) && !is_tensor && frame.owner == kNone;
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
  if (!metadata_ || std::ranges::find(kUsualRoots, std::string_view(name_)) ==
                        std::end(kUsualRoots)) {
    return {};
  }
  return ReadStateDict(child.value, AddPath(0, 0));
}

Status Walk::VisitTensor(const Child& child) {
  const Frame frame = frames_.back();  // a copy: frames_ grows below
  const bool extra = frame.extra || child.role == Role::kExtra;
  PTSCOPE_CHECK(
      List(child.value, frame.path, extra ? Role::kExtra : child.role));
  const uint32_t listed =
      extra ? kNone : static_cast<uint32_t>(checkpoint_.tensors.size() - 1);
  const Ref attributes = tensors_.AttributesOf(child.value);
  if (attributes == Ref::kAbsent || !reach_.MayHold(attributes)) return {};
  const size_t step = frame.path == 0 ? 0 : frame.name + 1;
  if (on_path_[child.value.index()] != 0) return {};
  EnterAttributes(child.value, AddPath(frame.path, step), listed);
  return {};
}

Status Walk::VisitContainer(const Child& child) {
  const Frame frame = frames_.back();
  const bool extra = frame.extra || child.role == Role::kExtra;
  const size_t step = frame.path == 0 ? 0 : frame.name + 1;
  const uint32_t path = AddPath(frame.path, step);
  Enter(child.value, path, extra, frame.owner);
  return frame.owner == kNone ? ReadStateDict(child.value, path) : Status();
}

// The joined name is name_; the last step begins at `step`.
uint32_t Walk::AddPath(uint32_t parent, size_t step) {
  const std::string_view text =
      checkpoint_.arena().Copy(std::string_view(name_).substr(step));
  checkpoint_.paths.push_back(
      {parent, static_cast<uint32_t>(name_.size()), text});
  return static_cast<uint32_t>(checkpoint_.paths.size() - 1);
}

void Walk::Enter(Ref ref, uint32_t path, bool extra, uint32_t owner) {
  if (ref.is_node()) on_path_[ref.index()] = 1;
  const auto begin = static_cast<uint32_t>(stack_.size());
  steps_ += MembersOf(ref);
  children_.Expand(ref, stack_);
  frames_.push_back({ref, begin, begin, path,
                     static_cast<uint32_t>(name_.size()), owner, extra});
}

void Walk::EnterAttributes(Ref ref, uint32_t path, uint32_t owner) {
  on_path_[ref.index()] = 1;
  const auto begin = static_cast<uint32_t>(stack_.size());
  steps_ += MembersOf(tensors_.AttributesOf(ref));
  children_.ExpandState(tensors_.AttributesOf(ref), Role::kExtra, stack_);
  frames_.push_back({ref, begin, begin, path,
                     static_cast<uint32_t>(name_.size()), owner, true});
}

void Walk::Leave() {
  const Frame& frame = frames_.back();
  if (frame.ref.is_node()) on_path_[frame.ref.index()] = 0;
  stack_.truncate(frame.begin);
  frames_.pop_back();
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
    tensor.kind = ptscope::Kind::kAttribute;
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
    if (role == Role::kBuffer && tensor.kind == ptscope::Kind::kTensor) {
      tensor.kind = ptscope::Kind::kBuffer;
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

}  // namespace

Status ListTensors(const Values& values, Ref root,
                   const StorageRecords& records, std::string_view stream,
                   uint64_t stream_size, const Limits& limits,
                   Checkpoint& checkpoint, bool metadata) {
  // A tensor is a call, so there are no more of them than objects, but for
  // those that have several names.
  checkpoint.tensors.reserve(values.object_count() / 2);
  checkpoint.storages.reserve(checkpoint.records.size());
  return Walk(values, records, stream, stream_size, limits, checkpoint,
              metadata)
      .Run(root);
}

}  // namespace ptscope::torch
