#include "torch/keys.h"

#include <charconv>
#include <cmath>

#include "base/utf8.h"

namespace ptscope::torch {

using pickle::Kind;
using pickle::Ref;
using pickle::Values;

namespace {

// Members refer to each other, so that a short pickle can hold a tuple without
// end: what a name shows of it is cut off behind this many bytes.
constexpr size_t kLongestRepr = 4096;

// A str in a repr; which quotes and escapes Python would choose matters only
// where a name tells two keys apart.
void AppendQuoted(std::string& to, std::string_view text) {
  const char quote =
      text.find('\'') != text.npos && text.find('"') == text.npos ? '"' : '\'';
  to += quote;
  for (const char c : text) {
    if (c == '\\' || c == quote) to += '\\';
    if (c == '\n') {
      to += "\\n";
    } else if (c == '\t') {
      to += "\\t";
    } else if (c == '\r') {
      to += "\\r";
    } else {
      to += c;
    }
  }
  to += quote;
}

void AppendText(std::string& to, Ref ref, const Values& values) {
  const std::string_view text = values.TextOf(ref);
  const bool latin1 = values.Is(ref, Kind::kBytes) ||
                      values.Is(ref, Kind::kByteArray) ||
                      (values.Is(ref, Kind::kPy2Str) && !IsValidUtf8(text));
  if (latin1) {
    to += Latin1ToUtf8(text);
  } else {
    to += text;
  }
}

// A little-endian two's complement number in decimal. Time: square of the
// length.
std::string DecimalOf(std::string_view bytes) {
  std::string magnitude(bytes);
  const bool negative = (static_cast<uint8_t>(bytes.back()) & 0x80) != 0;
  if (negative) {
    unsigned carry = 1;
    for (char& c : magnitude) {
      carry += static_cast<uint8_t>(~static_cast<uint8_t>(c));
      c = static_cast<char>(carry);
      carry >>= 8;
    }
  }
  std::string digits;
  while (!magnitude.empty()) {
    unsigned rest = 0;
    for (size_t i = magnitude.size(); i-- > 0;) {
      rest = rest << 8 | static_cast<uint8_t>(magnitude[i]);
      magnitude[i] = static_cast<char>(rest / 10);
      rest %= 10;
    }
    digits += static_cast<char>('0' + rest);
    while (!magnitude.empty() && magnitude.back() == 0) magnitude.pop_back();
  }
  if (negative) digits += '-';
  return {digits.rbegin(), digits.rend()};
}

void AppendBigInt(std::string& to, Ref ref, const Values& values) {
  const std::string_view text = values.TextOf(ref);
  if (values.BigIntIsText(ref)) {
    to += text;
    return;
  }
  constexpr size_t kMostDecimal = 256;
  if (text.size() <= kMostDecimal) {
    to += DecimalOf(text);
    return;
  }
  // Its two's complement in hexadecimal digits.
  to += "0x";
  constexpr char kDigits[] = "0123456789abcdef";
  for (size_t i = text.size(); i-- > 0;) {
    const auto byte = static_cast<uint8_t>(text[i]);
    to += kDigits[byte >> 4];
    to += kDigits[byte & 15];
  }
}

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kNone:
      return "None";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
    case Kind::kBigInt:
      return "int";
    case Kind::kFloat:
      return "float";
    case Kind::kStr:
    case Kind::kPy2Str:
      return "str";
    case Kind::kBytes:
      return "bytes";
    case Kind::kByteArray:
      return "bytearray";
    case Kind::kTuple:
      return "tuple";
    case Kind::kFrozenSet:
      return "frozenset";
    case Kind::kList:
      return "list";
    case Kind::kSet:
      return "set";
    case Kind::kDict:
      return "dict";
    case Kind::kGlobal:
      return "type";
    case Kind::kObject:
      return "object";
    case Kind::kPersistent:
      return "torch.storage";
  }
  return "";
}

// A key that is not nested, as an element of a tuple's repr.
void AppendRepr(std::string& to, Ref key, const Values& values,
                Globals& globals, int depth, size_t most) {
  if (to.size() > most) return;
  const Kind kind = values.KindOf(key);
  if (kind == Kind::kStr || kind == Kind::kPy2Str) {
    std::string text;
    AppendText(text, key, values);
    AppendQuoted(to, text);
    return;
  }
  if (kind == Kind::kBytes) {
    to += 'b';
    std::string text;
    AppendText(text, key, values);
    AppendQuoted(to, text);
    return;
  }
  if (kind != Kind::kTuple) {
    AppendKey(to, key, values, globals);
    return;
  }
  constexpr int kMaxDepth = 8;
  if (depth == kMaxDepth) {
    to += "(...)";
    return;
  }
  const auto members = values.ItemsOf(key);
  to += '(';
  for (size_t i = 0; i < members.size(); ++i) {
    if (i > 0) to += ", ";
    if (to.size() > most) {
      to += "...";
      break;
    }
    AppendRepr(to, members[i], values, globals, depth + 1, most);
  }
  to += members.size() == 1 ? ",)" : ")";
}

template <typename Float>
void AppendFloatOf(std::string& to, Float value) {
  if (std::isnan(value)) {
    to += "nan";
    return;
  }
  if (std::isinf(value)) {
    to += value < 0 ? "-inf" : "inf";
    return;
  }
  // Python: shortest digits; an exponent below 1e-4 and from 1e16 on.
  const double magnitude = std::abs(value);
  const bool fixed = value == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof digits, value,
                                 fixed ? std::chars_format::fixed
                                       : std::chars_format::scientific)
                       .ptr;
  const std::string_view text(digits, static_cast<size_t>(end - digits));
  to += text;
  if (fixed && text.find('.') == text.npos) to += ".0";
}

}  // namespace

void AppendFloat(std::string& to, double value) { AppendFloatOf(to, value); }

void AppendFloat(std::string& to, float value) { AppendFloatOf(to, value); }

std::string ClassName(Ref ref, const Values& values, Globals& globals) {
  Ref callable = values.CallableOf(ref);
  if (globals.MeaningOf(callable) == Meaning::kReconstructor) {
    const auto args = values.ItemsOf(values.ArgsOf(ref));
    if (!args.empty()) callable = args[0];
  }
  if (values.Is(callable, Kind::kGlobal)) return globals.NameOf(callable);
  return "object";
}

void AppendKey(std::string& to, Ref key, const Values& values,
               Globals& globals) {
  switch (values.KindOf(key)) {
    case Kind::kStr:
    case Kind::kPy2Str:
    case Kind::kBytes:
      AppendText(to, key, values);
      return;
    case Kind::kInt: {
      char digits[24];
      const auto end =
          std::to_chars(digits, digits + sizeof digits, values.IntOf(key)).ptr;
      to.append(digits, end);
      return;
    }
    case Kind::kBigInt:
      AppendBigInt(to, key, values);
      return;
    case Kind::kBool:
      to += key == Ref::kTrue ? "True" : "False";
      return;
    case Kind::kNone:
      to += "None";
      return;
    case Kind::kFloat:
      AppendFloat(to, values.FloatOf(key));
      return;
    case Kind::kTuple:
      AppendRepr(to, key, values, globals, 0, to.size() + kLongestRepr);
      return;
    case Kind::kGlobal:
      to += '<' + globals.NameOf(key) + '>';
      return;
    case Kind::kObject: {
      switch (globals.MeaningOf(values.CallableOf(key))) {
        case Meaning::kEncode: {  // how protocol 2 writes bytes
          const auto args = values.ItemsOf(values.ArgsOf(key));
          if (!args.empty() && values.Is(args[0], Kind::kStr)) {
            to += values.TextOf(args[0]);
          }
          return;
        }
        case Meaning::kRebuildParameter:
        case Meaning::kRebuildParameterWithState:
          to += "<torch.nn.parameter.Parameter>";
          return;
        case Meaning::kRebuildTensor:
        case Meaning::kRebuildTensorV2:
        case Meaning::kRebuildTensorV3:
        case Meaning::kRebuildQtensor:
        case Meaning::kRebuildSparseTensor:
        case Meaning::kRebuildSparseCsrTensor:
        case Meaning::kRebuildNestedTensor:
        case Meaning::kRebuildMetaTensor:
          to += "<torch.Tensor>";
          return;
        default:
          to += '<' + ClassName(key, values, globals) + '>';
          return;
      }
    }
    default:
      to += '<';
      to += KindName(values.KindOf(key));
      to += '>';
      return;
  }
}

std::string TypeName(Ref ref, const Values& values, Globals& globals) {
  const Kind kind = values.KindOf(ref);
  if (kind != Kind::kObject) return std::string(KindName(kind));
  switch (globals.MeaningOf(values.CallableOf(ref))) {
    case Meaning::kOrderedDict:
    case Meaning::kDefaultDict:
    case Meaning::kCounter:
    case Meaning::kDict:
      return "dict";
    case Meaning::kDeque:
    case Meaning::kList:
      return "list";
    case Meaning::kSet:
    case Meaning::kFrozenSet:
      return "set";
    case Meaning::kTuple:
      return "tuple";
    case Meaning::kEncode:
      return "bytes";
    default:
      break;
  }
  std::string name = ClassName(ref, values, globals);
  if (name == "numpy.core.multiarray._reconstruct" ||
      name == "numpy._core.multiarray._reconstruct") {
    return "numpy.ndarray";
  }
  return name;
}

std::string ShortValue(Ref ref, const Values& values, Globals& globals) {
  constexpr size_t kShort = 60;
  switch (values.KindOf(ref)) {
    case Kind::kStr:
    case Kind::kPy2Str: {
      if (values.TextOf(ref).size() > kShort) return {};
      std::string text;
      AppendText(text, ref, values);
      return text;
    }
    case Kind::kInt:
    case Kind::kBool:
    case Kind::kNone:
    case Kind::kFloat: {
      std::string text;
      AppendKey(text, ref, values, globals);
      return text;
    }
    case Kind::kGlobal:
      return globals.NameOf(ref);
    default:
      return {};
  }
}

}  // namespace ptscope::torch
