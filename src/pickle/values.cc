#include "pickle/values.h"

#include <bit>
#include <cassert>
#include <string>

namespace ptscope::pickle {

int64_t Values::IntOf(Ref ref) const {
  if (ref.is_small_int()) return ref.small_int();
  if (!ref.is_node()) return ref == Ref::kTrue ? 1 : 0;
  return static_cast<int64_t>(nodes_[ref.index()].number);
}

double Values::FloatOf(Ref ref) const { return nodes_[ref.index()].real; }

const Values::Container& Values::ContainerOf(Ref ref) const {
  static constexpr Container kNothing;
  const Node& n = nodes_[ref.index()];
  if (n.kind != Kind::kObject) return containers_[n.a];
  const uint32_t c = objects_[n.a].container;
  return c == kNoContainer ? kNothing : containers_[c];
}

Ref Values::AddGlobal(std::string_view module, std::string_view name,
                      bool owned) {
  // Two lines that follow each other in the stream are one text already.
  std::string_view key(module.data(), module.size() + 1 + name.size());
  std::string joined;
  if (owned || name.data() != module.data() + module.size() + 1) {
    joined.append(module).append(1, '\n').append(name);
    key = joined;
  }
  uint32_t id = global_index_.Find(key);
  // A module that holds a LF could look like another pair.
  if (id == KeyTable::kAbsent || globals_[id].module.size() != module.size()) {
    if (!joined.empty()) key = owned_.Copy(key);
    id = static_cast<uint32_t>(globals_.size());
    globals_.push_back(
        {key.substr(0, module.size()), key.substr(module.size() + 1)});
    global_index_.Insert(key, id);
  }
  return AddNode(Kind::kGlobal, 0, id, 0);
}

void Values::AddMembers(Ref ref, std::span<const Ref> members, bool pairs) {
  if (members.empty()) return;
  const Node& n = nodes_[ref.index()];
  uint32_t index = n.a;
  if (n.kind == Kind::kObject) {
    Object& object = objects_[n.a];
    if (object.container == kNoContainer) {
      containers_.push_back({});
      object.container = static_cast<uint32_t>(containers_.size() - 1);
      object.pairs = pairs;
    }
    index = object.container;
  }
  Container& container = containers_[index];
  const auto count = static_cast<uint32_t>(members.size());
  const auto begin = static_cast<uint32_t>(items_.size());
  items_.append(members.data(), members.size());
  container.count += count;
  if (container.last != kNoChunk) {
    Chunk& last = chunks_[container.last];
    if (last.begin + last.count == begin) {  // it grows in place
      last.count += count;
      return;
    }
  }
  chunks_.push_back({begin, count, kNoChunk});
  const auto added = static_cast<uint32_t>(chunks_.size() - 1);
  if (container.last == kNoChunk) {
    container.first = added;
  } else {
    chunks_[container.last].next = added;
  }
  container.last = added;
}

void Values::AddState(Ref ref, Ref state) {
  Node& n = nodes_[ref.index()];
  if (n.kind != Kind::kObject) {
    // A class or a persistent object that gets a state becomes an object whose
    // callable is what it was.
    const Node was = n;
    nodes_.push_back(was);
    const Ref callable = Ref::Node(static_cast<uint32_t>(nodes_.size() - 1));
    objects_.push_back({callable, Ref::kEmptyTuple, Ref::kAbsent, Ref::kAbsent,
                        kNoContainer, false, false});
    Node& built = nodes_[ref.index()];
    built.kind = Kind::kObject;
    built.tag = static_cast<uint8_t>(Call::kBuilt);
    built.a = static_cast<uint32_t>(objects_.size() - 1);
  }
  Object& object = objects_[nodes_[ref.index()].a];
  if (object.state == Ref::kAbsent) {
    object.state = state;
    return;
  }
  const Ref both[] = {object.state, state};
  if (!object.several) {
    object.state = AddTuple(Kind::kTuple, both);
    objects_[nodes_[ref.index()].a].several = true;
    return;
  }
  // One more at the end; the old run stays behind, so a stream of n BUILDs on
  // one object is bounded by the memory limit.
  PodVector<Ref> states;
  const auto old = ItemsOf(object.state);
  states.append(old.data(), old.size());
  states.push_back(state);
  object.state = AddTuple(Kind::kTuple, states);
}

uint64_t Values::SizeOf(Ref ref) const {
  switch (KindOf(ref)) {
    case Kind::kTuple:
    case Kind::kFrozenSet:
      return ItemsOf(ref).size();
    case Kind::kList:
    case Kind::kSet:
    case Kind::kDict:
      return CountOf(ref);
    default:
      return 0;
  }
}

}  // namespace ptscope::pickle
