// A manifest's JSON. What is not read yet (rules, versions, patterns of dtypes
// and dimensions) is refused, never half applied.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/edit_distance.h"
#include "base/name_index.h"
#include "base/text_place.h"
#include "json/reader.h"
#include "manifest/parse.h"

namespace ptscope::manifest {

namespace {

constexpr std::string_view kTopKeys[] = {
    "schema", "name", "root", "tensors", "tied", "rules", "versions"};
constexpr std::string_view kTensorKeys[] = {"dtype", "shape"};
constexpr std::string_view kRuleKeys[] = {"may_miss", "may_add", "must_not_add",
                                          "rename"};

// A step of a JSON pointer (RFC 6901).
std::string PointerStep(std::string_view step) {
  std::string out = "/";
  for (const char c : step) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

Error NoSchema() {
  return {.code = ErrorCode::kManifest,
          .message = "is no manifest: it has no `schema`",
          .expected = fmt::format("\"schema\": \"{}\"", kManifestSchema),
          .hint = "`ptscope manifest GOOD.pt` prints one"};
}

// Only looks whether an object has the key `schema`.
class SchemaFinder final : public JsonHandler {
 public:
  bool OnObjectBegin() override { return Open(); }
  bool OnObjectEnd() override { return Close(); }
  bool OnArrayBegin() override { return Open(); }
  bool OnArrayEnd() override { return Close(); }
  bool OnKey(std::string_view key) override {
    found_ = found_ || (depth_ == 1 && key == "schema");
    return true;
  }
  bool OnString(std::string_view) override { return true; }
  bool OnInt64(int64_t) override { return true; }
  bool OnUint64(uint64_t) override { return true; }
  bool OnDouble(double) override { return true; }
  bool OnBool(bool) override { return true; }
  bool OnNull() override { return true; }

  bool found() const { return found_; }

 private:
  bool Open() {
    ++depth_;
    return true;
  }
  bool Close() {
    --depth_;
    return true;
  }

  uint64_t depth_ = 0;
  bool found_ = false;
};

class ManifestHandler final : public JsonHandler {
 public:
  ManifestHandler(std::string_view text, const Limits& limits)
      : text_(text), limits_(limits) {
    reference_.arena = std::make_unique<Arena>();
  }

  bool OnObjectBegin() override;
  bool OnObjectEnd() override { return Leave(); }
  bool OnArrayBegin() override;
  bool OnArrayEnd() override;
  bool OnKey(std::string_view key) override;
  bool OnString(std::string_view text) override;
  bool OnInt64(int64_t value) override;
  bool OnUint64(uint64_t) override { return OnLargeNumber(); }
  bool OnDouble(double) override { return OnLargeNumber(); }
  bool OnBool(bool) override { return OnOther("a boolean"); }
  bool OnNull() override {
    return in_ == In::kShape ? NotYet("a dimension of any size (null)")
                             : OnOther("null");
  }

  bool has_schema() const { return has_schema_; }

  // When the whole text has been read.
  Result<Reference> Finish();

 private:
  // What the value at hand is in.
  enum class In : uint8_t {
    kNothing,  // it is the manifest
    kTop,
    kTensors,
    kTensor,
    kShape,
    kTied,
    kGroup,
    kRules,
    kRuleList,
    kVersions,
  };
  struct TiedName {
    std::string_view name;
    uint64_t offset;
    size_t group;
  };

  bool Enter(In in) {
    open_.push_back(std::exchange(in_, in));
    return true;
  }
  bool Leave() {
    in_ = open_.back();
    open_.pop_back();
    return true;
  }
  // The value at hand is that of this key of the manifest.
  bool IsTop(std::string_view key) const {
    return in_ == In::kTop && key_ == key;
  }
  bool IsField(std::string_view key) const {
    return in_ == In::kTensor && key_ == key;
  }

  bool OnTopString(std::string_view text);
  bool OnDtype(std::string_view text);
  bool OnDimension(int64_t value);
  bool OnLargeNumber();
  bool OnOther(const char* found);
  bool KnownKey(std::string_view key, std::span<const std::string_view> known);
  bool NotYet(std::string_view what);
  bool Malformed(std::string message, std::string hint = {});

  std::string Pointer() const;
  const char* Expected() const;
  Error UnknownKey(std::string pointer, std::string_view key,
                   std::span<const std::string_view> known) const;
  Error At(uint64_t offset, std::string message) const;
  Status ResolveTied();

  const std::string_view text_;
  const Limits& limits_;
  Reference reference_;
  In in_ = In::kNothing;
  std::vector<In> open_;
  std::string key_;  // the last one, at the levels where keys are ours
  bool has_schema_ = false;
  bool has_tensors_ = false;
  std::vector<int64_t> dimensions_;
  std::vector<TiedName> tied_;
  std::vector<uint64_t> groups_;   // where each begins
  std::string dtype_text_;         // the last one, and
  Dtype dtype_ = Dtype::kUnknown;  // what it is
};

// ------------------------------------------------------------------- events

bool ManifestHandler::OnObjectBegin() {
  if (in_ == In::kNothing) return Enter(In::kTop);
  if (in_ == In::kTensors) return Enter(In::kTensor);
  if (in_ == In::kRuleList) return NotYet("`rules`");
  if (in_ == In::kTop) {
    if (key_ == "tensors") {
      has_tensors_ = true;
      return Enter(In::kTensors);
    }
    if (key_ == "rules") return Enter(In::kRules);
    if (key_ == "versions") return Enter(In::kVersions);
  }
  return OnOther("an object");
}

bool ManifestHandler::OnArrayBegin() {
  if (IsTop("tied")) return Enter(In::kTied);
  if (in_ == In::kTied) {
    groups_.push_back(offset());
    return Enter(In::kGroup);
  }
  if (in_ == In::kRules) return Enter(In::kRuleList);
  if (in_ == In::kRuleList) return NotYet("`rules`");
  if (IsField("dtype")) return NotYet("a list of dtypes");
  if (IsField("shape")) {
    dimensions_.clear();
    return Enter(In::kShape);
  }
  return OnOther("an array");
}

bool ManifestHandler::OnArrayEnd() {
  if (in_ == In::kShape) {
    reference_.tensors.back().shape =
        reference_.arena->Copy(std::span<const int64_t>(dimensions_));
  }
  return Leave();
}

bool ManifestHandler::OnKey(std::string_view key) {
  switch (in_) {
    case In::kTop:
      return KnownKey(key, kTopKeys);
    case In::kTensors:
      reference_.tensors.push_back(
          {.name = reference_.arena->Copy(key), .dtype = {}, .shape = {}});
      return true;
    case In::kTensor:
      return KnownKey(key, kTensorKeys);
    case In::kRules:
      return KnownKey(key, kRuleKeys);
    case In::kVersions:
      return NotYet("`versions`");
    default:
      return true;
  }
}

bool ManifestHandler::OnString(std::string_view text) {
  if (in_ == In::kTop) return OnTopString(text);
  if (IsField("dtype")) return OnDtype(text);
  if (in_ == In::kShape) return NotYet("a named dimension");
  if (in_ == In::kGroup) {
    tied_.push_back(
        {reference_.arena->Copy(text), offset(), groups_.size() - 1});
    return true;
  }
  return OnOther("a string");
}

bool ManifestHandler::OnTopString(std::string_view text) {
  if (key_ == "schema") {
    has_schema_ = true;
    if (text == kManifestSchema) return true;
    return Fail({.code = ErrorCode::kManifest,
                 .message = "the manifest's `schema` is not known",
                 .found = fmt::format("\"{}\"", text),
                 .expected = fmt::format("\"{}\"", kManifestSchema)});
  }
  if (key_ == "name") {
    reference_.name = text;
    return true;
  }
  if (key_ == "root") {
    if (text != "auto") reference_.root = text;
    return true;
  }
  return OnOther("a string");
}

bool ManifestHandler::OnDtype(std::string_view text) {
  if (dtype_ == Dtype::kUnknown || dtype_text_ != text) {
    if (text.find_first_of("*?[") != std::string_view::npos) {
      return NotYet("a pattern of dtypes");
    }
    const auto dtype = DtypeFromName(text);
    if (!dtype) {
      std::vector<std::string_view> names;
#define X(id, torch, alias, bits, storage) names.push_back(torch);
      PTSCOPE_DTYPES(X)
#undef X
      std::string_view bare = text;
      if (bare.starts_with("torch.")) bare.remove_prefix(6);
      const std::string_view nearest = NearestWord(bare, names);
      return Malformed(
          fmt::format("`{}` is no dtype: \"{}\"", Pointer(), text),
          nearest.empty() ? "" : fmt::format("did you mean \"{}\"?", nearest));
    }
    dtype_text_ = text;
    dtype_ = *dtype;
  }
  reference_.tensors.back().dtype = dtype_;
  return true;
}

bool ManifestHandler::OnInt64(int64_t value) {
  if (in_ != In::kShape) return OnOther("a number");
  if (value < 0) return OnLargeNumber();
  if (dimensions_.size() >= limits_.dimensions) {
    return Fail(
        {.code = ErrorCode::kLimit,
         .message = fmt::format("`{}` has too many dimensions", Pointer()),
         .expected = fmt::format("at most {}", limits_.dimensions),
         .hint = "--max dimensions=N raises the limit"});
  }
  dimensions_.push_back(value);
  return true;
}

// A number that is no dimension.
bool ManifestHandler::OnLargeNumber() {
  if (in_ != In::kShape) return OnOther("a number");
  return Malformed(
      fmt::format("`{}` is no dimension: an integer from 0 to "
                  "2^63 - 1 is expected",
                  Pointer()));
}

// A value that has no place where it is.
bool ManifestHandler::OnOther(const char* found) {
  if (in_ == In::kRuleList) return NotYet("`rules`");
  return Fail({.code = ErrorCode::kManifest,
               .message = fmt::format("`{}` has the wrong type", Pointer()),
               .found = found,
               .expected = Expected()});
}

// ------------------------------------------------------------------- errors

bool ManifestHandler::KnownKey(std::string_view key,
                               std::span<const std::string_view> known) {
  key_ = key;
  if (std::ranges::find(known, key) != known.end()) return true;
  return Fail(UnknownKey(Pointer(), key, known));
}

Error ManifestHandler::UnknownKey(
    std::string pointer, std::string_view key,
    std::span<const std::string_view> known) const {
  const std::string_view nearest = NearestWord(key, known);
  return {.code = ErrorCode::kManifest,
          .message = fmt::format("`{}` is not known", pointer),
          .hint = nearest.empty()
                      ? fmt::format("known here are {}",
                                    fmt::join(known.begin(), known.end(), ", "))
                      : fmt::format("did you mean `{}`?", nearest)};
}

bool ManifestHandler::NotYet(std::string_view what) {
  std::string pointer = Pointer();
  if (pointer.empty()) pointer = "/";
  return Malformed(fmt::format("`{}`: {} is not supported yet", pointer, what));
}

bool ManifestHandler::Malformed(std::string message, std::string hint) {
  return Fail({.code = ErrorCode::kManifest,
               .message = std::move(message),
               .hint = std::move(hint)});
}

Error ManifestHandler::At(uint64_t offset, std::string message) const {
  return {.code = ErrorCode::kManifest,
          .message = std::move(message),
          .place = PlaceOf(text_, offset)};
}

// Of the value at hand.
std::string ManifestHandler::Pointer() const {
  const auto tensor = [this] {
    return "/tensors" + PointerStep(reference_.tensors.back().name);
  };
  switch (in_) {
    case In::kNothing:
      return "";
    case In::kTop:
      return PointerStep(key_);
    case In::kTensors:
      return tensor();
    case In::kTensor:
      return tensor() + PointerStep(key_);
    case In::kShape:
      return fmt::format("{}/shape/{}", tensor(), dimensions_.size());
    case In::kTied:
      return fmt::format("/tied/{}", groups_.size());
    case In::kGroup:
      return fmt::format(
          "/tied/{}/{}", groups_.size() - 1,
          std::ranges::count(tied_, groups_.size() - 1, &TiedName::group));
    case In::kRules:
    case In::kRuleList:
      return "/rules" + PointerStep(key_);
    case In::kVersions:
      return "/versions";
  }
  return "";
}

// What the value at hand must be.
const char* ManifestHandler::Expected() const {
  switch (in_) {
    case In::kTop:
      if (key_ == "tensors" || key_ == "rules" || key_ == "versions") {
        return "an object";
      }
      return key_ == "tied" ? "an array of arrays" : "a string";
    case In::kTensor:
      return key_ == "dtype" ? "a string" : "an array of integers";
    case In::kShape:
      return "an integer";
    case In::kTied:
      return "an array of names";
    case In::kGroup:
      return "a name";
    case In::kRules:
      return "an array";
    case In::kNothing:
    case In::kTensors:
    case In::kRuleList:
    case In::kVersions:
      break;
  }
  return "an object";
}

// ------------------------------------------------------------------- the end

Result<Reference> ManifestHandler::Finish() {
  if (!has_schema_) return NoSchema();
  if (!has_tensors_) {
    return Error{.code = ErrorCode::kManifest,
                 .message = "the manifest has no `tensors`"};
  }
  PTSCOPE_CHECK(ResolveTied());
  return std::move(reference_);
}

Status ManifestHandler::ResolveTied() {
  if (groups_.empty()) return {};
  const auto& tensors = reference_.tensors;
  const auto name_of = [&](uint32_t i) { return tensors[i].name; };
  NameIndex index(tensors.size());
  for (uint32_t i = 0; i < tensors.size(); ++i) {
    index.Insert(tensors[i].name, i, name_of);
  }
  std::vector<bool> taken(tensors.size());
  reference_.tied.resize(groups_.size());
  for (const TiedName& tied : tied_) {
    const uint32_t i = index.Find(tied.name, name_of);
    if (i == NameIndex::kAbsent) {
      return At(tied.offset, fmt::format("the tied name \"{}\" is not in "
                                         "`tensors`",
                                         tied.name));
    }
    if (taken[i]) {
      return At(tied.offset, fmt::format("\"{}\" is tied twice", tied.name));
    }
    taken[i] = true;
    reference_.tied[tied.group].push_back(i);
  }
  for (size_t i = 0; i < groups_.size(); ++i) {
    if (reference_.tied[i].size() >= 2) continue;
    return At(groups_[i], "a tied group needs two names or more");
  }
  return {};
}

}  // namespace

Result<Reference> ParseManifest(std::string_view text, const Limits& limits) {
  const JsonOptions options = {.max_depth = limits.json_depth};
  ManifestHandler handler(text, limits);
  Status status = ParseJson(text, handler, options);
  if (status) return handler.Finish();
  if (handler.has_schema()) return std::move(status.error());
  // What is wrong with it may be that it is no manifest at all.
  SchemaFinder finder;
  PTSCOPE_CHECK(ParseJson(text, finder, options));
  if (!finder.found()) return NoSchema();
  return std::move(status.error());
}

}  // namespace ptscope::manifest
