// The JSON of a manifest to its definitions. What each value may be stands in
// one table; the handler walks it.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/edit_distance.h"
#include "base/name_index.h"
#include "base/text_place.h"
#include "json/reader.h"
#include "manifest/definition.h"
#include "manifest/dtype_patterns.h"
#include "manifest/json_pointer.h"
#include "manifest/rename_pattern.h"

namespace ptscope::manifest {

namespace {

// What the value at hand is in.
enum class In : uint8_t {
  kNothing,  // it is the manifest
  kTop,
  kVersions,
  kVersion,
  kTensors,
  kTensor,
  kDtypes,
  kShape,
  kTied,
  kGroup,
  kRemove,
  kRules,
  kNameRules,
  kNameRule,
  kRenames,
  kRename,
  kNone,  // nothing can be in such a value
};

// Types of JSON values, as bits.
enum Type : unsigned {
  kObject = 1,
  kArray = 2,
  kString = 4,
  kInteger = 8,
  kNull = 16,
  kOther = 32,  // a boolean, a number that is no integer
};

// A value that may stand in `in` under `key` (any key, and the members of
// arrays: ""), of what types, and what its own members are in.
struct Field {
  In in;
  std::string_view key;
  unsigned types;
  In inside;
  std::string_view expected;  // in words
};

constexpr Field kFields[] = {
    {In::kNothing, "", kObject, In::kTop, "an object"},
    {In::kTop, "schema", kString, In::kNone, "a string"},
    {In::kTop, "name", kString, In::kNone, "a string"},
    {In::kTop, "root", kString, In::kNone, "a string"},
    {In::kTop, "tensors", kObject, In::kTensors, "an object"},
    {In::kTop, "tied", kArray, In::kTied, "an array of arrays"},
    {In::kTop, "rules", kObject, In::kRules, "an object"},
    {In::kTop, "versions", kObject, In::kVersions, "an object"},
    {In::kVersions, "", kObject, In::kVersion, "an object"},
    {In::kVersion, "tensors", kObject, In::kTensors, "an object"},
    {In::kVersion, "extends", kString, In::kNone, "the name of a version"},
    {In::kVersion, "remove", kArray, In::kRemove, "an array of globs"},
    {In::kVersion, "add", kObject, In::kTensors, "an object"},
    {In::kVersion, "tied", kArray, In::kTied, "an array of arrays"},
    {In::kVersion, "rules", kObject, In::kRules, "an object"},
    {In::kTensors, "", kObject, In::kTensor, "an object"},
    {In::kTensor, "dtype", kString | kArray, In::kDtypes,
     "a string or an array of strings"},
    {In::kTensor, "shape", kArray, In::kShape, "an array"},
    {In::kDtypes, "", kString, In::kNone, "a string"},
    {In::kShape, "", kInteger | kNull | kString, In::kNone,
     "an integer, null or a name"},
    {In::kTied, "", kArray, In::kGroup, "an array of names"},
    {In::kGroup, "", kString, In::kNone, "a name"},
    {In::kRemove, "", kString, In::kNone, "a glob"},
    {In::kRules, "may_miss", kArray, In::kNameRules, "an array"},
    {In::kRules, "may_add", kArray, In::kNameRules, "an array"},
    {In::kRules, "must_not_add", kArray, In::kNameRules, "an array"},
    {In::kRules, "rename", kArray, In::kRenames, "an array"},
    {In::kNameRules, "", kObject, In::kNameRule, "an object"},
    {In::kNameRule, "match", kString, In::kNone, "a glob"},
    {In::kNameRule, "reason", kString, In::kNone, "a string"},
    {In::kRenames, "", kObject, In::kRename, "an object"},
    {In::kRename, "strip_prefix", kString, In::kNone, "a string"},
    {In::kRename, "from", kString, In::kNone, "a regular expression"},
    {In::kRename, "to", kString, In::kNone, "a string"},
};

// In objects whose keys are the user's own, any key has the one field.
const Field* FindField(In in, std::string_view key) {
  for (const Field& field : kFields) {
    if (field.in == in && (field.key.empty() || field.key == key)) {
      return &field;
    }
  }
  return nullptr;
}

std::vector<std::string_view> KnownKeys(In in) {
  std::vector<std::string_view> keys;
  for (const Field& field : kFields) {
    if (field.in == in) keys.push_back(field.key);
  }
  return keys;
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

class DefinitionHandler final : public JsonHandler {
 public:
  DefinitionHandler(std::string_view text, const Limits& limits)
      : text_(text), limits_(limits), dtypes_(*out_.arena) {}

  bool OnObjectBegin() override;
  bool OnObjectEnd() override { return Leave(); }
  bool OnArrayBegin() override;
  bool OnArrayEnd() override { return Leave(); }
  bool OnKey(std::string_view key) override;
  bool OnString(std::string_view text) override;
  bool OnInt64(int64_t value) override;
  bool OnUint64(uint64_t) override { return OnDimension(-1); }
  bool OnDouble(double) override {
    return in_ == In::kShape ? OnDimension(-1)
                             : WrongType("a number with a fraction");
  }
  bool OnBool(bool) override { return WrongType("a boolean"); }
  bool OnNull() override;

  bool has_schema() const { return has_schema_; }
  // When the whole text has been read.
  Result<Definitions> Finish();

 private:
  // An object or array that is open, and what to do at its end.
  struct Level {
    In in;
    uint64_t offset;
    const Field* field;
  };

  Definition& current() { return in_version_ ? out_.versions.back() : top_; }

  bool Enter(Type type);
  bool Leave();
  bool EndValue() {
    pointer_.EndValue();
    return true;
  }
  void Begin(uint64_t at);  // of the object or array just entered
  bool End(const Level& level);

  bool OnTopString(std::string_view text);
  bool OnWord(std::string_view text);
  bool OnDtype(std::string_view text);
  bool OnDimension(int64_t value);
  bool OnDimensionName(std::string_view text);
  bool AddDimension(int64_t value);
  bool EndNameRule(uint64_t at);
  bool EndRename(uint64_t at);

  // Whether a value of that type may stand here.
  bool Allows(Type type) const {
    return field_ != nullptr && (field_->types & type) != 0;
  }
  bool WrongType(const char* found);
  bool Wrong(std::string message) {
    return Wrong(std::move(message), offset());
  }
  bool Wrong(std::string message, uint64_t at, std::string hint = {});
  // The same of a value that is not at hand.
  Error WrongAt(uint64_t offset, std::string message) const;
  Status CheckForm(const Definition& definition, const std::string& pointer);

  const std::string_view text_;
  const Limits& limits_;
  Definitions out_;
  DtypePatterns dtypes_;
  JsonPointer pointer_;
  std::vector<Level> open_;
  In in_ = In::kNothing;
  const Field* field_ = &kFields[0];  // of the value at hand
  bool in_version_ = false;
  Definition top_;  // what is of no version
  bool has_schema_ = false;
  std::optional<uint64_t> versions_at_;
  std::optional<uint64_t> tied_at_;  // of the top level
  std::optional<uint64_t> rules_at_;

  std::vector<int64_t> dimensions_;
  std::vector<std::string> words_;  // of a list of dtypes
  NameIndex dimension_names_;
  // The rule at hand, and which of its keys were there.
  std::optional<std::string> match_, reason_, strip_prefix_, from_, to_;
  std::string last_dtype_;
  const DtypePattern* last_pattern_ = nullptr;
};

// ------------------------------------------------------------------- events

bool DefinitionHandler::OnObjectBegin() {
  if (!Allows(kObject)) return WrongType("an object");
  if (in_ == In::kVersions) {
    if (pointer_.key().empty()) return Wrong("a version needs a name");
    in_version_ = true;
    out_.versions.emplace_back().version = {out_.arena->Copy(pointer_.key()),
                                            offset()};
  }
  return Enter(kObject);
}

bool DefinitionHandler::OnArrayBegin() {
  if (!Allows(kArray)) return WrongType("an array");
  return Enter(kArray);
}

bool DefinitionHandler::Enter(Type type) {
  const Field* field = field_;
  open_.push_back({in_, offset(), field});
  in_ = field->inside;
  Begin(offset());
  if (type == kObject) {
    pointer_.OpenObject();
  } else {
    pointer_.OpenArray();
    field_ = FindField(in_, "");
  }
  return true;
}

void DefinitionHandler::Begin(uint64_t at) {
  Definition& d = current();
  switch (in_) {
    case In::kVersions:
      versions_at_ = at;
      break;
    case In::kTensors:
      (open_.back().field->key == "add" ? d.add_at : d.tensors_at) = at;
      break;
    case In::kRemove:
      d.remove_at = at;
      break;
    case In::kTied:
      if (open_.back().in == In::kTop) tied_at_ = at;
      break;
    case In::kRules:
      if (open_.back().in == In::kTop) rules_at_ = at;
      break;
    case In::kGroup:
      d.tied.push_back({at, {}});
      break;
    case In::kShape:
      dimensions_.clear();
      break;
    case In::kDtypes:
      words_.clear();
      break;
    case In::kNameRule:
    case In::kRename:
      match_ = reason_ = strip_prefix_ = from_ = to_ = std::nullopt;
      break;
    default:
      break;
  }
}

bool DefinitionHandler::Leave() {
  const Level level = open_.back();
  pointer_.Close();
  if (!End(level)) return false;
  in_ = level.in;
  // A member of an array is followed by one of the same kind.
  field_ = level.field;
  open_.pop_back();
  return EndValue();
}

// What is complete now; pointer_ is that of the object or array.
bool DefinitionHandler::End(const Level& level) {
  switch (in_) {
    case In::kShape:
      current().tensors.back().shape =
          out_.arena->Copy(std::span<const int64_t>(dimensions_));
      return true;
    case In::kDtypes:
      if (words_.empty()) return Wrong("an empty list of dtypes", level.offset);
      current().tensors.back().dtype = dtypes_.List(words_);
      return true;
    case In::kGroup:
      if (current().tied.back().names.size() >= 2) return true;
      return Wrong("a tied group needs two names or more", level.offset);
    case In::kNameRule:
      return EndNameRule(level.offset);
    case In::kRename:
      return EndRename(level.offset);
    case In::kVersion:
      in_version_ = false;
      return true;
    case In::kVersions:
      if (!out_.versions.empty()) return true;
      return Wrong("there is no version in it", level.offset);
    default:
      return true;
  }
}

bool DefinitionHandler::OnKey(std::string_view key) {
  pointer_.Key(key);
  field_ = FindField(in_, key);
  if (in_ == In::kTensors) {
    current().tensors.push_back({.name = out_.arena->Copy(key)});
  }
  if (field_ != nullptr) return true;
  const std::vector<std::string_view> known = KnownKeys(in_);
  const std::string_view nearest = NearestWord(key, known);
  return Fail(
      {.code = ErrorCode::kManifest,
       .message = fmt::format("`{}` is not known", pointer_.Text()),
       .hint = nearest.empty()
                   ? fmt::format("known here are {}",
                                 fmt::join(known.begin(), known.end(), ", "))
                   : fmt::format("did you mean `{}`?", nearest)});
}

bool DefinitionHandler::OnString(std::string_view text) {
  if (!Allows(kString)) return WrongType("a string");
  bool good = true;
  switch (in_) {
    case In::kTop:
      good = OnTopString(text);
      break;
    case In::kTensor:
      good = OnDtype(text);
      break;
    case In::kDtypes:
      good = OnDtype(text);
      words_.emplace_back(text);
      break;
    case In::kShape:
      good = OnDimensionName(text);
      break;
    default:
      good = OnWord(text);
      break;
  }
  return good && EndValue();
}

bool DefinitionHandler::OnTopString(std::string_view text) {
  if (field_->key == "schema") {
    has_schema_ = true;
    if (text == kManifestSchema) return true;
    return Fail({.code = ErrorCode::kManifest,
                 .message = "the manifest's `schema` is not known",
                 .found = fmt::format("\"{}\"", text),
                 .expected = fmt::format("\"{}\"", kManifestSchema)});
  }
  if (field_->key == "name") {
    out_.name = text;
  } else if (text != "auto") {
    out_.root = text;
  }
  return true;
}

bool DefinitionHandler::OnWord(std::string_view text) {
  const Placed word = {out_.arena->Copy(text), offset()};
  switch (in_) {
    case In::kVersion:
      current().extends = word;
      break;
    case In::kGroup:
      current().tied.back().names.push_back(word);
      break;
    case In::kRemove:
      if (text.empty()) return Wrong("an empty glob");
      current().remove.push_back(word);
      break;
    case In::kNameRule:
      if (text.empty() && field_->key == "match") return Wrong("an empty glob");
      (field_->key == "match" ? match_ : reason_) = text;
      break;
    case In::kRename:
      // An empty pattern would be in every name, and before each letter of it.
      if (text.empty() && field_->key != "to") return Wrong("is empty");
      (field_->key == "strip_prefix" ? strip_prefix_
       : field_->key == "from"       ? from_
                                     : to_) = text;
      break;
    default:
      break;
  }
  return true;
}

bool DefinitionHandler::OnDtype(std::string_view text) {
  // Mostly all are the same.
  if (last_pattern_ == nullptr || last_dtype_ != text) {
    const DtypePattern* pattern = dtypes_.Find(text);
    if (pattern == nullptr) {
      const bool glob = text.find_first_of("*?[") != std::string_view::npos;
      const std::string_view nearest = NearestDtype(text);
      return Wrong(
          glob ? fmt::format("no dtype fits \"{}\"", text)
               : fmt::format("\"{}\" is no dtype", text),
          offset(),
          nearest.empty() ? "" : fmt::format("did you mean \"{}\"?", nearest));
    }
    last_dtype_ = text;
    last_pattern_ = pattern;
  }
  if (in_ == In::kTensor) current().tensors.back().dtype = last_pattern_;
  return true;
}

bool DefinitionHandler::OnInt64(int64_t value) {
  if (!Allows(kInteger)) return WrongType("a number");
  return OnDimension(value);
}

bool DefinitionHandler::OnDimension(int64_t value) {
  if (in_ != In::kShape) return WrongType("a number");
  if (value < 0) {
    return Wrong("no dimension: an integer from 0 to 2^63 - 1 is expected");
  }
  return AddDimension(value);
}

bool DefinitionHandler::OnNull() {
  if (!Allows(kNull)) return WrongType("null");
  return AddDimension(kIrregular);
}

bool DefinitionHandler::OnDimensionName(std::string_view text) {
  if (text.empty()) return Wrong("a dimension's name is empty");
  auto& names = out_.dimension_names;
  const auto name_of = [&](uint32_t i) { return names[i]; };
  uint32_t i = dimension_names_.Find(text, name_of);
  if (i == NameIndex::kAbsent) {
    i = static_cast<uint32_t>(names.size());
    names.push_back(out_.arena->Copy(text));
    dimension_names_.Insert(names.back(), i, name_of);
  }
  if (dimensions_.size() >= limits_.dimensions) return AddDimension(0);
  dimensions_.push_back(NamedDimension(i));
  return true;
}

bool DefinitionHandler::AddDimension(int64_t value) {
  if (dimensions_.size() >= limits_.dimensions) {
    return Fail({.code = ErrorCode::kLimit,
                 .message = fmt::format("`{}` has too many dimensions",
                                        pointer_.Text()),
                 .expected = fmt::format("at most {}", limits_.dimensions),
                 .hint = "--max dimensions=N raises the limit"});
  }
  dimensions_.push_back(value);
  return EndValue();
}

// -------------------------------------------------------------------- rules

bool DefinitionHandler::EndNameRule(uint64_t at) {
  if (!match_) return Wrong("a rule needs `match`", at);
  Rules& rules = current().rules;
  const std::string_view kind = open_[open_.size() - 2].field->key;
  auto& list = kind == "may_miss"  ? rules.may_miss
               : kind == "may_add" ? rules.may_add
                                   : rules.must_not_add;
  list.push_back({*std::move(match_), reason_.value_or("")});
  return true;
}

bool DefinitionHandler::EndRename(uint64_t at) {
  const bool strip = strip_prefix_.has_value();
  if (strip == (from_ || to_) || from_.has_value() != to_.has_value()) {
    return Wrong("a rename has either `strip_prefix`, or `from` and `to`", at);
  }
  RenameRule rule{.strip_prefix = std::move(strip_prefix_),
                  .from = from_.value_or(""),
                  .to = to_.value_or("")};
  if (const auto problem = ProblemOf(rule)) {
    pointer_.OpenObject();
    pointer_.Key(problem->key);
    return Wrong(problem->words, at);
  }
  current().rules.rename.push_back(std::move(rule));
  return true;
}

// ------------------------------------------------------------------- errors

bool DefinitionHandler::WrongType(const char* found) {
  std::string pointer = pointer_.Text();
  return Fail({.code = ErrorCode::kManifest,
               .message = fmt::format("`{}` has the wrong type", pointer),
               .found = found,
               .expected = std::string(field_->expected)});
}

bool DefinitionHandler::Wrong(std::string message, uint64_t at,
                              std::string hint) {
  return Fail({.code = ErrorCode::kManifest,
               .message = fmt::format("`{}`: {}", pointer_.Text(), message),
               .hint = std::move(hint),
               .place = PlaceOf(text_, at)});
}

Error DefinitionHandler::WrongAt(uint64_t offset, std::string message) const {
  return {.code = ErrorCode::kManifest,
          .message = std::move(message),
          .place = PlaceOf(text_, offset)};
}

// ------------------------------------------------------------------- the end

Result<Definitions> DefinitionHandler::Finish() {
  if (!has_schema_) return NoSchema();
  if (!versions_at_) {
    if (!top_.tensors_at) {
      return Error{
          .code = ErrorCode::kManifest,
          .message = "the manifest has no `tensors` (and no `versions`)"};
    }
    out_.versions.push_back(std::move(top_));
    return std::move(out_);
  }
  for (const auto& [at, key] :
       {std::pair{top_.tensors_at, "tensors"}, std::pair{tied_at_, "tied"},
        std::pair{rules_at_, "rules"}}) {
    if (!at) continue;
    return WrongAt(*at, fmt::format("`/{}` stands beside `versions`: it "
                                    "belongs into a version",
                                    key));
  }
  for (const Definition& definition : out_.versions) {
    PTSCOPE_CHECK(CheckForm(
        definition, "/versions" + PointerStep(definition.version.text)));
  }
  return std::move(out_);
}

Status DefinitionHandler::CheckForm(const Definition& d,
                                    const std::string& pointer) {
  if (d.tensors_at && d.extends) {
    return WrongAt(d.extends->offset,
                   fmt::format("`{}/extends`: a version has either `tensors` "
                               "or `extends`",
                               pointer));
  }
  if (!d.tensors_at && !d.extends) {
    return WrongAt(
        d.version.offset,
        fmt::format("`{}` has neither `tensors` nor `extends`", pointer));
  }
  if (d.extends) return {};
  for (const auto& [at, key] :
       {std::pair{d.add_at, "add"}, std::pair{d.remove_at, "remove"}}) {
    if (!at) continue;
    return WrongAt(*at, fmt::format("`{}/{}` needs `extends`: there is nothing "
                                    "that it could change",
                                    pointer, key));
  }
  return {};
}

}  // namespace

Result<bool> HasSchema(std::string_view text, const Limits& limits) {
  SchemaFinder finder;
  PTSCOPE_CHECK(ParseJson(text, finder, {.max_depth = limits.json_depth}));
  return finder.found();
}

Result<Definitions> ReadDefinitions(std::string_view text,
                                    const Limits& limits) {
  DefinitionHandler handler(text, limits);
  Status status = ParseJson(text, handler, {.max_depth = limits.json_depth});
  if (status) return handler.Finish();
  if (handler.has_schema()) return std::move(status.error());
  // What is wrong with it may be that it is no manifest at all.
  PTSCOPE_TRY(const bool has_schema, HasSchema(text, limits));
  if (!has_schema) return NoSchema();
  return std::move(status.error());
}

}  // namespace ptscope::manifest
