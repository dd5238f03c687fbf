#include "torch/state_dict_metadata.h"

#include <span>
#include <string>

#include "base/arena.h"
#include "torch/keys.h"

namespace ptscope::torch {

using pickle::Kind;
using pickle::Ref;

Status StateDictReader::Read(Ref container, uint32_t path, const Spend& spend) {
  PTSCOPE_CHECK(spend(1));
  StateDict dict{
      .path = path, .type = PythonClass(container), .kind = KindOf(container)};
  dict.modules = static_cast<uint32_t>(checkpoint_.modules.size());
  dict.keys = static_cast<uint32_t>(checkpoint_.other_keys.size());
  if (dict.kind == StateDict::Kind::kDict) {
    PTSCOPE_CHECK(ReadKeys(container, spend));
    PTSCOPE_CHECK(ReadMetadata(container, dict, spend));
  }
  dict.module_count =
      static_cast<uint32_t>(checkpoint_.modules.size()) - dict.modules;
  dict.key_count =
      static_cast<uint32_t>(checkpoint_.other_keys.size()) - dict.keys;
  checkpoint_.state_dicts.push_back(dict);
  return {};
}

StateDict::Kind StateDictReader::KindOf(Ref container) {
  if (children_.IsModule(container)) return StateDict::Kind::kModule;
  if (children_.IsDict(container)) return StateDict::Kind::kDict;
  if (!values_.Is(container, Kind::kObject)) return StateDict::Kind::kOther;
  // A class of its own that has items: a subclass of dict.
  if (values_.CountOf(container) != 0 && values_.ItemsArePairs(container)) {
    return StateDict::Kind::kDict;
  }
  const auto args = values_.ItemsOf(values_.ArgsOf(container));
  const bool dict_inside = globals_.MeaningOf(values_.CallableOf(container)) ==
                               Meaning::kReconstructor &&
                           args.size() >= 3 && values_.Is(args[2], Kind::kDict);
  return dict_inside ? StateDict::Kind::kDict : StateDict::Kind::kOther;
}

Status StateDictReader::ReadKeys(Ref dict, const Spend& spend) {
  scratch_.clear();
  children_.ExpandContent(dict, scratch_);
  PTSCOPE_CHECK(spend(scratch_.size()));
  uint32_t tensors = 0;
  std::string key;
  for (const Child& child : scratch_) {
    if (child.step != Step::kKey) continue;
    const bool is_tensor = tensors_.IsTensor(child.value);
    const bool is_text = IsText(child.key);
    if (!is_tensor || !is_text) {
      key.clear();
      children_.AppendStep(key, child);
      // Long texts count, too: a short pickle can name one many times.
      PTSCOPE_CHECK(spend(1 + key.size() / 64));
      checkpoint_.other_keys.push_back(
          {.key = checkpoint_.arena().Copy(std::string_view(key)),
           .type = is_tensor ? std::string_view() : PythonClass(child.value),
           .tensors = tensors,
           .text = is_text});
    }
    if (is_tensor) ++tensors;
  }
  return {};
}

Status StateDictReader::ReadMetadata(Ref dict, StateDict& to,
                                     const Spend& spend) {
  if (!values_.Is(dict, Kind::kObject)) return {};
  Ref metadata = Ref::kAbsent;
  const Ref state = values_.StateOf(dict);
  if (state == Ref::kAbsent) return {};
  const std::span<const Ref> states = values_.StateIsSeveral(dict)
                                          ? values_.ItemsOf(state)
                                          : std::span<const Ref>(&state, 1);
  for (const Ref one : states) {
    Ref found = Ref::kAbsent;
    if (values_.Is(one, Kind::kTuple)) {  // attributes, slots
      for (const Ref part : values_.ItemsOf(one)) {
        PTSCOPE_CHECK(FindIn(part, "_metadata", found, spend));
      }
    } else {
      PTSCOPE_CHECK(FindIn(one, "_metadata", found, spend));
    }
    if (found != Ref::kAbsent) metadata = found;
  }
  if (metadata == Ref::kAbsent || !children_.IsDict(metadata)) return {};
  to.has_metadata = true;
  return ReadModules(metadata, spend);
}

Status StateDictReader::ReadModules(Ref metadata, const Spend& spend) {
  scratch_.clear();
  children_.ExpandContent(metadata, scratch_);
  PTSCOPE_CHECK(spend(scratch_.size()));
  for (const Child& child : scratch_) {
    if (child.step != Step::kKey || !IsText(child.key)) continue;
    const std::string_view module = values_.TextOf(child.key);
    PTSCOPE_CHECK(spend(1 + module.size() / 64));
    Ref version = Ref::kAbsent;
    PTSCOPE_CHECK(FindIn(child.value, "version", version, spend));
    checkpoint_.modules.push_back({.module = checkpoint_.arena().Copy(module),
                                   .version = IntOf(version)});
  }
  return {};
}

// Sets `value` if `map` is a dict that has the key.
Status StateDictReader::FindIn(Ref map, std::string_view key, Ref& value,
                               const Spend& spend) {
  if (!children_.IsDict(map)) return {};
  const bool object = values_.Is(map, Kind::kObject);
  if (object && values_.CountOf(map) != 0 && !values_.ItemsArePairs(map)) {
    return {};
  }
  PTSCOPE_CHECK(spend(values_.CountOf(map)));
  const Ref found = dicts_.Find(map, key);
  if (found != Ref::kAbsent) value = found;
  return {};
}

std::optional<int64_t> StateDictReader::IntOf(Ref ref) const {
  if (ref == Ref::kAbsent) return std::nullopt;
  const Kind kind = values_.KindOf(ref);
  if (kind != Kind::kInt && kind != Kind::kBool) return std::nullopt;
  return values_.IntOf(ref);
}

bool StateDictReader::IsText(Ref ref) const {
  const Kind kind = values_.KindOf(ref);
  return kind == Kind::kStr || kind == Kind::kPy2Str;
}

// As type() names it. Of an object that a function made it is the function:
// what it returns is not known.
std::string_view StateDictReader::PythonClass(Ref ref) {
  switch (values_.KindOf(ref)) {
    case Kind::kNone:
      return "NoneType";
    case Kind::kGlobal:
      return globals_.MeaningOf(ref) == Meaning::kDtype ? "torch.dtype"
                                                        : "type";
    case Kind::kObject:
      break;
    default:
      return checkpoint_.arena().Copy(
          std::string_view(TypeName(ref, values_, globals_)));
  }
  switch (globals_.MeaningOf(values_.CallableOf(ref))) {
    case Meaning::kOrderedDict:
      return "collections.OrderedDict";
    case Meaning::kDefaultDict:
      return "collections.defaultdict";
    case Meaning::kCounter:
      return "collections.Counter";
    case Meaning::kDeque:
      return "collections.deque";
    case Meaning::kFrozenSet:
      return "frozenset";
    default:
      return checkpoint_.arena().Copy(
          std::string_view(TypeName(ref, values_, globals_)));
  }
}

}  // namespace ptscope::torch
