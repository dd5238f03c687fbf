#include "format/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/checked_math.h"
#include "base/wide.h"
#include "json/reader.h"
#include "model/row_major.h"

namespace ptscope::format {

namespace {

// Source: the enum Dtype of safetensors/src/tensor.rs.
struct DtypeWord {
  std::string_view word;
  Dtype dtype;
};
constexpr DtypeWord kDtypes[] = {
    {"F32", Dtype::kFloat32},
    {"BF16", Dtype::kBfloat16},
    {"F16", Dtype::kFloat16},
    {"I64", Dtype::kInt64},
    {"U8", Dtype::kUint8},
    {"I8", Dtype::kInt8},
    {"I32", Dtype::kInt32},
    {"BOOL", Dtype::kBool},
    {"F64", Dtype::kFloat64},
    {"F8_E4M3", Dtype::kFloat8E4m3fn},
    {"F8_E5M2", Dtype::kFloat8E5m2},
    {"F8_E8M0", Dtype::kFloat8E8m0fnu},
    {"F8_E4M3FNUZ", Dtype::kFloat8E4m3fnuz},
    {"F8_E5M2FNUZ", Dtype::kFloat8E5m2fnuz},
    {"F4", Dtype::kFloat4E2m1fn},
    {"F6_E2M3", Dtype::kFloat6E2m3fn},
    {"F6_E3M2", Dtype::kFloat6E3m2fn},
    {"C64", Dtype::kComplex64},
    {"I16", Dtype::kInt16},
    {"U16", Dtype::kUint16},
    {"U32", Dtype::kUint32},
    {"U64", Dtype::kUint64},
};

Dtype DtypeOf(std::string_view word) {
  const auto* const known = std::ranges::find(kDtypes, word, &DtypeWord::word);
  return known == std::end(kDtypes) ? Dtype::kUnknown : known->dtype;
}

// A text of the file, to be shown.
std::string Quoted(std::string_view text) {
  constexpr size_t kMost = 100;
  return fmt::format("\"{}{}\"", text.substr(0, kMost),
                     text.size() > kMost ? "…" : "");
}

class HeaderReader final : public JsonHandler {
 public:
  HeaderReader(const Limits& limits, Arena& arena)
      : limits_(limits), arena_(arena) {}

  SafetensorsHeader& header() { return header_; }

  bool OnObjectBegin() override {
    if (Skips()) return Skip(1);
    switch (in_) {
      case In::kNothing:
        return Enter(In::kTop);
      case In::kTop:
        return Enter(is_metadata_ ? In::kMetadata : In::kTensor);
      default:
        return Unexpected("an object");
    }
  }
  bool OnObjectEnd() override {
    if (skipped_ != 0) return Skip(-1);
    if (in_ == In::kTensor && !FinishTensor()) return false;
    return Enter(In::kTop);
  }
  bool OnArrayBegin() override {
    if (Skips()) return Skip(1);
    if (in_ != In::kTensor) return Unexpected("an array");
    numbers_.clear();
    if (field_ == kShape) return Enter(In::kShape);
    if (field_ == kOffsets) return Enter(In::kOffsets);
    return Unexpected("an array");
  }
  bool OnArrayEnd() override {
    if (skipped_ != 0) return Skip(-1);
    const bool good = in_ == In::kShape ? SetShape() : SetOffsets();
    return good && Enter(In::kTensor);
  }
  bool OnKey(std::string_view key) override {
    if (skipped_ != 0) return true;
    if (in_ == In::kTop) return BeginMember(key);
    if (in_ == In::kMetadata) {
      key_ = arena_.Copy(key);
    } else {
      SetField(key);
    }
    return true;
  }
  bool OnString(std::string_view text) override {
    if (Skips()) return true;
    if (in_ == In::kMetadata) {
      header_.metadata.push_back({key_, arena_.Copy(text)});
      return true;
    }
    if (in_ != In::kTensor || field_ != kDtype) {
      return Unexpected(Quoted(text));
    }
    SetDtype(text);
    return true;
  }
  bool OnInt64(int64_t value) override {
    if (Skips()) return true;
    if ((in_ != In::kShape && in_ != In::kOffsets) || value < 0) {
      return Unexpected(fmt::format("{}", value));
    }
    numbers_.push_back(value);
    return CheckCount();
  }
  bool OnUint64(uint64_t value) override {
    return Skips() || Unexpected(fmt::format("{}", value));
  }
  bool OnDouble(double value) override {
    return Skips() || Unexpected(fmt::format("{}", value));
  }
  bool OnBool(bool value) override {
    return Skips() || Unexpected(value ? "true" : "false");
  }
  bool OnNull() override { return Skips() || Unexpected("null"); }

 private:
  enum class In : uint8_t {
    kNothing,
    kTop,
    kMetadata,
    kTensor,
    kShape,
    kOffsets,
  };
  // Of a tensor; bits.
  enum Field : uint8_t { kDtype = 1, kShape = 2, kOffsets = 4, kOther = 8 };

  bool Enter(In in) {
    in_ = in;
    return true;
  }

  // Whether the value at hand belongs to a key that the format does not know.
  bool Skips() const {
    return skipped_ != 0 || (in_ == In::kTensor && field_ == kOther);
  }
  bool Skip(int levels) {
    skipped_ += levels;
    return true;
  }

  bool Wrong(std::string message, std::string found = {},
             std::string expected = {},
             std::optional<uint64_t> offset = std::nullopt) {
    return Fail({.code = ErrorCode::kDamaged,
                 .message = std::move(message),
                 .offset = offset,
                 .found = std::move(found),
                 .expected = std::move(expected)});
  }
  bool WrongTensor(std::string_view what, std::string found = {},
                   std::string expected = {}) {
    return Wrong(fmt::format("tensor {}: {}", Quoted(tensor_.name), what),
                 std::move(found), std::move(expected),
                 tensor_.at - kSafetensorsLength);
  }

  // A value that may not stand where it does.
  bool Unexpected(std::string found) {
    switch (in_) {
      case In::kMetadata:
        return Wrong(fmt::format("the value of {} in `__metadata__` is no text",
                                 Quoted(key_)),
                     std::move(found), "a text");
      case In::kTop:
        return Wrong(is_metadata_
                         ? "`__metadata__` is no object"
                         : fmt::format("tensor {}: it is described by no "
                                       "object",
                                       Quoted(tensor_.name)),
                     std::move(found), "an object");
      case In::kShape:
      case In::kOffsets:
        return Wrong(fmt::format("tensor {}: a number of `{}` is none",
                                 Quoted(tensor_.name), FieldName()),
                     std::move(found), "an integer from 0 to 2^63-1");
      default:
        return Wrong(fmt::format("tensor {}: `{}` is something else",
                                 Quoted(tensor_.name), FieldName()),
                     std::move(found),
                     field_ == kDtype ? "a text" : "an array");
    }
  }
  std::string_view FieldName() const {
    return field_ == kDtype   ? "dtype"
           : field_ == kShape ? "shape"
                              : "data_offsets";
  }

  bool BeginMember(std::string_view key) {
    is_metadata_ = key == "__metadata__";
    if (is_metadata_) return true;
    if (header_.entries.size() >= limits_.tensors) {
      return Fail({.code = ErrorCode::kLimit,
                   .message = "there are more tensors than the limit `tensors`",
                   .expected = fmt::format("at most {}", limits_.tensors)});
    }
    tensor_ = {};
    tensor_.name = arena_.Copy(key);
    tensor_.at = kSafetensorsLength + offset();
    fields_ = 0;
    field_ = kOther;
    return true;
  }

  void SetField(std::string_view key) {
    field_ = key == "dtype"          ? kDtype
             : key == "shape"        ? kShape
             : key == "data_offsets" ? kOffsets
                                     : kOther;
    fields_ |= field_;
    if (field_ == kOther && header_.unknown_keys++ == 0) {
      header_.unknown_key = fmt::format("tensor {} has the unknown key {}",
                                        Quoted(tensor_.name), Quoted(key));
    }
  }

  void SetDtype(std::string_view word) {
    tensor_.dtype = DtypeOf(word);
    if (tensor_.dtype == Dtype::kUnknown && header_.unknown_dtypes++ == 0) {
      header_.unknown_dtype = fmt::format("tensor {} has the unknown dtype {}",
                                          Quoted(tensor_.name), Quoted(word));
    }
  }

  bool CheckCount() {
    if (in_ == In::kOffsets || numbers_.size() <= limits_.dimensions) {
      return true;
    }
    return Fail({.code = ErrorCode::kLimit,
                 .message = fmt::format("tensor {}: it has more dimensions "
                                        "than the limit `dimensions`",
                                        Quoted(tensor_.name)),
                 .expected = fmt::format("at most {}", limits_.dimensions)});
  }

  bool SetShape() {
    const size_t rank = numbers_.size();
    auto* const shape = arena_.Allocate<int64_t>(2 * rank);
    std::ranges::copy(numbers_, shape);
    tensor_.shape = {shape, rank};
    tensor_.stride = {shape + rank, rank};
    if (!SetRowMajor(tensor_.shape, shape + rank)) {
      return WrongTensor("its shape has too many elements");
    }
    tensor_.numel = 1;
    // The strides fit, so that only the last product may not.
    for (const int64_t n : tensor_.shape) {
      const auto product = CheckedMul(tensor_.numel, static_cast<uint64_t>(n));
      if (!product) return WrongTensor("its shape has too many elements");
      tensor_.numel = *product;
    }
    return true;
  }

  bool SetOffsets() {
    if (numbers_.size() != 2) {
      return WrongTensor("`data_offsets` has not two numbers",
                         fmt::format("{}", numbers_.size()), "2");
    }
    tensor_.begin = static_cast<uint64_t>(numbers_[0]);
    tensor_.end = static_cast<uint64_t>(numbers_[1]);
    return tensor_.begin <= tensor_.end ||
           WrongTensor("its bytes end before they begin",
                       fmt::format("{} to {}", tensor_.begin, tensor_.end));
  }

  bool FinishTensor() {
    for (const Field field : {kDtype, kShape, kOffsets}) {
      if ((fields_ & field) != 0) continue;
      field_ = field;
      return WrongTensor(fmt::format("it has no `{}`", FieldName()));
    }
    if (tensor_.dtype != Dtype::kUnknown && !CheckSize()) return false;
    header_.entries.push_back(tensor_);
    return true;
  }

  bool CheckSize() {
    const Wide bits = Wide{tensor_.numel} * BitsPerElement(tensor_.dtype);
    if (bits % 8 != 0) {
      return WrongTensor(
          "its values do not fill whole bytes",
          fmt::format("{} bits more", static_cast<uint64_t>(bits % 8)));
    }
    const uint64_t size = tensor_.end - tensor_.begin;
    if (size == bits / 8) return true;
    if (bits / 8 > INT64_MAX) {
      return WrongTensor("its shape has too many elements");
    }
    return WrongTensor("its bytes are not as many as its shape needs",
                       fmt::format("{}", size),
                       fmt::format("{}", static_cast<uint64_t>(bits / 8)));
  }

  const Limits& limits_;
  Arena& arena_;
  SafetensorsHeader header_;
  In in_ = In::kNothing;
  int64_t skipped_ = 0;       // open objects and arrays of an unknown key
  bool is_metadata_ = false;  // the member at hand
  std::string_view key_;      // in the metadata
  SafetensorsEntry tensor_;   // at hand
  Field field_ = kOther;      // of the tensor at hand
  uint8_t fields_ = 0;        // seen of it
  std::vector<int64_t> numbers_;
};

}  // namespace

Result<SafetensorsHeader> ParseSafetensorsHeader(std::string_view text,
                                                 const Limits& limits,
                                                 Arena& arena) {
  HeaderReader reader(limits, arena);
  PTSCOPE_CHECK(ParseJson(text, reader,
                          {.code = ErrorCode::kDamaged,
                           .max_depth = limits.json_depth,
                           .begins_at = kSafetensorsLength}));
  return std::move(reader.header());
}

}  // namespace ptscope::format
