#include "torch/numpy_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

#include "base/checked_math.h"
#include "base/utf8.h"
#include "torch/keys.h"
#include "torch/show_scalar.h"

namespace ptscope::torch {

using pickle::Kind;
using pickle::Ref;
using Lines = ValueVisitor::Lines;

namespace {

// Elements, bytes and dimensions of what is shown in full.
constexpr uint64_t kMostElements = 1000;
constexpr uint64_t kMostBytes = 64 << 10;
constexpr size_t kMostDimensions = 32;

// At most eight bytes as a number.
uint64_t Load(std::string_view bytes, bool big_endian) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const size_t at = big_endian ? i : bytes.size() - 1 - i;
    value = value << 8 | static_cast<uint8_t>(bytes[at]);
  }
  return value;
}

int64_t SignExtend(uint64_t value, size_t size) {
  const unsigned unused = static_cast<unsigned>(64 - 8 * size);
  return static_cast<int64_t>(value << unused) >> unused;
}

double HalfToDouble(uint16_t half) {
  const int exponent = half >> 10 & 0x1F;
  const int fraction = half & 0x3FF;
  const double sign = (half & 0x8000) != 0 ? -1 : 1;
  if (exponent == 0x1F) return fraction == 0 ? sign * INFINITY : NAN;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(fraction + 0x400, exponent - 25);
}

bool IsPlain(char kind, uint64_t size) {
  switch (kind) {
    case 'b':
      return size == 1;
    case 'i':
    case 'u':
      return size == 1 || size == 2 || size == 4 || size == 8;
    case 'f':
      return size == 2 || size == 4 || size == 8;
    case 'c':
      return size == 8 || size == 16;
    case 'U':
      return size % 4 == 0;
    case 'S':
      return true;
    default:
      return false;
  }
}

std::string NameOf(char kind, uint64_t size, std::string_view code) {
  switch (kind) {
    case 'b':
      return "bool";
    case 'i':
      return fmt::format("int{}", 8 * size);
    case 'u':
      return fmt::format("uint{}", 8 * size);
    case 'f':
      return fmt::format("float{}", 8 * size);
    case 'c':
      return fmt::format("complex{}", 8 * size);
    case 'M':
      return "datetime64";
    case 'm':
      return "timedelta64";
    case 'O':
      return "object";
    case 'V':
      return "void";
    default:
      return std::string(code);
  }
}

void ShowFloat(std::string_view bytes, bool big_endian, ValueVisitor& to) {
  const uint64_t bits = Load(bytes, big_endian);
  if (bytes.size() == 2) {
    ShowNumber(static_cast<float>(HalfToDouble(static_cast<uint16_t>(bits))),
               to);
  } else if (bytes.size() == 4) {
    ShowNumber(std::bit_cast<float>(static_cast<uint32_t>(bits)), to);
  } else {
    ShowNumber(std::bit_cast<double>(bits), to);
  }
}

}  // namespace

// numpy.dtype(code, align, copy) with the state (version, byte order, subtype,
// names, fields, item size, alignment, flags[, metadata]).
std::optional<NumpyValues::Type> NumpyValues::TypeOf(Ref dtype) {
  if (!values_.Is(dtype, Kind::kObject) ||
      known_.Of(values_.CallableOf(dtype)) != Known::kNumpyDtype) {
    return {};
  }
  const auto args = values_.ItemsOf(values_.ArgsOf(dtype));
  if (args.empty()) return {};
  const Kind kind = values_.KindOf(args[0]);
  if (kind != Kind::kStr && kind != Kind::kPy2Str) return {};
  const std::string_view code = values_.TextOf(args[0]);
  if (code.size() < 2) return {};
  Type type;
  type.kind = code[0];
  const char* end = code.data() + code.size();
  const auto [p, ec] = std::from_chars(code.data() + 1, end, type.size);
  if (ec != std::errc() || p != end) return {};
  bool structured = false;
  if (type.kind == 'U') {  // its number counts characters
    const auto size = CheckedMul(type.size, uint64_t{4});
    if (!size) return {};
    type.size = *size;
  }
  type.name = NameOf(type.kind, type.size, code);
  if (const Ref state = values_.StateOf(dtype); state != Ref::kAbsent) {
    if (!values_.Is(state, Kind::kTuple)) return {};
    const auto parts = values_.ItemsOf(state);
    if (parts.size() < 8) return {};
    const Kind order = values_.KindOf(parts[1]);
    if (order != Kind::kStr && order != Kind::kPy2Str) return {};
    type.big_endian = values_.TextOf(parts[1]) == ">";
    structured = parts[2] != Ref::kNone || parts[4] != Ref::kNone;
    type.name += UnitOf(parts);
  }
  type.plain = !structured && IsPlain(type.kind, type.size);
  return type;
}

// "[ns]" of a date: (metadata, (unit, …)) is last in the state.
std::string NumpyValues::UnitOf(std::span<const Ref> state) {
  if (state.size() < 9 || !values_.Is(state[8], Kind::kTuple)) return {};
  const auto parts = values_.ItemsOf(state[8]);
  if (parts.size() != 2 || !values_.Is(parts[1], Kind::kTuple)) return {};
  const auto unit = values_.ItemsOf(parts[1]);
  if (unit.empty()) return {};
  std::string text;
  if (values_.Is(unit[0], Kind::kStr)) {
    text = values_.TextOf(unit[0]).substr(0, 16);
  } else if (bytes_.CountOf(unit[0])) {
    text = bytes_.Read(unit[0], 16);
  }
  return text.empty() ? text : '[' + text + ']';
}

bool NumpyValues::SetShape(Ref shape, Array& to) {
  if (!values_.Is(shape, Kind::kTuple)) return false;
  if (values_.ItemsOf(shape).size() > kMostDimensions) return false;
  to.numel = 1;
  for (const Ref n : values_.ItemsOf(shape)) {
    if (!values_.Is(n, Kind::kInt) || values_.IntOf(n) < 0) return false;
    to.shape.push_back(static_cast<uint64_t>(values_.IntOf(n)));
  }
  if (std::ranges::find(to.shape, 0u) != to.shape.end()) {
    to.numel = 0;
    return true;
  }
  for (const uint64_t n : to.shape) {
    const auto numel = CheckedMul(to.numel, n);
    if (!numel) return false;
    to.numel = *numel;
  }
  return true;
}

// _reconstruct(ndarray, …) with the state (version, shape, dtype, fortran,
// data), or _frombuffer(data, dtype, shape, order).
std::optional<NumpyValues::Array> NumpyValues::ArrayOf(Ref object) {
  if (!values_.Is(object, Kind::kObject)) return {};
  const Known known = known_.Of(values_.CallableOf(object));
  const auto args = values_.ItemsOf(values_.ArgsOf(object));
  const Ref state = values_.StateOf(object);
  Ref dtype;
  Ref shape;
  Array array;
  if (known == Known::kNumpyReconstruct) {
    if (args.empty() || known_.Of(args[0]) != Known::kNumpyArray ||
        state == Ref::kAbsent || !values_.Is(state, Kind::kTuple)) {
      return {};
    }
    const auto parts = values_.ItemsOf(state);
    if (parts.size() != 5) return {};
    shape = parts[1];
    dtype = parts[2];
    array.fortran = parts[3] == Ref::kTrue || parts[3] == Ref::SmallInt(1);
    array.data = parts[4];
  } else if (known == Known::kNumpyFromBuffer && args.size() == 4 &&
             state == Ref::kAbsent) {
    array.data = args[0];
    dtype = args[1];
    shape = args[2];
    array.fortran =
        values_.Is(args[3], Kind::kStr) && values_.TextOf(args[3]) == "F";
  } else {
    return {};
  }
  auto type = TypeOf(dtype);
  if (!type || !SetShape(shape, array)) return {};
  array.type = *std::move(type);
  if (array.type.kind == 'O') return array;
  const auto nbytes = CheckedMul(array.numel, array.type.size);
  if (!nbytes || bytes_.CountOf(array.data) != *nbytes) return {};
  return array;
}

Ref NumpyValues::ObjectsOf(Ref object) {
  const auto array = ArrayOf(object);
  if (!array || array->type.kind != 'O' || array->shape.size() != 1 ||
      !values_.Is(array->data, Kind::kList) ||
      values_.CountOf(array->data) != array->numel) {
    return Ref::kAbsent;
  }
  return array->data;
}

bool NumpyValues::IsSmall(const Array& array) {
  if (array.numel == 0) return !array.shape.empty() && array.shape[0] == 0;
  return array.numel <= kMostElements &&
         array.numel * array.type.size <= kMostBytes;
}

void NumpyValues::ShowArray(const Array& array, ValueVisitor& to) {
  if (array.type.plain && IsSmall(array)) return ShowElements(array, to);
  to.BeginObject(Lines::kOne);
  to.Key("ndarray");
  to.BeginObject(Lines::kOne);
  to.Key("dtype");
  to.String(array.type.name);
  to.Key("shape");
  to.BeginArray(Lines::kOne);
  for (const uint64_t n : array.shape) to.Number(fmt::format("{}", n));
  to.EndArray();
  to.EndObject();
  to.EndObject();
}

// In the order of the indices, the last one fastest.
void NumpyValues::ShowElements(const Array& array, ValueVisitor& to) {
  const size_t rank = array.shape.size();
  const auto lines = [&](size_t level) {
    return level + 1 == rank ? Lines::kOne : Lines::kMany;
  };
  if (array.numel == 0) {
    to.BeginArray(Lines::kOne);
    return to.EndArray();
  }
  const size_t size = static_cast<size_t>(array.type.size);
  const std::string bytes = bytes_.Read(array.data, array.numel * size);
  std::vector<uint64_t> stride(rank);  // elements in the data
  uint64_t step = 1;
  for (size_t i = 0; i < rank; ++i) {
    const size_t dimension = array.fortran ? i : rank - 1 - i;
    stride[dimension] = step;
    step *= array.shape[dimension];
  }
  std::vector<uint64_t> index(rank);
  size_t open = 0;  // arrays that have begun
  uint64_t at = 0;
  for (uint64_t i = 0; i < array.numel; ++i) {
    for (; open < rank; ++open) to.BeginArray(lines(open));
    ShowElement(array.type, std::string_view(bytes).substr(at * size, size),
                to);
    for (size_t d = rank; d-- > 0;) {
      at += stride[d];
      if (++index[d] < array.shape[d]) break;
      at -= index[d] * stride[d];
      index[d] = 0;
      to.EndArray();
      open = d;
    }
  }
}

void NumpyValues::ShowElement(const Type& type, std::string_view bytes,
                              ValueVisitor& to) {
  switch (type.kind) {
    case 'b':
      return to.Bool(bytes[0] != 0);
    case 'i':
      return to.Number(fmt::format(
          "{}", SignExtend(Load(bytes, type.big_endian), bytes.size())));
    case 'u':
      return to.Number(fmt::format("{}", Load(bytes, type.big_endian)));
    case 'f':
      return ShowFloat(bytes, type.big_endian, to);
    case 'c': {
      const size_t half = bytes.size() / 2;
      to.BeginObject(Lines::kOne);
      to.Key("complex");
      to.BeginArray(Lines::kOne);
      ShowFloat(bytes.substr(0, half), type.big_endian, to);
      ShowFloat(bytes.substr(half), type.big_endian, to);
      to.EndArray();
      return to.EndObject();
    }
    case 'U': {
      std::string text;
      for (; bytes.size() >= 4; bytes.remove_prefix(4)) {
        const uint64_t c = Load(bytes.substr(0, 4), type.big_endian);
        AppendUtf8(text, c > 0x10FFFF ? U'\uFFFD' : static_cast<char32_t>(c));
      }
      text.erase(text.find_last_not_of('\0') + 1);
      return to.String(text);
    }
    default: {
      bytes = bytes.substr(0, bytes.find_last_not_of('\0') + 1);
      if (IsValidUtf8(bytes)) return to.String(bytes);
      return ShowBytes(bytes, bytes.size(), to);
    }
  }
}

// scalar(dtype, bytes).
bool NumpyValues::ShowScalar(Ref object, ValueVisitor* to) {
  const auto args = values_.ItemsOf(values_.ArgsOf(object));
  if (args.size() != 2) return false;
  const auto type = TypeOf(args[0]);
  if (!type || !type->plain || type->size > kMostBytes ||
      bytes_.CountOf(args[1]) != type->size) {
    return false;
  }
  if (to != nullptr) {
    ShowElement(*type, bytes_.Read(args[1], static_cast<size_t>(type->size)),
                *to);
  }
  return true;
}

bool NumpyValues::Show(Ref object, ValueVisitor& to) {
  switch (known_.Of(values_.CallableOf(object))) {
    case Known::kNumpyDtype: {
      const auto type = TypeOf(object);
      if (type) to.String(type->name);
      return type.has_value();
    }
    case Known::kNumpyScalar:
      return ShowScalar(object, &to);
    default: {
      const auto array = ArrayOf(object);
      if (array) ShowArray(*array, to);
      return array.has_value();
    }
  }
}

bool NumpyValues::IsShown(Ref object) {
  switch (known_.Of(values_.CallableOf(object))) {
    case Known::kNumpyDtype:
      return TypeOf(object).has_value();
    case Known::kNumpyScalar:
      return ShowScalar(object, nullptr);
    default:
      return ArrayOf(object).has_value();
  }
}

}  // namespace ptscope::torch
