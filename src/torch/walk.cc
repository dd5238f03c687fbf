#include "torch/walk.h"

#include <fmt/format.h>

#include <string>

#include "base/arena.h"
#include "torch/children.h"
#include "torch/keys.h"
#include "torch/reach.h"
#include "torch/rebuild.h"

namespace ptscope::torch {

using pickle::Kind;
using pickle::Ref;
using pickle::Values;

namespace {

// Limits::name_bytes where it is 0.
uint64_t NameBudget(const Limits& limits, uint64_t stream_size) {
  if (limits.name_bytes != 0) return limits.name_bytes;
  return (16ull << 20) + 2 * stream_size;
}

class Walk {
 public:
  Walk(const Values& values, const StorageRecords& records,
       std::string_view stream, uint64_t stream_size, const Limits& limits,
       Checkpoint& checkpoint)
      : values_(values),
        globals_(values),
        storages_(values, globals_, records, checkpoint),
        tensors_(values, globals_, storages_, limits, checkpoint),
        children_(values, globals_),
        reach_(values, tensors_),
        stream_(stream),
        limits_(limits),
        name_budget_(NameBudget(limits, stream_size)),
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
    }
    while (!frames_.empty()) PTSCOPE_CHECK(Next());
    return {};
  }

 private:
  // A container whose children are being listed.
  struct Frame {
    Ref ref;
    uint32_t begin;    // its children in stack_
    uint32_t next;     // the one to look at
    uint32_t path;     // its PathNode
    uint32_t name;     // length of its joined name
    uint32_t owner;    // tensor whose attributes these are; kNone
    bool extra;        // all below it would not be in a state_dict
  };

  bool IsRoot(const Frame& frame) const { return frame.path == 0; }

  void Describe(Ref root);
  void AddEntry(const Child& child, std::string_view name);
  Status Next();
  Status Visit(const Child& child);
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
  const std::string_view stream_;
  const Limits& limits_;
  const uint64_t name_budget_;
  Checkpoint& checkpoint_;

  PodVector<Frame> frames_;
  PodVector<Child> stack_;      // children of the open frames
  PodVector<uint8_t> on_path_;  // by node: an open frame has it
  std::string name_;            // joined name of what is being looked at
  uint64_t name_bytes_ = 0;
  uint64_t steps_ = 0;
  uint32_t entry_ = kNone;      // the root's child that is being walked
};

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
  entry.type =
      children_.IsModule(child.value)
          ? "module"
          : arena.Copy(
                std::string_view(TypeName(child.value, values_, globals_)));
  entry.value =
      arena.Copy(std::string_view(ShortValue(child.value, values_, globals_)));
  entry_ = static_cast<uint32_t>(checkpoint_.entries.size());
  checkpoint_.entries.push_back(entry);
}

Error Walk::Name(Error error) const {
  error.message = fmt::format("tensor '{}': {}", name_.substr(0, 300),
                              error.message);
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
  if (++steps_ > limits_.steps) {
    return Error{.code = ErrorCode::kLimit,
                 .message = "naming the tensors takes more steps than the "
                            "limit `steps`: the file repeats itself",
                 .record = std::string(stream_),
                 .expected = fmt::format("at most {}", limits_.steps)};
  }
  const bool is_tensor = tensors_.IsTensor(child.value);
  const bool is_entry = IsRoot(frame) && !is_tensor && frame.owner == kNone;
  if (!is_tensor && !is_entry && !reach_.MayHold(child.value)) return {};
  name_.resize(frame.name);
  if (!IsRoot(frame)) name_ += '.';
  children_.AppendStep(name_, child);
  if (IsRoot(frame)) entry_ = kNone;
  if (is_entry) {
    AddEntry(child, name_);
    if (!reach_.MayHold(child.value)) return {};
  }
  return Visit(child);
}

Status Walk::Visit(const Child& child) {
  const Frame frame = frames_.back();  // a copy: frames_ grows below
  const bool extra = frame.extra || child.role == Role::kExtra;
  if (tensors_.IsTensor(child.value)) {
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
  if (child.value.is_node() && on_path_[child.value.index()] != 0) return {};
  const size_t step = frame.path == 0 ? 0 : frame.name + 1;
  Enter(child.value, AddPath(frame.path, step), extra, frame.owner);
  return {};
}

// The joined name is name_; the last step begins at `step`.
uint32_t Walk::AddPath(uint32_t parent, size_t step) {
  const std::string_view text =
      checkpoint_.arena().Copy(std::string_view(name_).substr(step));
  name_bytes_ += text.size();
  checkpoint_.paths.push_back(
      {parent, static_cast<uint32_t>(name_.size()), text});
  return static_cast<uint32_t>(checkpoint_.paths.size() - 1);
}

void Walk::Enter(Ref ref, uint32_t path, bool extra, uint32_t owner) {
  if (ref.is_node()) on_path_[ref.index()] = 1;
  const auto begin = static_cast<uint32_t>(stack_.size());
  children_.Expand(ref, stack_);
  frames_.push_back({ref, begin, begin, path,
                     static_cast<uint32_t>(name_.size()), owner, extra});
}

void Walk::EnterAttributes(Ref ref, uint32_t path, uint32_t owner) {
  on_path_[ref.index()] = 1;
  const auto begin = static_cast<uint32_t>(stack_.size());
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
  tensor.path = path;
  if (auto status = tensors_.Read(ref, tensor); !status) {
    return Name(std::move(status.error()));
  }
  name_bytes_ += name_.size();
  if (name_bytes_ > name_budget_) {
    return Error{.code = ErrorCode::kLimit,
                 .message = "the names of the tensors are longer than the "
                            "limit `name_bytes`: the file repeats itself",
                 .record = std::string(stream_),
                 .expected = fmt::format("at most {} bytes", name_budget_)};
  }
  tensor.name = checkpoint_.arena().Copy(std::string_view(name_));
  if (role == Role::kExtra) {
    tensor.kind = ptscope::Kind::kAttribute;
    // A tensor without a storage of its own has its bytes in its parts.
    const uint32_t owner = frames_.empty() ? kNone : frames_.back().owner;
    if (owner != kNone) {
      Tensor& outer = checkpoint_.tensors[owner];
      const auto problem = checkpoint_.ProblemOf(tensor);
      if (!problem.empty() && outer.storage == kNone &&
          outer.detail != kNone &&
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
                   Checkpoint& checkpoint) {
  // A tensor is a call, so there are no more of them than objects, but for
  // those that have several names.
  checkpoint.tensors.reserve(values.object_count() / 2);
  return Walk(values, records, stream, stream_size, limits, checkpoint)
      .Run(root);
}

}  // namespace ptscope::torch
