#include "format/torch_export_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "json/reader.h"

namespace ptscope::format {

namespace {

// The schema's own numbers. Source: torch/_export/serde/schema.py, ScalarType
// and Layout.
struct DtypeCode {
  int64_t code;
  Dtype dtype;
};
constexpr DtypeCode kDtypes[] = {
    {1, Dtype::kUint8},           {2, Dtype::kInt8},
    {3, Dtype::kInt16},           {4, Dtype::kInt32},
    {5, Dtype::kInt64},           {6, Dtype::kFloat16},
    {7, Dtype::kFloat32},         {8, Dtype::kFloat64},
    {9, Dtype::kComplex32},       {10, Dtype::kComplex64},
    {11, Dtype::kComplex128},     {12, Dtype::kBool},
    {13, Dtype::kBfloat16},       {28, Dtype::kUint16},
    {29, Dtype::kFloat8E4m3fn},   {30, Dtype::kFloat8E5m2},
    {31, Dtype::kFloat8E4m3fnuz}, {32, Dtype::kFloat8E5m2fnuz},
    {33, Dtype::kFloat8E8m0fnu},  {34, Dtype::kUint32},
    {35, Dtype::kUint64},
};
constexpr int64_t kStrided = 7;

// How deep the values lie: {"config": {NAME: {"tensor_meta": {"sizes":
// [{"as_int": 1}]}}}}.
enum Level : uint64_t {
  kTop = 1,
  kConfig,
  kPayload,
  kMeta,
  kInMeta,    // an array of numbers; an offset; a device
  kInNumber,  // of an array
  kLevels,
};

class ConfigReader final : public JsonHandler {
 public:
  explicit ConfigReader(const Limits& limits) : limits_(limits) {}

  bool found() const { return found_; }
  std::vector<ExportPayload>& payloads() { return payloads_; }

  bool OnObjectBegin() override {
    if (!Open()) return false;
    if (level_ == kConfig && keys_[kTop] == "config") found_ = true;
    if (IsAt(kMeta)) payload_.is_tensor = true;
    if (IsAt(kInNumber)) number_.reset();
    return true;
  }
  bool OnObjectEnd() override {
    if (IsAt(kInNumber) && !AddNumber()) return false;
    if (IsAt(kPayload) && !Finish()) return false;
    --level_;
    return true;
  }
  bool OnArrayBegin() override { return Open(); }
  bool OnArrayEnd() override {
    --level_;
    return true;
  }
  bool OnKey(std::string_view key) override {
    if (level_ >= kLevels) return true;
    keys_[level_] = key;
    if (level_ == kConfig && keys_[kTop] == "config") Begin(key);
    if (key == "as_expr" && (IsAt(kInMeta) || IsAt(kInNumber))) {
      return Fail({.code = ErrorCode::kUnsupported,
                   .message = Words("its sizes are no numbers")});
    }
    return true;
  }
  bool OnString(std::string_view text) override {
    if (IsAt(kPayload) && keys_[kPayload] == "path_name") {
      payload_.record = text;
    }
    if (IsDevice("type")) payload_.device.insert(0, text);
    return CheckScalar();
  }
  bool OnInt64(int64_t value) override {
    if (IsAt(kMeta)) {
      if (keys_[kMeta] == "dtype") dtype_ = value;
      if (keys_[kMeta] == "layout") layout_ = value;
    } else if (IsDevice("index")) {
      payload_.device += fmt::format(":{}", value);
    } else if (IsAt(kInMeta) && keys_[kMeta] == "storage_offset" &&
               keys_[kInMeta] == "as_int") {
      offset_ = value;
    } else if (IsAt(kInNumber) && keys_[kInNumber] == "as_int") {
      number_ = value;
    }
    return CheckScalar();
  }
  bool OnUint64(uint64_t) override { return CheckScalar(); }
  bool OnDouble(double) override { return CheckScalar(); }
  bool OnBool(bool value) override {
    if (IsAt(kPayload)) {
      if (keys_[kPayload] == "is_param") payload_.is_parameter = value;
      if (keys_[kPayload] == "use_pickle") payload_.is_pickle = value;
    }
    if (IsAt(kMeta) && keys_[kMeta] == "requires_grad") {
      payload_.requires_grad = value ? 1 : 0;
    }
    return CheckScalar();
  }
  bool OnNull() override { return CheckScalar(); }

 private:
  bool Open() {
    ++level_;
    if (level_ < kLevels) keys_[level_].clear();
    return true;
  }

  // In what describes a tensor, at that level.
  bool IsAt(Level level) const {
    return level_ == level && keys_[kTop] == "config" &&
           (level < kMeta || keys_[kPayload] == "tensor_meta") &&
           (level < kInNumber || Numbers() != nullptr);
  }
  bool IsDevice(std::string_view key) const {
    return IsAt(kInMeta) && keys_[kMeta] == "device" && keys_[kInMeta] == key;
  }

  // The list whose numbers these are.
  const std::vector<int64_t>* Numbers() const {
    if (keys_[kMeta] == "sizes") return &payload_.shape;
    if (keys_[kMeta] == "strides") return &payload_.stride;
    return nullptr;
  }

  // A number that is not in an object of its own would be overlooked.
  bool CheckScalar() {
    if (!IsAt(kInMeta) || Numbers() == nullptr) return true;
    return Bad("its sizes and strides are no lists of {\"as_int\": number}");
  }

  bool AddNumber() {
    if (!number_ || *number_ < 0) {
      return Bad("its sizes and strides are not numbers from 0 on");
    }
    auto& to = keys_[kMeta] == "sizes" ? payload_.shape : payload_.stride;
    if (to.size() >= limits_.dimensions) {
      return Fail({.code = ErrorCode::kLimit,
                   .message = Words("it has more dimensions than the limit "
                                    "`dimensions`"),
                   .expected = fmt::format("at most {}", limits_.dimensions)});
    }
    to.push_back(*number_);
    return true;
  }

  void Begin(std::string_view name) {
    payload_ = {};
    payload_.name = name;
    dtype_.reset();
    layout_.reset();
    offset_.reset();
  }

  bool Finish() {
    if (payload_.record.empty()) return Bad("it has no `path_name`");
    if (payload_.is_tensor && !FinishTensor()) return false;
    payloads_.push_back(std::move(payload_));
    return true;
  }

  bool FinishTensor() {
    const auto* const known =
        std::ranges::find(kDtypes, dtype_.value_or(0), &DtypeCode::code);
    if (known == std::end(kDtypes)) {
      return Fail({.code = ErrorCode::kUnsupported,
                   .message = Words("its dtype is not known"),
                   .found = dtype_ ? fmt::format("{}", *dtype_) : "none"});
    }
    payload_.dtype = known->dtype;
    if (layout_.value_or(kStrided) != kStrided && !payload_.is_pickle) {
      return Fail({.code = ErrorCode::kUnsupported,
                   .message = Words("its layout is not strided"),
                   .found = fmt::format("{}", *layout_)});
    }
    if (payload_.shape.size() != payload_.stride.size()) {
      return Bad("its sizes and strides differ in length");
    }
    if (offset_.value_or(-1) < 0) {
      return Bad("its storage offset is no number of elements");
    }
    payload_.storage_offset = static_cast<uint64_t>(*offset_);
    return true;
  }

  std::string Words(std::string_view words) const {
    return fmt::format("tensor '{}': {}", keys_[kConfig].substr(0, 300), words);
  }
  bool Bad(std::string_view words) {
    return Fail({.code = ErrorCode::kDamaged, .message = Words(words)});
  }

  const Limits& limits_;
  uint64_t level_ = 0;  // objects and arrays that are open
  std::array<std::string, kLevels> keys_;
  bool found_ = false;
  ExportPayload payload_;
  std::optional<int64_t> dtype_;
  std::optional<int64_t> layout_;
  std::optional<int64_t> offset_;
  std::optional<int64_t> number_;
  std::vector<ExportPayload> payloads_;
};

}  // namespace

Result<std::vector<ExportPayload>> ReadExportConfig(std::string_view text,
                                                    const Limits& limits) {
  ConfigReader reader(limits);
  PTSCOPE_CHECK(ParseJson(text, reader,
                          {.code = ErrorCode::kDamaged,
                           .max_depth = limits.json_depth,
                           .begins_at = 0}));
  if (!reader.found()) {
    return Error{.code = ErrorCode::kDamaged,
                 .message = "is no table of tensors",
                 .expected = "an object `config`"};
  }
  return std::move(reader.payloads());
}

}  // namespace ptscope::format
