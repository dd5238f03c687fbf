#include "ptscope/model_config.h"

#include <fmt/format.h>

#include <utility>

#include "json/reader.h"
#include "manifest/json_pointer.h"
#include "manifest/read_text.h"

namespace ptscope {

namespace {

using manifest::JsonPointer;

// Takes four keys of the top level and leaves the others alone.
class ConfigHandler final : public JsonHandler {
 public:
  explicit ConfigHandler(std::string_view text) : text_(text) {}

  bool OnObjectBegin() override {
    if (depth_ != 0 && !Take(kOther, {})) return false;
    pointer_.OpenObject();
    return Open();
  }
  bool OnArrayBegin() override {
    if (depth_ == 0) return NoObject();
    if (IsTop() && key_ == "architectures") {
      in_architectures_ = true;
    } else if (!Take(kOther, {})) {
      return false;
    }
    pointer_.OpenArray();
    return Open();
  }
  bool OnObjectEnd() override { return Close(); }
  bool OnArrayEnd() override {
    if (depth_ == 2) in_architectures_ = false;
    return Close();
  }
  bool OnKey(std::string_view key) override {
    pointer_.Key(key);
    if (depth_ == 1) key_ = key;
    return true;
  }
  bool OnString(std::string_view text) override { return Value(kText, text); }
  bool OnInt64(int64_t) override { return Value(kNumber, Digits()); }
  bool OnUint64(uint64_t) override { return Value(kNumber, Digits()); }
  bool OnDouble(double) override { return Value(kNumber, Digits()); }
  bool OnBool(bool) override { return Value(kOther, {}); }
  // As if the key were not there.
  bool OnNull() override {
    pointer_.EndValue();
    return depth_ != 0 || NoObject();
  }

  Result<ModelConfig> Finish() {
    ModelConfig config;
    if (class_name_) {
      config.class_name = *std::move(class_name_);
    } else if (architecture_) {
      config.class_name = *std::move(architecture_);
    } else {
      return Error{.code = ErrorCode::kConfig,
                   .message =
                       "the configuration does not say which model it "
                       "is of",
                   .expected = "`class_name`, or `architectures` with a name"};
    }
    config.version = version_ ? std::move(version_) : std::move(model_version_);
    return config;
  }

 private:
  enum Type : uint8_t { kText, kNumber, kOther };

  bool IsTop() const { return depth_ == 1; }
  bool Open() {
    ++depth_;
    return true;
  }
  bool Close() {
    --depth_;
    pointer_.Close();
    pointer_.EndValue();
    return true;
  }
  bool NoObject() {
    return Fail({.code = ErrorCode::kConfig,
                 .message = "the configuration is no JSON object"});
  }

  bool Value(Type type, std::string_view text) {
    if (depth_ == 0) return NoObject();
    if (!Take(type, text)) return false;
    pointer_.EndValue();
    return true;
  }

  bool Take(Type type, std::string_view text) {
    if (in_architectures_ && depth_ == 2) {
      if (architecture_) return true;  // the first one counts
      if (type != kText) return WrongType("a string");
      architecture_ = text;
      return true;
    }
    if (!IsTop()) return true;
    if (key_ == "class_name") {
      if (type != kText) return WrongType("a string");
      class_name_ = text;
    } else if (key_ == "architectures") {
      return WrongType("an array of strings");
    } else if (key_ == "version" || key_ == "model_version") {
      if (type == kOther) return WrongType("a string or a number");
      (key_ == "version" ? version_ : model_version_) = text;
    }
    return true;
  }

  bool WrongType(const char* expected) {
    return Fail(
        {.code = ErrorCode::kConfig,
         .message = fmt::format("`{}` has the wrong type", pointer_.Text()),
         .expected = expected});
  }

  // The number at hand as it is written.
  std::string_view Digits() const {
    const std::string_view rest = text_.substr(static_cast<size_t>(offset()));
    return rest.substr(0, rest.find_first_not_of("0123456789+-.eE"));
  }

  const std::string_view text_;
  JsonPointer pointer_;
  uint64_t depth_ = 0;
  std::string key_;  // of the top level
  bool in_architectures_ = false;
  std::optional<std::string> class_name_, architecture_, version_,
      model_version_;
};

std::string Names(const std::vector<ReferenceSet>& manifests) {
  std::string names;
  for (const ReferenceSet& set : manifests) {
    if (set.name.empty()) continue;
    if (!names.empty()) names += ", ";
    names += set.name;
  }
  return names;
}

}  // namespace

Result<ModelConfig> ReadModelConfig(const Source& source,
                                    const Limits& limits) {
  PTSCOPE_TRY(const std::string text,
              manifest::ReadText(source, "the configuration", limits));
  ConfigHandler handler(text);
  PTSCOPE_CHECK(
      ParseJson(text, handler,
                {.code = ErrorCode::kConfig, .max_depth = limits.json_depth}));
  return handler.Finish();
}

Result<ConfiguredReference> FindConfigured(
    const std::vector<ReferenceSet>& manifests, const ModelConfig& config) {
  const ReferenceSet* found = nullptr;
  for (const ReferenceSet& set : manifests) {
    if (set.name == config.class_name) found = &set;
  }
  if (found == nullptr) {
    const std::string names = Names(manifests);
    return Error{.code = ErrorCode::kConfig,
                 .message = fmt::format("the configuration is of the model "
                                        "\"{}\", for which there is no "
                                        "manifest",
                                        config.class_name),
                 .expected = names.empty() ? "a manifest with a `name`"
                                           : "one of " + names};
  }
  if (!found->has_versions()) {
    if (!config.version) return ConfiguredReference{found, &found->versions[0]};
    return Error{.code = ErrorCode::kConfig,
                 .message = fmt::format("the configuration is of version {}, "
                                        "but the manifest of \"{}\" has no "
                                        "versions",
                                        *config.version, found->name)};
  }
  if (!config.version) {
    return Error{.code = ErrorCode::kConfig,
                 .message = fmt::format("the configuration has no version, and "
                                        "the manifest of \"{}\" has several",
                                        found->name),
                 .expected = fmt::format("a `version` that is one of {}",
                                         found->VersionNames())};
  }
  const Reference* reference = found->Find(*config.version);
  if (reference == nullptr) {
    return Error{.code = ErrorCode::kConfig,
                 .message = fmt::format("the manifest of \"{}\" has no version "
                                        "\"{}\"",
                                        found->name, *config.version),
                 .expected = "one of " + found->VersionNames()};
  }
  return ConfiguredReference{found, reference};
}

}  // namespace ptscope
