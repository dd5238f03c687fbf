#include "torch/plain_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/arena.h"
#include "base/key_table.h"
#include "base/utf8.h"
#include "torch/keys.h"
#include "torch/show_scalar.h"

namespace ptscope::torch {

using pickle::Kind;
using pickle::Ref;
using Lines = ValueVisitor::Lines;

namespace {

// States with more members are not searched for one of them.
constexpr uint32_t kFewMembers = 64;

// torch's constants that are no dtype and pickle as a name.
constexpr std::string_view kConstants[] = {"per_tensor_affine",
                                           "per_channel_affine",
                                           "per_tensor_symmetric",
                                           "per_channel_symmetric",
                                           "per_channel_affine_float_qparams",
                                           "contiguous_format",
                                           "channels_last",
                                           "channels_last_3d",
                                           "preserve_format"};

Ref Index(uint64_t i) {
  return Ref::SmallInt(static_cast<uint32_t>(i & Ref::kMaxSmallInt));
}

bool IsNumber(Kind kind) {
  return kind == Kind::kNone || kind == Kind::kBool || kind == Kind::kInt ||
         kind == Kind::kFloat;
}

bool IsTextKind(Kind kind) {
  return kind == Kind::kStr || kind == Kind::kPy2Str;
}

// The text as JSON can hold it: U+FFFD for each byte that is not UTF-8.
std::string JsonText(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = DecodeUtf8(text, at);
    if (c.length == 0) {
      out += "\uFFFD";
      ++at;
    } else {
      out += text.substr(at, c.length);
      at += c.length;
    }
  }
  return out;
}

}  // namespace

PlainValues::PlainValues(const pickle::Values& values, Globals& globals)
    : values_(values),
      globals_(globals),
      known_(values),
      bytes_(values, globals, known_),
      texts_(values, globals, known_, bytes_),
      numpy_(values, known_, bytes_),
      children_(values, globals),
      dicts_(values) {}

template <typename Visit>
void PlainValues::ForEachMember(Ref ref, Visit visit) const {
  const Kind kind = values_.KindOf(ref);
  if (kind == Kind::kTuple || kind == Kind::kFrozenSet) {
    visit(values_.ItemsOf(ref));
  } else {
    values_.ForEachRun(ref, visit);
  }
}

Ref PlainValues::Behind(Ref ref) {
  constexpr int kMaxDepth = 8;
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    if (!values_.Is(ref, Kind::kObject) ||
        known_.Of(values_.CallableOf(ref)) != Known::kOmegaConf) {
      return ref;
    }
    const Ref state = values_.StateOf(ref);
    if (state == Ref::kAbsent || !values_.Is(state, Kind::kDict) ||
        values_.CountOf(state) > kFewMembers) {
      return ref;
    }
    Ref inner = Ref::kAbsent;
    // Containers, values of the releases since 2.0, containers before.
    for (const std::string_view name : {"_content", "_val", "content"}) {
      if (inner == Ref::kAbsent) inner = dicts_.Find(state, name);
    }
    if (inner == Ref::kAbsent) return ref;
    ref = inner;
  }
  return ref;
}

Form PlainValues::FormOf(Ref ref) {
  switch (values_.KindOf(ref)) {
    case Kind::kTuple:
    case Kind::kFrozenSet:
    case Kind::kList:
    case Kind::kSet:
      return Form::kArray;
    case Kind::kDict:
    case Kind::kPersistent:
      return Form::kObject;
    case Kind::kObject:
      return FormOfObject(ref);
    default:
      return Form::kScalar;
  }
}

Form PlainValues::FormOfObject(Ref ref) {
  const Ref callable = values_.CallableOf(ref);
  const auto args = values_.ItemsOf(values_.ArgsOf(ref));
  const Ref state = values_.StateOf(ref);
  const bool bare =
      state == Ref::kAbsent && values_.KwargsOf(ref) == Ref::kAbsent;
  if (IsScalarObject(ref)) return Form::kScalar;
  switch (globals_.MeaningOf(callable)) {
    case Meaning::kOrderedDict:
    case Meaning::kDefaultDict:
    case Meaning::kCounter:
    case Meaning::kDict:
      return values_.KwargsOf(ref) == Ref::kAbsent && IsMadeOfItems(ref)
                 ? Form::kObject
                 : Form::kOpaque;
    case Meaning::kDeque:
    case Meaning::kList:
    case Meaning::kTuple:
    case Meaning::kSet:
    case Meaning::kFrozenSet:
    case Meaning::kSize:
      return bare && IsMadeOfItems(ref) ? Form::kArray : Form::kOpaque;
    default:
      break;
  }
  switch (known_.Of(callable)) {
    case Known::kNamespace:
      return args.empty() && state != Ref::kAbsent &&
                     values_.Is(state, Kind::kDict) && values_.CountOf(ref) == 0
                 ? Form::kObject
                 : Form::kOpaque;
    case Known::kDictClass:
      return args.empty() && bare &&
                     (values_.CountOf(ref) == 0 || values_.ItemsArePairs(ref))
                 ? Form::kObject
                 : Form::kOpaque;
    case Known::kNumpyReconstruct:
      return numpy_.ObjectsOf(ref) != Ref::kAbsent ? Form::kArray
                                                   : Form::kOpaque;
    default:
      return Form::kOpaque;
  }
}

// A container of Python's was called with nothing but what it holds.
bool PlainValues::IsMadeOfItems(Ref ref) const {
  auto args = values_.ItemsOf(values_.ArgsOf(ref));
  const Meaning meaning = globals_.MeaningOf(values_.CallableOf(ref));
  if (meaning == Meaning::kDefaultDict && !args.empty()) {
    args = args.subspan(1);  // behind its factory
  } else if (meaning == Meaning::kDeque && args.size() == 2) {
    args = args.first(1);  // before its length
  }
  if (args.empty()) return true;
  switch (values_.KindOf(args[0])) {
    case Kind::kTuple:
    case Kind::kFrozenSet:
    case Kind::kList:
    case Kind::kSet:
    case Kind::kDict:
      return args.size() == 1;
    default:
      return false;
  }
}

bool PlainValues::IsScalarObject(Ref ref) {
  const Ref callable = values_.CallableOf(ref);
  switch (globals_.MeaningOf(callable)) {
    case Meaning::kEncode:
      return bytes_.CountOf(ref).has_value();
    case Meaning::kDevice:
    case Meaning::kGetLayout:
      return texts_.Of(ref).has_value();
    default:
      break;
  }
  switch (known_.Of(callable)) {
    case Known::kUnresolved:
    case Known::kNo:
    case Known::kNamespace:
    case Known::kDictClass:
    case Known::kNumpyArray:
    case Known::kOmegaConf:
      return false;
    case Known::kBytes:
    case Known::kByteArray:
      return bytes_.CountOf(ref).has_value();
    case Known::kComplex:
      return IsComplex(ref);
    case Known::kGetattr:
      return IsAttribute(ref);
    case Known::kNumpyDtype:
    case Known::kNumpyScalar:
    case Known::kNumpyReconstruct:
    case Known::kNumpyFromBuffer:
      return numpy_.ObjectsOf(ref) == Ref::kAbsent && numpy_.IsShown(ref);
    default:
      return texts_.Of(ref).has_value();
  }
}

// complex(real, imaginary).
bool PlainValues::IsComplex(Ref ref) const {
  const auto args = values_.ItemsOf(values_.ArgsOf(ref));
  return args.size() == 2 && values_.Is(args[0], Kind::kFloat) &&
         values_.Is(args[1], Kind::kFloat);
}

// getattr(class, "name"): a member of an enum, a method.
bool PlainValues::IsAttribute(Ref ref) {
  const auto args = values_.ItemsOf(values_.ArgsOf(ref));
  return known_.Of(values_.CallableOf(ref)) == Known::kGetattr &&
         args.size() == 2 && values_.Is(args[0], Kind::kGlobal) &&
         IsTextKind(values_.KindOf(args[1]));
}

void PlainValues::ShowScalar(Ref ref, ValueVisitor& to) {
  switch (values_.KindOf(ref)) {
    case Kind::kNone:
      return to.Null();
    case Kind::kBool:
      return to.Bool(ref == Ref::kTrue);
    case Kind::kInt:
      return to.Number(fmt::format("{}", values_.IntOf(ref)));
    case Kind::kBigInt:
      return ShowBigInt(ref, to);
    case Kind::kFloat:
      return ShowNumber(values_.FloatOf(ref), to);
    case Kind::kStr:
      return to.String(values_.TextOf(ref));
    case Kind::kPy2Str:
      if (bytes_.IsText(ref)) return to.String(values_.TextOf(ref));
      [[fallthrough]];
    case Kind::kBytes:
    case Kind::kByteArray:
      return ShowBytes(bytes_.Read(ref, kMostShownBytes), *bytes_.CountOf(ref),
                       to);
    case Kind::kGlobal:
      return ShowGlobal(ref, to);
    default:
      return ShowObject(ref, to);
  }
}

void PlainValues::ShowObject(Ref ref, ValueVisitor& to) {
  if (IsAttribute(ref)) {
    const auto args = values_.ItemsOf(values_.ArgsOf(ref));
    std::string name = globals_.NameOf(args[0]) + '.';
    name += values_.TextOf(args[1]);
    to.BeginObject(Lines::kOne);
    to.Key("global");
    to.String(name);
    return to.EndObject();
  }
  if (const auto count = bytes_.CountOf(ref)) {
    return ShowBytes(bytes_.Read(ref, kMostShownBytes), *count, to);
  }
  if (const auto text = texts_.Of(ref)) return to.String(*text);
  if (numpy_.Show(ref, to)) return;
  ShowComplex(ref, to);
}

void PlainValues::ShowComplex(Ref ref, ValueVisitor& to) {
  to.BeginObject(Lines::kOne);
  to.Key("complex");
  to.BeginArray(Lines::kOne);
  for (const Ref part : values_.ItemsOf(values_.ArgsOf(ref))) {
    ShowScalar(part, to);
  }
  to.EndArray();
  to.EndObject();
}

// Parsers take some thousand digits; what is longer is text.
void PlainValues::ShowBigInt(Ref ref, ValueVisitor& to) {
  constexpr size_t kMostDigits = 4096;
  std::string digits;
  AppendKey(digits, ref, values_, globals_);
  const size_t sign = digits.starts_with('-') ? 1 : 0;
  const bool number =
      digits.size() <= kMostDigits && digits.size() > sign &&
      digits.find_first_not_of("0123456789", sign) == digits.npos &&
      digits[sign] != '0';
  if (number) return to.Number(digits);
  to.BeginObject(Lines::kOne);
  to.Key("int");
  to.String(digits);
  to.EndObject();
}

void PlainValues::ShowGlobal(Ref ref, ValueVisitor& to) {
  const std::string name = globals_.NameOf(ref);
  if (globals_.MeaningOf(ref) == Meaning::kDtype) return to.String(name);
  for (const std::string_view constant : kConstants) {
    if (name.size() == 6 + constant.size() && name.starts_with("torch.") &&
        name.ends_with(constant)) {
      return to.String(name);
    }
  }
  to.BeginObject(Lines::kOne);
  to.Key("global");
  to.String(name);
  to.EndObject();
}

void PlainValues::Expand(Ref ref, PodVector<Part>& to) {
  const size_t first = to.size();
  switch (values_.KindOf(ref)) {
    case Kind::kDict:
      return ExpandDict(ref, to);
    case Kind::kTuple:
    case Kind::kFrozenSet:
    case Kind::kList:
    case Kind::kSet:
      return ExpandMembers(ref, to);
    case Kind::kPersistent:
      to.push_back({.value = values_.PersistentIdOf(ref),
                    .key = Ref::kNone,
                    .label = Label::kPersistent});
      return;
    default:
      break;
  }
  if (const Ref objects = numpy_.ObjectsOf(ref); objects != Ref::kAbsent) {
    return ExpandMembers(objects, to);
  }
  if (FormOf(ref) == Form::kOpaque) return ExpandOpaque(ref, to);
  if (known_.Of(values_.CallableOf(ref)) == Known::kNamespace) {
    return ExpandDict(values_.StateOf(ref), to);
  }
  ExpandChildren(ref, to);
  if (FormOf(ref) == Form::kObject) FindTwins(first, false, to);
}

void PlainValues::ExpandDict(Ref dict, PodVector<Part>& to) {
  const size_t first = to.size();
  items_.clear();
  dicts_.Read(dict, items_);
  for (const pickle::Item& item : items_) {
    to.push_back({.value = item.value, .key = item.key});
  }
  FindTwins(first, true, to);
}

void PlainValues::ExpandMembers(Ref ref, PodVector<Part>& to) {
  uint64_t i = 0;
  ForEachMember(ref, [&](std::span<const Ref> run) {
    for (const Ref member : run) {
      to.push_back(
          {.value = member, .key = Index(i++), .label = Label::kIndex});
    }
  });
}

// What Python's containers hold, whichever way they were made.
void PlainValues::ExpandChildren(Ref ref, PodVector<Part>& to) {
  scratch_.clear();
  children_.Expand(ref, scratch_);
  for (const Child& child : scratch_) {
    Part part{.value = child.value, .key = child.key};
    switch (child.step) {
      case Step::kKey:
        break;
      case Step::kIndex:
        part.label = Label::kIndex;
        break;
      case Step::kArgs:
        part.label = Label::kArgs;
        break;
      case Step::kKwargs:
        part.label = Label::kKwargs;
        break;
      case Step::kState:
        part.label = Label::kOtherState;
        break;
    }
    to.push_back(part);
  }
}

void PlainValues::ExpandOpaque(Ref ref, PodVector<Part>& to) {
  const auto add = [&](Label label, Ref value) {
    to.push_back({.value = value, .key = Ref::kNone, .label = label});
  };
  const Ref callable = values_.CallableOf(ref);
  const auto args = values_.ItemsOf(values_.ArgsOf(ref));
  if (!values_.Is(callable, Kind::kGlobal)) add(Label::kCallable, callable);
  if (globals_.MeaningOf(callable) == Meaning::kReconstructor &&
      args.size() == 3) {
    // (class, base, content of the base).
    if (args[2] != Ref::kNone) add(Label::kContent, args[2]);
  } else if (!args.empty()) {
    add(Label::kArgs, values_.ArgsOf(ref));
  }
  const Ref kwargs = values_.KwargsOf(ref);
  if (kwargs != Ref::kAbsent) add(Label::kKwargs, kwargs);
  if (values_.CountOf(ref) != 0) add(Label::kItems, ref);
  const Ref state = values_.StateOf(ref);
  if (state == Ref::kAbsent) return;
  add(children_.IsDict(state) ? Label::kState : Label::kOtherState, state);
}

void PlainValues::ExpandItems(Ref object, PodVector<Part>& to) {
  if (values_.ItemsArePairs(object)) {
    ExpandDict(object, to);
  } else {
    ExpandMembers(object, to);
  }
}

// JSON's keys are text: 1 and "1" would be one key. Numbers those that are not
// the first with their text. `once`: no key is there twice.
void PlainValues::FindTwins(size_t first, bool once, PodVector<Part>& to) {
  bool texts = true;
  bool numbers = true;
  for (size_t i = first; i < to.size(); ++i) {
    const Kind kind = values_.KindOf(to[i].key);
    numbers = numbers && kind == Kind::kInt;
    texts = texts && IsPlainText(to[i].key);
  }
  if (once && (texts || numbers)) return;
  Arena arena;  // of texts that the values do not hold as they are shown
  KeyTable seen;
  std::vector<uint32_t> last(to.size() - first);  // number given so far
  for (size_t i = first; i < to.size(); ++i) {
    uint32_t other = 0;  // the first with its text
    while (true) {
      std::string_view text;
      if (to[i].twin == 0 && IsPlainText(to[i].key)) {
        text = values_.TextOf(to[i].key);
      } else {
        std::string label;
        AppendLabel(label, to[i]);
        text = arena.Copy(std::string_view(JsonText(label)));
      }
      const uint32_t found = seen.Insert(text, static_cast<uint32_t>(i));
      if (found == KeyTable::kAbsent) break;
      if (to[i].twin == 0) other = found;
      last[other - first] = std::max(last[other - first] + 1, 2u);
      to[i].twin = last[other - first];
    }
  }
}

// A str that JSON can hold as it is.
bool PlainValues::IsPlainText(Ref key) const {
  return values_.Is(key, Kind::kStr) && IsValidUtf8(values_.TextOf(key));
}

uint64_t PlainValues::MembersOf(Ref ref) const {
  switch (values_.KindOf(ref)) {
    case Kind::kObject: {
      constexpr uint64_t kParts = 8;  // of an opaque one
      uint64_t members = values_.CountOf(ref) + kParts;
      const Ref state = values_.StateOf(ref);
      if (state != Ref::kAbsent) members += values_.SizeOf(state);
      for (const Ref arg : values_.ItemsOf(values_.ArgsOf(ref))) {
        members += values_.SizeOf(arg);
      }
      return members;
    }
    default:
      return values_.SizeOf(ref);
  }
}

bool PlainValues::AreNumbers(Ref ref) const {
  const Kind kind = values_.KindOf(ref);
  if (kind != Kind::kTuple && kind != Kind::kFrozenSet && kind != Kind::kList &&
      kind != Kind::kSet) {
    return false;
  }
  bool numbers = true;
  ForEachMember(ref, [&](std::span<const Ref> run) {
    for (const Ref member : run) {
      numbers = numbers && IsNumber(values_.KindOf(member));
    }
  });
  return numbers;
}

void PlainValues::ShowNumbers(Ref ref, ValueVisitor& to) {
  to.BeginArray(Lines::kOne);
  ForEachMember(ref, [&](std::span<const Ref> run) {
    for (const Ref member : run) ShowScalar(member, to);
  });
  to.EndArray();
}

bool PlainValues::IsSmall(Ref ref) const {
  constexpr uint64_t kFew = 16;
  switch (values_.KindOf(ref)) {
    case Kind::kDict:
      return values_.CountOf(ref) == 0;
    case Kind::kTuple:
    case Kind::kFrozenSet:
    case Kind::kList:
    case Kind::kSet:
      break;
    default:
      return false;
  }
  if (values_.SizeOf(ref) > kFew) return false;
  bool small = true;
  ForEachMember(ref, [&](std::span<const Ref> run) {
    for (const Ref member : run) {
      const Kind kind = values_.KindOf(member);
      small = small && (IsNumber(kind) || IsTextKind(kind));
    }
  });
  return small;
}

std::string PlainValues::ClassOf(Ref ref) {
  if (!values_.Is(values_.CallableOf(ref), Kind::kGlobal)) return {};
  return ClassName(ref, values_, globals_);
}

void PlainValues::AppendLabel(std::string& to, const Part& part) {
  switch (part.label) {
    case Label::kKey:
    case Label::kIndex:
      return AppendStep(to, part);
    case Label::kArgs:
      to += "args";
      return;
    case Label::kKwargs:
      to += "kwargs";
      return;
    case Label::kOtherState:
    case Label::kState:
      to += "state";
      return;
    case Label::kItems:
    case Label::kContent:
      to += "items";
      return;
    case Label::kCallable:
      to += "callable";
      return;
    case Label::kPersistent:
      to += "persistent";
      return;
  }
}

void PlainValues::AppendStep(std::string& to, const Part& part) {
  switch (part.label) {
    case Label::kKey:
    case Label::kIndex:
      AppendKey(to, part.key, values_, globals_);
      if (part.twin != 0) to += fmt::format("#{}", part.twin);
      return;
    case Label::kArgs:
      to += "__args__";
      return;
    case Label::kKwargs:
      to += "__kwargs__";
      return;
    case Label::kOtherState:
      to += "__state__";
      return;
    default:
      return;
  }
}

}  // namespace ptscope::torch
