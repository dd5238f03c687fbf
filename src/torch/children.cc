#include "torch/children.h"

#include "torch/keys.h"

namespace ptscope::torch {

using pickle::Item;
using pickle::Kind;
using pickle::Ref;

namespace {

Ref Index(uint64_t i) {
  return Ref::SmallInt(static_cast<uint32_t>(i & Ref::kMaxSmallInt));
}

}  // namespace

void Children::AppendStep(std::string& to, const Child& child) {
  switch (child.step) {
    case Step::kKey:
    case Step::kIndex:
      AppendKey(to, child.key, values_, globals_);
      return;
    case Step::kArgs:
      to += "__args__";
      return;
    case Step::kKwargs:
      to += "__kwargs__";
      return;
    case Step::kState:
      to += "__state__";
      return;
  }
}

void Children::Expand(Ref ref, PodVector<Child>& to) {
  switch (values_.KindOf(ref)) {
    case Kind::kTuple:
    case Kind::kFrozenSet:
    case Kind::kList:
    case Kind::kSet:
      return ExpandMembers(ref, Role::kPlain, 0, to);
    case Kind::kDict:
      return ExpandItems(ref, Role::kPlain, to);
    case Kind::kObject:
      return ExpandObject(ref, to);
    case Kind::kPersistent:
      return ExpandPackaged(ref, to);
    default:
      return;
  }
}

// What a package has instead of a call that makes an object: the persistent id
// ("reduce_package", number, function, arguments). Source:
// torch/package/package_exporter.py, _persistent_id.
Children::PackagedCall Children::PackagedCallOf(Ref persistent) const {
  const Ref id = values_.PersistentIdOf(persistent);
  if (!values_.Is(id, Kind::kTuple)) return {};
  const auto parts = values_.ItemsOf(id);
  if (parts.size() < 4 || !values_.Is(parts[0], Kind::kStr) ||
      values_.TextOf(parts[0]) != "reduce_package" ||
      !values_.Is(parts[3], Kind::kTuple)) {
    return {};
  }
  return {parts[2], parts[3]};
}

void Children::ExpandPackaged(Ref persistent, PodVector<Child>& to) {
  if (const Ref state = ModuleState(persistent); state != Ref::kAbsent) {
    return ExpandModule(state, to);
  }
  const PackagedCall call = PackagedCallOf(persistent);
  if (call.function == Ref::kAbsent) return;
  Add(call.args, Ref::kNone, Step::kArgs, Role::kPlain, to);
}

void Children::ExpandMembers(Ref ref, Role role, uint32_t first,
                             PodVector<Child>& to) {
  uint64_t i = first;
  const auto add = [&](std::span<const Ref> run) {
    for (const Ref member : run)
      Add(member, Index(i++), Step::kIndex, role, to);
  };
  const Kind kind = values_.KindOf(ref);
  if (kind == Kind::kTuple || kind == Kind::kFrozenSet) {
    add(values_.ItemsOf(ref));
  } else if (kind == Kind::kList || kind == Kind::kSet ||
             kind == Kind::kObject) {
    values_.ForEachRun(ref, add);
  }
}

void Children::ExpandItems(Ref dict, Role role, PodVector<Child>& to) {
  items_.clear();
  dicts_.Read(dict, items_);
  for (const Item& item : items_) {
    Add(item.value, item.key, Step::kKey, role, to);
  }
}

// Python 2's OrderedDict([[key, value], …]).
void Children::ExpandPairs(Ref list, PodVector<Child>& to) {
  const auto add = [&](std::span<const Ref> run) {
    for (const Ref pair : run) {
      Ref key = Ref::kAbsent;
      Ref value = Ref::kAbsent;
      const auto take = [&](std::span<const Ref> parts) {
        for (const Ref part : parts) (key == Ref::kAbsent ? key : value) = part;
      };
      if (values_.Is(pair, Kind::kTuple)) {
        take(values_.ItemsOf(pair));
      } else if (values_.Is(pair, Kind::kList)) {
        values_.ForEachRun(pair, take);
      }
      if (value != Ref::kAbsent) Add(value, key, Step::kKey, Role::kPlain, to);
    }
  };
  if (values_.Is(list, Kind::kTuple)) {
    add(values_.ItemsOf(list));
  } else if (values_.Is(list, Kind::kList)) {
    values_.ForEachRun(list, add);
  }
}

void Children::ExpandContent(Ref ref, PodVector<Child>& to) {
  if (values_.Is(ref, Kind::kObject)) {
    ExpandArgsAndItems(ref, to);
  } else {
    Expand(ref, to);
  }
}

void Children::ExpandObject(Ref ref, PodVector<Child>& to) {
  if (const Ref state = ModuleState(ref); state != Ref::kAbsent) {
    return ExpandModule(state, to);
  }
  const size_t first = to.size();
  ExpandArgsAndItems(ref, to);
  const Ref state = values_.StateOf(ref);
  if (state == Ref::kAbsent) return;
  if (values_.StateIsSeveral(ref)) {
    for (const Ref one : values_.ItemsOf(state)) {
      ExpandState(one, Role::kPlain, to);
    }
  } else {
    ExpandState(state, Role::kPlain, to);
  }
  if (const ScriptClass* owner = ScriptClassOf(ref)) {
    SetScriptRoles(*owner, to, first);
  }
}

const ScriptClass* Children::ScriptClassOf(Ref ref) {
  if (classes_ == nullptr || !values_.Is(ref, Kind::kObject)) return nullptr;
  const Ref callable = values_.CallableOf(ref);
  return values_.Is(callable, Kind::kGlobal)
             ? classes_->Find(values_.GlobalIdOf(callable))
             : nullptr;
}

// What the attributes of an object are, by the lists of its class. Objects
// among them have lists of their own, unless nothing is known of their class.
void Children::SetScriptRoles(const ScriptClass& owner,
                              PodVector<Child>& children, size_t first) {
  using Sort = ScriptClass::Sort;
  if (owner.sort == Sort::kUnknown) return;
  for (size_t i = first; i < children.size(); ++i) {
    Child& child = children[i];
    const ScriptClass* own = ScriptClassOf(child.value);
    if (own != nullptr && own->sort != Sort::kOther) continue;
    const Kind kind =
        child.step == Step::kKey ? values_.KindOf(child.key) : Kind::kNone;
    if (owner.sort == Sort::kOther || kind != Kind::kStr) {
      child.role = Role::kAttribute;
      continue;
    }
    switch (SortOf(owner, values_.TextOf(child.key))) {
      case AttributeSort::kUnknown:
        break;
      case AttributeSort::kParameter:
        child.role = Role::kParameter;
        break;
      case AttributeSort::kBuffer:
        child.role = Role::kBuffer;
        break;
      case AttributeSort::kBufferOrOther:
        // A list has tensors, but is none.
        child.role = values_.Is(child.value, Kind::kObject) ? Role::kNoParameter
                                                            : Role::kAttribute;
        break;
      case AttributeSort::kOther:
        child.role = Role::kAttribute;
        break;
    }
  }
}

Ref Children::Untagged(Ref ref) {
  // torch writes one tag on a value; more are for no purpose.
  for (int tags = 0; tags < 4; ++tags) {
    if (!values_.Is(ref, Kind::kObject) ||
        globals_.MeaningOf(values_.CallableOf(ref)) != Meaning::kTypeTag) {
      return ref;
    }
    const auto args = values_.ItemsOf(values_.ArgsOf(ref));
    if (args.empty()) return ref;
    ref = args[0];
  }
  return ref;
}

// What the call gave to an object, and what was put into it.
void Children::ExpandArgsAndItems(Ref ref, PodVector<Child>& to) {
  const auto args = values_.ItemsOf(values_.ArgsOf(ref));
  const size_t before = to.size();
  uint32_t first = 0;  // index of the first appended member
  switch (globals_.MeaningOf(values_.CallableOf(ref))) {
    case Meaning::kOrderedDict:
    case Meaning::kCounter:
    case Meaning::kDict:
      if (args.empty()) break;
      if (values_.Is(args[0], Kind::kDict)) {
        ExpandItems(args[0], Role::kPlain, to);
      } else {
        ExpandPairs(args[0], to);
      }
      break;
    case Meaning::kDefaultDict:
      if (args.size() > 1 && values_.Is(args[1], Kind::kDict)) {
        ExpandItems(args[1], Role::kPlain, to);
      }
      break;
    case Meaning::kDeque:
    case Meaning::kSet:
    case Meaning::kFrozenSet:
    case Meaning::kList:
    case Meaning::kTuple:
    case Meaning::kSize:
      if (args.empty()) break;
      ExpandMembers(args[0], Role::kPlain, 0, to);
      first = static_cast<uint32_t>(to.size() - before);
      break;
    case Meaning::kReconstructor: {
      // (class, base, content of the base).
      if (args.size() < 3) break;
      const Kind kind = values_.KindOf(args[2]);
      if (kind == Kind::kDict) {
        ExpandItems(args[2], Role::kPlain, to);
      } else if (kind == Kind::kList || kind == Kind::kTuple) {
        ExpandMembers(args[2], Role::kPlain, 0, to);
      }
      break;
    }
    default:
      if (!args.empty()) {
        Add(values_.ArgsOf(ref), Ref::kNone, Step::kArgs, Role::kPlain, to);
      }
      break;
  }
  if (const Ref kwargs = values_.KwargsOf(ref); kwargs != Ref::kAbsent) {
    Add(kwargs, Ref::kNone, Step::kKwargs, Role::kPlain, to);
  }
  if (values_.CountOf(ref) != 0) {
    if (values_.ItemsArePairs(ref)) {
      ExpandItems(ref, Role::kPlain, to);
    } else {
      ExpandMembers(ref, Role::kPlain, first, to);
    }
  }
}

bool Children::IsMapping(Ref ref) {
  if (values_.Is(ref, Kind::kDict)) return true;
  if (!values_.Is(ref, Kind::kObject)) return false;
  return IsDict(ref) &&
         (values_.CountOf(ref) == 0 || values_.ItemsArePairs(ref));
}

bool Children::IsDict(Ref ref) {
  if (values_.Is(ref, Kind::kDict)) return true;
  if (!values_.Is(ref, Kind::kObject)) return false;
  switch (globals_.MeaningOf(values_.CallableOf(ref))) {
    case Meaning::kOrderedDict:
    case Meaning::kDefaultDict:
    case Meaning::kCounter:
    case Meaning::kDict:
      return true;
    default:
      return false;
  }
}

// A dict gives attributes, (dict or None, dict) attributes and slots; any other
// state means something only to its class.
void Children::ExpandState(Ref state, Role role, PodVector<Child>& to) {
  if (state == Ref::kNone || state == Ref::kAbsent) return;
  if (IsMapping(state)) return ExpandItems(state, role, to);
  if (values_.Is(state, Kind::kTuple)) {
    const auto parts = values_.ItemsOf(state);
    if (parts.size() == 2 && (parts[0] == Ref::kNone || IsMapping(parts[0])) &&
        (parts[1] == Ref::kNone || IsMapping(parts[1])) &&
        !(parts[0] == Ref::kNone && parts[1] == Ref::kNone)) {
      if (parts[0] != Ref::kNone) ExpandItems(parts[0], role, to);
      if (parts[1] != Ref::kNone) ExpandItems(parts[1], role, to);
      return;
    }
  }
  Add(state, Ref::kNone, Step::kState, role, to);
}

Ref Children::ModuleState(Ref ref) {
  Ref state = Ref::kAbsent;
  Ref made_of = Ref::kAbsent;  // the arguments of reduce_graph_module
  if (values_.Is(ref, Kind::kPersistent)) {
    const PackagedCall call = PackagedCallOf(ref);
    if (call.function == Ref::kAbsent ||
        globals_.MeaningOf(call.function) != Meaning::kReduceGraphModule) {
      return Ref::kAbsent;
    }
    made_of = call.args;
  } else if (values_.Is(ref, Kind::kObject)) {
    state = values_.StateOf(ref);
    if (globals_.MeaningOf(values_.CallableOf(ref)) ==
        Meaning::kReduceGraphModule) {
      made_of = values_.ArgsOf(ref);
    }
  }
  // reduce_graph_module(body, import_block): the body is the state.
  if (made_of != Ref::kAbsent) {
    const auto args = values_.ItemsOf(made_of);
    if (!args.empty()) state = args[0];
  }
  if (state == Ref::kAbsent || !values_.Is(state, Kind::kDict)) {
    return Ref::kAbsent;
  }
  if (module_states_.empty()) {
    module_states_.resize(values_.node_count(), kUnknown);
  }
  uint8_t& answer = module_states_[state.index()];
  if (answer == kUnknown) {
    answer = kYes;
    for (const std::string_view name :
         {"_parameters", "_buffers", "_modules"}) {
      if (dicts_.Find(state, name) == Ref::kAbsent) answer = kNo;
    }
  }
  return answer == kYes ? state : Ref::kAbsent;
}

bool Children::IsModule(Ref ref) {
  if (ModuleState(ref) != Ref::kAbsent) return true;
  const ScriptClass* own = ScriptClassOf(ref);
  return own != nullptr && own->sort == ScriptClass::Sort::kModule;
}

// As state_dict() would: own parameters, own persistent buffers, the modules in
// their order. Then what it would leave out. Source:
// torch/nn/modules/module.py, state_dict and _save_to_state_dict.
void Children::ExpandModule(Ref state, PodVector<Child>& to) {
  const Ref parameters = dicts_.Find(state, "_parameters");
  const Ref buffers = dicts_.Find(state, "_buffers");
  const Ref modules = dicts_.Find(state, "_modules");
  const Ref passing = dicts_.Find(state, "_non_persistent_buffers_set");
  const auto each = [&](Ref map, auto add) {
    if (!IsMapping(map)) {
      // A container of another kind: its own walk names what is in it.
      if (values_.Is(map, Kind::kObject)) Expand(map, to);
      return;
    }
    const size_t before = to.size();
    ExpandObjectOrDict(map, to);
    size_t kept = before;
    for (size_t i = before; i < to.size(); ++i) {
      Child child = to[i];
      if (child.value == Ref::kNone) continue;
      add(child);
      to[kept++] = child;
    }
    to.truncate(kept);
  };
  KeyTable passing_names;
  if (passing != Ref::kAbsent) ReadSet(passing, passing_names);
  const auto is_passing = [&](Ref key) {
    const Kind kind = values_.KindOf(key);
    return (kind == Kind::kStr || kind == Kind::kPy2Str) &&
           passing_names.Find(values_.TextOf(key)) != KeyTable::kAbsent;
  };
  each(parameters, [](Child&) {});
  each(buffers, [&](Child& child) {
    child.role = is_passing(child.key) ? Role::kExtra : Role::kBuffer;
  });
  each(modules, [](Child&) {});
  items_.clear();
  dicts_.Read(state, items_);
  for (const Item& item : items_) {
    if (item.value == parameters || item.value == buffers ||
        item.value == modules) {
      continue;
    }
    Add(item.value, item.key, Step::kKey, Role::kExtra, to);
  }
}

// The members of a mapping alone, without its attributes.
void Children::ExpandObjectOrDict(Ref map, PodVector<Child>& to) {
  if (values_.Is(map, Kind::kObject)) {
    const auto args = values_.ItemsOf(values_.ArgsOf(map));
    if (!args.empty()) ExpandPairs(args[0], to);
  }
  ExpandItems(map, Role::kPlain, to);
}

// The str members of a set, or of set([…]).
void Children::ReadSet(Ref set, KeyTable& to) {
  const auto read = [&](std::span<const Ref> run) {
    for (const Ref member : run) {
      const Kind kind = values_.KindOf(member);
      if (kind == Kind::kStr || kind == Kind::kPy2Str) {
        to.Insert(values_.TextOf(member), 0);
      }
    }
  };
  if (values_.Is(set, Kind::kObject)) {
    const auto args = values_.ItemsOf(values_.ArgsOf(set));
    if (args.empty()) return;
    set = args[0];
  }
  if (values_.Is(set, Kind::kSet) || values_.Is(set, Kind::kList)) {
    values_.ForEachRun(set, read);
  } else if (values_.Is(set, Kind::kTuple) ||
             values_.Is(set, Kind::kFrozenSet)) {
    read(values_.ItemsOf(set));
  }
}

}  // namespace ptscope::torch
