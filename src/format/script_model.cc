#include "format/script_model.h"

#include <fmt/format.h>

#include <charconv>
#include <iterator>
#include <optional>
#include <string>

#include "base/damaged.h"
#include "json/reader.h"
#include "torch/listing_budget.h"

namespace ptscope::format {

namespace {

// Where in the text a value stands: the message, or the list, that has it.
enum class Place : uint8_t {
  kStart,
  kModel,
  kModule,
  kParameter,
  kAttribute,
  kTensor,
  kTensorData,  // RecordRef
  kModules,     // lists of these
  kParameters,
  kAttributes,
  kTensors,
  kDims,
  kStrides,
  kIgnored,
};

enum class Field : uint8_t {
  kIgnored,
  kMainModule,
  kTensors,
  kSubmodules,
  kParameters,
  kAttributes,
  kModuleName,
  kState,
  kTensorId,
  kIsBuffer,
  kParameterName,
  kType,
  kAttributeName,
  kId,
  kDims,
  kStrides,
  kOffset,
  kRequiresGrad,
  kDataType,
  kData,
  kDevice,
  kIsQuantized,
  kScale,
  kZeroPoint,
  kKey,
};

struct Row {
  Place message;
  std::string_view name;
  Field field;
  Place opens = Place::kIgnored;  // where its value is an object or a list
};

// All fields that torch.proto had.
constexpr Row kRows[] = {
    {Place::kModel, "mainModule", Field::kMainModule, Place::kModule},
    {Place::kModel, "tensors", Field::kTensors, Place::kTensors},
    {Place::kModel, "protoVersion", Field::kIgnored},
    {Place::kModel, "producerName", Field::kIgnored},
    {Place::kModel, "producerVersion", Field::kIgnored},
    {Place::kModel, "libs", Field::kIgnored},
    {Place::kModule, "submodules", Field::kSubmodules, Place::kModules},
    {Place::kModule, "parameters", Field::kParameters, Place::kParameters},
    {Place::kModule, "attributes", Field::kAttributes, Place::kAttributes},
    {Place::kModule, "name", Field::kModuleName},
    {Place::kModule, "getStateAttributeId", Field::kState},
    {Place::kModule, "torchscriptArena", Field::kIgnored},
    {Place::kModule, "torchscriptDebugArena", Field::kIgnored},
    {Place::kModule, "pickleArena", Field::kIgnored},
    {Place::kModule, "cppArena", Field::kIgnored},
    {Place::kModule, "caffe2Nets", Field::kIgnored},
    {Place::kModule, "optimize", Field::kIgnored},
    {Place::kParameter, "tensorId", Field::kTensorId},
    {Place::kParameter, "isBuffer", Field::kIsBuffer},
    {Place::kParameter, "name", Field::kParameterName},
    {Place::kAttribute, "type", Field::kType},
    {Place::kAttribute, "name", Field::kAttributeName},
    {Place::kAttribute, "id", Field::kId},
    {Place::kTensor, "dims", Field::kDims, Place::kDims},
    {Place::kTensor, "strides", Field::kStrides, Place::kStrides},
    {Place::kTensor, "offset", Field::kOffset},
    {Place::kTensor, "requiresGrad", Field::kRequiresGrad},
    {Place::kTensor, "dataType", Field::kDataType},
    {Place::kTensor, "data", Field::kData, Place::kTensorData},
    {Place::kTensor, "device", Field::kDevice},
    {Place::kTensor, "isQuantized", Field::kIsQuantized},
    {Place::kTensor, "scale", Field::kScale},
    {Place::kTensor, "zeroPoint", Field::kZeroPoint},
    {Place::kTensorData, "key", Field::kKey},
};

// What the members of a list are.
Place MemberOf(Place list) {
  switch (list) {
    case Place::kModules:
      return Place::kModule;
    case Place::kParameters:
      return Place::kParameter;
    case Place::kAttributes:
      return Place::kAttribute;
    case Place::kTensors:
      return Place::kTensor;
    default:
      return Place::kIgnored;
  }
}

bool IsList(Place place) { return place >= Place::kModules; }

class Handler : public JsonHandler {
 public:
  Handler(uint64_t most_bytes, Arena& arena)
      : most_bytes_(most_bytes), arena_(arena), arena_before_(arena.used()) {}

  ScriptModel& model() { return model_; }

  bool OnObjectBegin() override {
    const auto opens = Opens();
    if (!opens || (IsList(*opens) && *opens != Place::kIgnored)) {
      return WrongType(opens ? "a list" : "a single value");
    }
    const Place place = *opens;
    places_.push_back(place);
    switch (place) {
      case Place::kModule:
        AddModule();
        break;
      case Place::kParameter:
        model_.parameters.emplace_back();
        break;
      case Place::kAttribute:
        model_.attributes.emplace_back();
        break;
      case Place::kTensor:
        model_.tensors.emplace_back();
        break;
      default:
        break;
    }
    return CheckMemory();
  }
  bool OnObjectEnd() override {
    if (places_.back() == Place::kModule) module_ = Module().parent;
    return Leave();
  }
  bool OnArrayBegin() override {
    const auto opens = Opens();
    if (!opens || !IsList(*opens)) {
      return WrongType(opens ? "an object" : "a single value");
    }
    const Place place = *opens;
    places_.push_back(place);
    if (place == Place::kParameters)
      Module().parameters = Count(model_.parameters);
    if (place == Place::kAttributes)
      Module().attributes = Count(model_.attributes);
    numbers_.clear();
    return true;
  }
  bool OnArrayEnd() override {
    switch (places_.back()) {
      case Place::kParameters:
        Module().parameter_count =
            Count(model_.parameters) - Module().parameters;
        break;
      case Place::kAttributes:
        Module().attribute_count =
            Count(model_.attributes) - Module().attributes;
        break;
      case Place::kDims:
        Tensor().dims = arena_.Copy(std::span<const int64_t>(numbers_));
        break;
      case Place::kStrides:
        Tensor().strides = arena_.Copy(std::span<const int64_t>(numbers_));
        break;
      default:
        break;
    }
    return Leave();
  }
  bool OnKey(std::string_view key) override {
    row_ = nullptr;
    if (Here() == Place::kIgnored) return true;
    for (const Row& row : kRows) {
      if (row.message == Here() && row.name == key) row_ = &row;
    }
    if (row_ != nullptr) return true;
    return Fail({.code = ErrorCode::kUnsupported,
                 .message = "has a field that is not known",
                 .found = fmt::format("'{}'", key.substr(0, 100))});
  }
  bool OnString(std::string_view text) override { return Value(text); }
  bool OnInt64(int64_t value) override { return Value(std::to_string(value)); }
  bool OnUint64(uint64_t value) override {
    return Value(std::to_string(value));
  }
  bool OnDouble(double value) override {
    return Value(fmt::format("{}", value));
  }
  bool OnBool(bool value) override { return Value(value ? "true" : "false"); }
  bool OnNull() override { return true; }  // as if it were not there

 private:
  Place Here() const { return places_.back(); }

  // What the object or the list that begins is; nullopt: it is to be neither.
  std::optional<Place> Opens() const {
    switch (Here()) {
      case Place::kStart:
        return Place::kModel;
      case Place::kIgnored:
        return Place::kIgnored;
      case Place::kDims:
      case Place::kStrides:
        return std::nullopt;
      default:
        break;
    }
    if (IsList(Here())) return MemberOf(Here());
    if (row_->opens == Place::kIgnored && row_->field != Field::kIgnored) {
      return std::nullopt;
    }
    return row_->opens;
  }
  bool Leave() {
    places_.pop_back();
    return CheckMemory();
  }

  ScriptModule& Module() { return model_.modules[module_]; }
  ScriptTensor& Tensor() { return model_.tensors.back(); }
  template <typename T>
  static uint32_t Count(const std::vector<T>& of) {
    return static_cast<uint32_t>(of.size());
  }

  void AddModule() {
    const uint32_t index = Count(model_.modules);
    model_.modules.emplace_back();
    model_.modules[index].parent = module_;
    if (module_ != kNone) {
      ScriptModule& parent = Module();
      (parent.child == kNone ? parent.child
                             : model_.modules[parent.last].next) = index;
      parent.last = index;
    }
    module_ = index;
  }

  bool CheckMemory() {
    const uint64_t bytes = arena_.used() - arena_before_ +
                           model_.tensors.size() * sizeof(ScriptTensor) +
                           model_.modules.size() * sizeof(ScriptModule) +
                           model_.parameters.size() * sizeof(ScriptParameter) +
                           model_.attributes.size() * sizeof(ScriptAttribute);
    if (bytes <= most_bytes_) return true;
    return Fail({.code = ErrorCode::kLimit,
                 .message = "its modules take more memory than the limit "
                            "`listing_bytes`",
                 .found = fmt::format("{} bytes", bytes),
                 .expected = fmt::format("at most {}", most_bytes_)});
  }

  bool WrongType(const char* expected) {
    Error error = Damaged("has a field of the wrong type");
    error.expected = expected;
    return Fail(std::move(error));
  }

  // A scalar. JSON of a protocol buffer has 64-bit integers as strings.
  bool Value(std::string_view text) {
    if (Here() == Place::kStart) return WrongType("an object");
    if (Here() == Place::kIgnored) return true;
    if (Here() == Place::kDims || Here() == Place::kStrides) {
      int64_t number = 0;
      if (!ReadInt(text, number)) return false;
      numbers_.push_back(number);
      return true;
    }
    if (IsList(Here())) return WrongType("an object");
    if (row_->opens != Place::kIgnored) return WrongType("an object or a list");
    return SetField(text);
  }

  bool SetField(std::string_view text) {
    switch (row_->field) {
      case Field::kModuleName:
        return Copy(text, Module().name);
      case Field::kState:
        return ReadInt(text, Module().state);
      case Field::kTensorId:
        return ReadInt(text, model_.parameters.back().tensor);
      case Field::kIsBuffer:
        return ReadBool(text, model_.parameters.back().buffer);
      case Field::kParameterName:
        return Copy(text, model_.parameters.back().name);
      case Field::kType:
        return Copy(text, model_.attributes.back().type);
      case Field::kAttributeName:
        return Copy(text, model_.attributes.back().name);
      case Field::kId:
        return ReadInt(text, model_.attributes.back().value);
      case Field::kOffset:
        return ReadInt(text, Tensor().offset);
      case Field::kRequiresGrad:
        return ReadBool(text, Tensor().requires_grad);
      case Field::kDataType:
        return Copy(text, Tensor().data_type);
      case Field::kDevice:
        return Copy(text, Tensor().device);
      case Field::kIsQuantized:
        return ReadBool(text, Tensor().quantized);
      case Field::kScale:
        return ReadDouble(text, Tensor().scale);
      case Field::kZeroPoint:
        return ReadInt(text, Tensor().zero_point);
      case Field::kKey:
        return Copy(text, Tensor().key);
      default:
        return true;
    }
  }

  bool Copy(std::string_view text, std::string_view& to) {
    to = arena_.Copy(text);
    return CheckMemory();
  }
  bool ReadInt(std::string_view text, int64_t& to) {
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), to);
    if (error == std::errc() && end == text.data() + text.size()) return true;
    return WrongType("an integer of 64 bits");
  }
  bool ReadDouble(std::string_view text, double& to) {
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), to);
    if (error == std::errc() && end == text.data() + text.size()) return true;
    return WrongType("a number");
  }
  bool ReadBool(std::string_view text, bool& to) {
    to = text == "true";
    return to || text == "false" || WrongType("true or false");
  }

  const uint64_t most_bytes_;
  Arena& arena_;
  const uint64_t arena_before_;
  ScriptModel model_;
  std::vector<Place> places_ = {Place::kStart};
  const Row* row_ = nullptr;  // of the key at hand
  uint32_t module_ = kNone;   // that is open
  std::vector<int64_t> numbers_;
};

}  // namespace

Result<ScriptModel> ReadScriptModel(std::string_view json, const Limits& limits,
                                    Arena& arena) {
  const uint64_t most = torch::ListingBudget(limits, json.size());
  Handler handler(most, arena);
  PTSCOPE_CHECK(
      ParseJson(json, handler,
                {.code = ErrorCode::kDamaged, .max_depth = limits.json_depth}));
  if (handler.model().modules.empty()) {
    return Damaged("has no main module");
  }
  return std::move(handler.model());
}

}  // namespace ptscope::format
