#include "torch/pickle_values.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "base/key_table.h"
#include "ptscope/checkpoint.h"
#include "torch/children.h"
#include "torch/find_value.h"
#include "torch/places.h"
#include "torch/plain_values.h"
#include "torch/rebuild.h"
#include "torch/storages.h"

namespace ptscope::torch {

using pickle::Ref;
using Lines = ValueVisitor::Lines;

namespace {

// Limits::shown_memory where it is 0.
uint64_t MemoryBudget(const Limits& limits, uint64_t pickle_size) {
  if (limits.shown_memory != 0) return limits.shown_memory;
  return (24ull << 20) + 2 * pickle_size;
}

// Reads tensors for their dtype and shape alone, into a checkpoint that nobody
// sees.
class TensorTypes {
 public:
  TensorTypes(const pickle::Values& values, Globals& globals,
              const Limits& limits)
      : storages_(values, globals, records_, limits, unseen_),
        reader_(values, globals, storages_, limits, unseen_) {}

  TensorReader& reader() { return reader_; }

 private:
  const KeyTable no_records_;
  const StorageRecords records_{no_records_, {}};
  Checkpoint unseen_;
  Storages storages_;
  TensorReader reader_;
};

class Showing {
 public:
  Showing(const pickle::Values& values, Ref root, uint64_t pickle_size,
          const Limits& limits, ValueVisitor& to)
      : values_(values),
        limits_(limits),
        budget_(MemoryBudget(limits, pickle_size)),
        to_(to),
        globals_(values_),
        plain_(values_, globals_),
        children_(values_, globals_),
        places_(root) {
    Renew();
  }

  Status Show(std::string_view path) {
    PTSCOPE_TRY(
        const uint32_t place,
        FindValue(path, plain_, children_, types_->reader(), limits_, places_));
    seen_.resize(values_.node_count(), 0);
    RememberWayTo(place);
    PTSCOPE_CHECK(Value(places_.PartAt(place), place, false));
    while (!frames_.empty() && !to_.IsFull()) PTSCOPE_CHECK(Next());
    return {};
  }

 private:
  // A container whose parts are being shown.
  struct Frame {
    uint32_t begin;  // its parts in parts_
    uint32_t next;   // the one to show
    uint32_t place;
    bool array;
  };

  // From time to time, so that what the reader takes down does not add up.
  void Renew() { types_.emplace(values_, globals_, limits_); }

  // What the value lies in is not shown below it once more.
  void RememberWayTo(uint32_t place) {
    const Ref value = plain_.Behind(places_.ValueAt(place));
    std::vector<uint32_t> way;
    for (uint32_t at = place; at != Places::kRoot;) {
      at = places_.ParentOf(at);
      way.push_back(at);
    }
    for (size_t i = way.size(); i-- > 0;) {
      const Ref container = plain_.Behind(places_.ValueAt(way[i]));
      if (container != value) Remember(container, way[i]);
    }
  }

  void Remember(Ref value, uint32_t place) {
    if (value.is_node() && seen_[value.index()] == 0) {
      seen_[value.index()] = place + 1;
    }
  }

  Status Next() {
    Frame& frame = frames_.back();
    if (frame.next == parts_.size()) {
      End();
      return {};
    }
    const Part part = parts_[frame.next++];
    const uint32_t parent = frame.place;
    if (!frame.array) {
      label_.clear();
      plain_.AppendLabel(label_, part);
      to_.Key(label_);
    }
    if (part.label == Label::kItems) {
      PTSCOPE_CHECK(CheckRoom(part.value));
      Begin(plain_.ItemsAreArray(part.value), places_.Add(parent, part),
            Lines::kMany);
      plain_.ExpandItems(part.value, parts_);
      return {};
    }
    return Value(part, parent, true);
  }

  // Shows a part of what is at `place`, or what is there itself. The parts of a
  // container come later.
  Status Value(const Part& part, uint32_t place, bool is_part) {
    const Ref value = plain_.Behind(part.value);
    if (types_->reader().IsTensor(value)) {
      return TensorValue(value, part, place, is_part);
    }
    const Form form = plain_.FormOf(value);
    if (form == Form::kScalar) {
      plain_.ShowScalar(value, to_);
      return {};
    }
    if (value.is_node() && seen_[value.index()] != 0 &&
        !plain_.IsSmall(value)) {
      Reference(seen_[value.index()] - 1);
      return {};
    }
    return Container(value, form, is_part ? places_.Add(place, part) : place);
  }

  Status Container(Ref value, Form form, uint32_t place) {
    Remember(value, place);
    if (frames_.size() >= limits_.shown_depth) {
      return Error{
          .code = ErrorCode::kLimit,
          .message =
              "values lie in each other more deeply than the "
              "limit `shown_depth`",
          .expected = fmt::format("at most {} levels", limits_.shown_depth)};
    }
    if (plain_.AreNumbers(value)) {
      plain_.ShowNumbers(value, to_);
      return {};
    }
    PTSCOPE_CHECK(CheckRoom(value));
    const size_t first = parts_.size();
    plain_.Expand(value, parts_);
    const bool empty = parts_.size() == first;
    Begin(form == Form::kArray, place, empty ? Lines::kOne : Lines::kMany);
    frames_.back().begin = frames_.back().next = static_cast<uint32_t>(first);
    if (form != Form::kOpaque) return {};
    const std::string name = plain_.ClassOf(value);
    if (name.empty()) return {};  // its callable is the first of its parts
    to_.Key("class");
    to_.String(name);
    return {};
  }

  void Begin(bool array, uint32_t place, Lines lines) {
    const auto begin = static_cast<uint32_t>(parts_.size());
    frames_.push_back({begin, begin, place, array});
    if (array) {
      to_.BeginArray(lines);
    } else {
      to_.BeginObject(lines);
    }
  }

  void End() {
    if (frames_.back().array) {
      to_.EndArray();
    } else {
      to_.EndObject();
    }
    parts_.truncate(frames_.back().begin);
    frames_.pop_back();
  }

  // What reading the members of a value takes, beside what is there.
  Status CheckRoom(Ref value) const {
    constexpr uint64_t kMember = 20;  // of a dict, keys and values alike
    const uint64_t bytes = parts_.size() * sizeof(Part) + places_.bytes() +
                           plain_.MembersOf(value) * kMember;
    if (bytes <= budget_) return {};
    return Error{.code = ErrorCode::kLimit,
                 .message =
                     "the values to show take more memory than the "
                     "limit `shown_memory`",
                 .found = fmt::format("{} bytes", bytes),
                 .expected = fmt::format("at most {}", budget_)};
  }

  void Reference(uint32_t place) {
    to_.BeginObject(Lines::kOne);
    to_.Key("ref");
    to_.String(places_.PathOf(place, plain_));
    to_.EndObject();
  }

  Status TensorValue(Ref value, const Part& part, uint32_t place,
                     bool is_part) {
    constexpr uint32_t kOften = 4096;
    if (++tensors_ % kOften == 0) Renew();
    Tensor tensor;
    if (auto status = types_->reader().Read(value, tensor); !status) {
      if (is_part) place = places_.Add(place, part);
      status.error().message =
          fmt::format("tensor \"{}\": {}", places_.PathOf(place, plain_),
                      status.error().message);
      return status;
    }
    to_.BeginObject(Lines::kOne);
    to_.Key("tensor");
    to_.BeginObject(Lines::kOne);
    to_.Key("dtype");
    to_.String(ToName(tensor.dtype));
    to_.Key("shape");
    to_.BeginArray(Lines::kOne);
    for (const int64_t n : tensor.shape) {
      if (n == kIrregular) {
        to_.Null();
      } else {
        to_.Number(fmt::format("{}", n));
      }
    }
    to_.EndArray();
    to_.EndObject();
    to_.EndObject();
    return {};
  }

  const pickle::Values& values_;
  const Limits& limits_;
  const uint64_t budget_;
  ValueVisitor& to_;
  Globals globals_;
  PlainValues plain_;
  Children children_;
  Places places_;
  std::optional<TensorTypes> types_;
  PodVector<uint32_t> seen_;  // by node: the place of its first + 1
  PodVector<Frame> frames_;
  PodVector<Part> parts_;  // of the open frames
  std::string label_;
  uint32_t tensors_ = 0;
};

}  // namespace

Status PickleValues::Show(std::string_view path, const Limits& limits,
                          ValueVisitor& to) const {
  return Showing(values_, root_, size_, limits, to).Show(path);
}

}  // namespace ptscope::torch
