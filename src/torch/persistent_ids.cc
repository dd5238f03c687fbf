#include "torch/persistent_ids.h"

#include <fmt/format.h>

#include <string>

#include "base/checked_math.h"
#include "base/damaged.h"

namespace ptscope::torch {

using pickle::Kind;
using pickle::Ref;
using pickle::Values;

namespace {

bool IsText(Kind kind) { return kind == Kind::kStr || kind == Kind::kPy2Str; }

// The first part of an id; empty where there is none.
std::string_view WordOf(const Values& values, Ref id) {
  if (!values.Is(id, Kind::kTuple) || values.ItemsOf(id).empty()) return {};
  const Ref word = values.ItemsOf(id)[0];
  return IsText(values.KindOf(word)) ? values.TextOf(word) : std::string_view();
}

Status ReadClass(Globals& globals, const Values& values, Ref cls,
                 PersistentStorage& to) {
  if (!values.Is(cls, Kind::kGlobal)) {
    return Damaged("the persistent id of its storage names no class");
  }
  const GlobalFact& fact = globals.Of(cls);
  if (fact.meaning != Meaning::kStorageClass) {
    return Error{.code = fact.meaning == Meaning::kUnknownStorageClass
                             ? ErrorCode::kUnsupported
                             : ErrorCode::kDamaged,
                 .message = "the class of its storage is not known",
                 .found = globals.NameOf(cls)};
  }
  to.dtype = fact.dtype;
  return {};
}

Status ReadKey(const Values& values, Ref key, PersistentStorage& to) {
  if (IsText(values.KindOf(key))) {
    to.key = values.TextOf(key);
    return {};
  }
  if (!values.Is(key, Kind::kInt)) {
    return Damaged("the key of its storage is no text");
  }
  // torch.package writes them so.
  const auto end = fmt::format_to_n(to.digits.data(), to.digits.size(), "{}",
                                    values.IntOf(key))
                       .out;
  to.key = {to.digits.data(), static_cast<size_t>(end - to.digits.data())};
  return {};
}

Status ReadNumel(const Values& values, Ref numel, PersistentStorage& to) {
  if (!values.Is(numel, Kind::kInt) || values.IntOf(numel) < 0) {
    return Damaged(fmt::format("storage {} has no number of elements", to.key),
                   values.Is(numel, Kind::kInt)
                       ? fmt::format("{}", values.IntOf(numel))
                       : "",
                   "0 or more");
  }
  to.numel = static_cast<uint64_t>(values.IntOf(numel));
  const auto nbytes = CheckedMul(to.numel, ElementBytes(to.dtype));
  if (!nbytes) {
    return Damaged(fmt::format("storage {} is too large", to.key),
                   fmt::format("{} elements", to.numel));
  }
  to.nbytes = *nbytes;
  return {};
}

}  // namespace

uint64_t ElementBytes(Dtype dtype) {
  const uint64_t bits = BitsPerElement(dtype);
  return bits < 8 ? 1 : bits / 8;
}

Status ReadStorageId(const Values& values, Globals& globals, Ref persistent,
                     PersistentStorage& to) {
  if (!values.Is(persistent, Kind::kPersistent)) {
    return Damaged("its storage is no persistent id");
  }
  const Ref id = values.PersistentIdOf(persistent);
  if (!values.Is(id, Kind::kTuple)) {
    return Damaged("the persistent id of its storage is no tuple");
  }
  const auto parts = values.ItemsOf(id);
  if (parts.size() < 5) {
    return Damaged("the persistent id of its storage is too short",
                   fmt::format("{} parts", parts.size()), "5 or more");
  }
  if (const std::string_view word = WordOf(values, id); word != "storage") {
    return Damaged("the persistent id of its storage is of another kind",
                   IsText(values.KindOf(parts[0]))
                       ? fmt::format("'{}'", word.substr(0, 40))
                       : "no text",
                   "'storage'");
  }
  PTSCOPE_CHECK(ReadClass(globals, values, parts[1], to));
  PTSCOPE_CHECK(ReadKey(values, parts[2], to));
  const bool has_location = IsText(values.KindOf(parts[3]));
  to.location = has_location ? values.TextOf(parts[3]) : std::string_view();
  PTSCOPE_CHECK(ReadNumel(values, parts[4], to));
  to.view = parts.size() > 5 ? parts[5] : Ref::kNone;
  return {};
}

void ResolveClasses(Values& values) {
  const uint32_t count = values.node_count();
  for (uint32_t i = 0; i < count; ++i) {
    const Ref ref = Ref::Node(i);
    if (!values.Is(ref, Kind::kPersistent)) continue;
    const Ref id = values.PersistentIdOf(ref);
    if (WordOf(values, id) != "module") continue;
    const auto parts = values.ItemsOf(id);
    if (parts.size() > 1 && values.Is(parts[1], Kind::kGlobal)) {
      values.Replace(ref, parts[1]);
    }
  }
}

}  // namespace ptscope::torch
