#include "torch/python_text.h"

#include <fmt/format.h>

#include <cstdlib>
#include <iterator>

#include "base/checked_math.h"
#include "base/utf8.h"
#include "torch/keys.h"

namespace ptscope::torch {

using pickle::Kind;
using pickle::Ref;

namespace {

constexpr int64_t kSecond = 1'000'000;  // microseconds
constexpr int64_t kMinute = 60 * kSecond;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kDay = 24 * kHour;

unsigned Byte(const std::string& bytes, size_t i) {
  return static_cast<uint8_t>(bytes[i]);
}

// "12:34:56" and ".000007" where there is a part of a second. Nothing: it is no
// time. `at` is where the hour stands, behind it minute, second and three bytes
// of microseconds.
std::optional<std::string> ClockText(const std::string& bytes, size_t at) {
  const unsigned hour = Byte(bytes, at);
  const unsigned minute = Byte(bytes, at + 1);
  const unsigned second = Byte(bytes, at + 2);
  const unsigned micro = Byte(bytes, at + 3) << 16 | Byte(bytes, at + 4) << 8 |
                         Byte(bytes, at + 5);
  if (hour > 23 || minute > 59 || second > 59 || micro >= kSecond) return {};
  std::string text = fmt::format("{:02}:{:02}:{:02}", hour, minute, second);
  if (micro != 0) text += fmt::format(".{:06}", micro);
  return text;
}

// "2024-05-01" of two bytes of year, month and day.
std::optional<std::string> DayText(const std::string& bytes) {
  const unsigned year = Byte(bytes, 0) << 8 | Byte(bytes, 1);
  // The highest bit says which of two equal wall clock times is meant.
  const unsigned month = Byte(bytes, 2) & 0x7F;
  const unsigned day = Byte(bytes, 3);
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 ||
      day > 31) {
    return {};
  }
  return fmt::format("{:04}-{:02}-{:02}", year, month, day);
}

std::string DurationText(int64_t micros) {
  std::string text = micros < 0 ? "-P" : "P";
  const int64_t total = std::abs(micros);
  if (total >= kDay) text += fmt::format("{}D", total / kDay);
  const int64_t rest = total % kDay;
  if (rest == 0 && total != 0) return text;
  text += 'T';
  if (rest >= kHour) text += fmt::format("{}H", rest / kHour);
  if (rest % kHour >= kMinute) {
    text += fmt::format("{}M", rest % kHour / kMinute);
  }
  const int64_t seconds = rest % kMinute / kSecond;
  const int64_t micro = rest % kSecond;
  if (micro != 0) {
    std::string digits = fmt::format("{:06}", micro);
    digits.erase(digits.find_last_not_of('0') + 1);
    text += fmt::format("{}.{}S", seconds, digits);
  } else if (seconds != 0 || total == 0) {
    text += fmt::format("{}S", seconds);
  }
  return text;
}

// "+02:00", as Python writes it.
std::string OffsetText(int64_t micros) {
  const int64_t total = std::abs(micros);
  std::string text = fmt::format("{}{:02}:{:02}", micros < 0 ? '-' : '+',
                                 total / kHour, total % kHour / kMinute);
  if (total % kMinute != 0) {
    text += fmt::format(":{:02}", total % kMinute / kSecond);
  }
  if (total % kSecond != 0) text += fmt::format(".{:06}", total % kSecond);
  return text;
}

}  // namespace

std::optional<std::string> PythonText::Of(Ref object) {
  const Ref callable = values_.CallableOf(object);
  const auto args = values_.ItemsOf(values_.ArgsOf(object));
  const Known known = known_.Of(callable);
  if (known == Known::kUuid) return Uuid(object);
  if (values_.StateOf(object) != Ref::kAbsent ||
      values_.KwargsOf(object) != Ref::kAbsent ||
      values_.CountOf(object) != 0) {
    return {};
  }
  switch (globals_.MeaningOf(callable)) {
    case Meaning::kDevice:
      return Device(args);
    case Meaning::kGetLayout:
      return Layout(args);
    default:
      break;
  }
  switch (known) {
    case Known::kDate:
      return Date(args);
    case Known::kDateTime:
      return DateTime(args);
    case Known::kTime:
      return Time(args);
    case Known::kTimeDelta:
      return TimeDelta(args);
    case Known::kTimeZone:
      return Offset(object);
    case Known::kPosixPath:
      return Path(args, '/');
    case Known::kWindowsPath:
      return Path(args, '\\');
    case Known::kDecimal:
      return args.size() == 1 ? Text(args, 0) : std::nullopt;
    case Known::kFraction:
      return Fraction(args);
    default:
      return {};
  }
}

// A str.
std::optional<std::string> PythonText::Text(Args args, size_t i) const {
  if (i >= args.size()) return {};
  const Kind kind = values_.KindOf(args[i]);
  if (kind != Kind::kStr && kind != Kind::kPy2Str) return {};
  return std::string(values_.TextOf(args[i]));
}

std::optional<std::string> PythonText::Date(Args args) {
  if (args.size() != 1 || bytes_.CountOf(args[0]) != 4) return {};
  return DayText(bytes_.Read(args[0], 4));
}

// (10 bytes[, zone]).
std::optional<std::string> PythonText::DateTime(Args args) {
  if (args.empty() || args.size() > 2 || bytes_.CountOf(args[0]) != 10) {
    return {};
  }
  const std::string bytes = bytes_.Read(args[0], 10);
  auto text = DayText(bytes);
  const auto clock = ClockText(bytes, 4);
  if (!text || !clock) return {};
  *text += 'T' + *clock;
  if (args.size() == 1 || args[1] == Ref::kNone) return text;
  const auto offset = Offset(args[1]);
  if (!offset) return {};
  return *text + *offset;
}

// (6 bytes[, zone]).
std::optional<std::string> PythonText::Time(Args args) {
  if (args.empty() || args.size() > 2 || bytes_.CountOf(args[0]) != 6) {
    return {};
  }
  std::string bytes = bytes_.Read(args[0], 6);
  bytes[0] = static_cast<char>(bytes[0] & 0x7F);
  auto text = ClockText(bytes, 0);
  if (!text || args.size() == 1 || args[1] == Ref::kNone) return text;
  const auto offset = Offset(args[1]);
  if (!offset) return {};
  return *text + *offset;
}

// (days, seconds, microseconds), each but the first not negative.
std::optional<int64_t> PythonText::Microseconds(Args args) {
  if (args.size() != 3) return {};
  for (const Ref arg : args) {
    if (!values_.Is(arg, Kind::kInt)) return {};
  }
  const int64_t days = values_.IntOf(args[0]);
  const int64_t seconds = values_.IntOf(args[1]);
  const int64_t micros = values_.IntOf(args[2]);
  // What a 64-bit number of microseconds holds; timedelta has ten times that.
  constexpr int64_t kMostDays = 100'000'000;
  if (days < -kMostDays || days > kMostDays || seconds < 0 ||
      seconds >= 86400 || micros < 0 || micros >= kSecond) {
    return {};
  }
  return days * kDay + seconds * kSecond + micros;
}

std::optional<std::string> PythonText::TimeDelta(Args args) {
  const auto micros = Microseconds(args);
  if (!micros) return {};
  return DurationText(*micros);
}

// Of a timezone(timedelta[, name]).
std::optional<std::string> PythonText::Offset(Ref zone) {
  if (!values_.Is(zone, Kind::kObject) ||
      known_.Of(values_.CallableOf(zone)) != Known::kTimeZone ||
      values_.StateOf(zone) != Ref::kAbsent) {
    return {};
  }
  const auto args = values_.ItemsOf(values_.ArgsOf(zone));
  if (args.empty() || args.size() > 2) return {};
  const Ref delta = args[0];
  if (!values_.Is(delta, Kind::kObject) ||
      known_.Of(values_.CallableOf(delta)) != Known::kTimeDelta) {
    return {};
  }
  const auto micros = Microseconds(values_.ItemsOf(values_.ArgsOf(delta)));
  if (!micros || std::abs(*micros) >= kDay) return {};
  return OffsetText(*micros);
}

// The parts, joined; one that is absolute begins anew.
std::optional<std::string> PythonText::Path(Args args, char separator) {
  std::string path;
  for (size_t i = 0; i < args.size(); ++i) {
    const auto part = Text(args, i);
    if (!part) return {};
    if (part->starts_with(separator) && separator == '/') path.clear();
    if (!path.empty() && !path.ends_with(separator)) path += separator;
    path += *part;
  }
  return path.empty() ? "." : path;
}

// ("1/3") or (1, 3).
std::optional<std::string> PythonText::Fraction(Args args) {
  if (args.size() == 1) return Text(args, 0);
  if (args.size() != 2) return {};
  std::string text;
  for (const Ref arg : args) {
    const Kind kind = values_.KindOf(arg);
    if (kind != Kind::kInt && kind != Kind::kBigInt) return {};
    if (!text.empty()) text += '/';
    AppendKey(text, arg, values_, globals_);
  }
  return text;
}

// Its state has the number.
std::optional<std::string> PythonText::Uuid(Ref object) {
  const Ref state = values_.StateOf(object);
  constexpr uint32_t kFew = 16;  // members: what is looked through
  if (state == Ref::kAbsent || !values_.Is(state, Kind::kDict) ||
      values_.CountOf(state) > kFew) {
    return {};
  }
  const Ref number = dicts_.Find(state, "int");
  if (number == Ref::kAbsent) return {};
  std::string bytes;  // least significant first
  if (values_.Is(number, Kind::kInt)) {
    auto value = static_cast<uint64_t>(values_.IntOf(number));
    if (values_.IntOf(number) < 0) return {};
    for (int i = 0; i < 8; ++i, value >>= 8) {
      bytes += static_cast<char>(value & 0xFF);
    }
  } else if (values_.Is(number, Kind::kBigInt) &&
             !values_.BigIntIsText(number)) {
    bytes = values_.TextOf(number);
    // A 17th byte is there for the sign alone.
    if (bytes.size() == 17 && bytes.back() == 0) bytes.pop_back();
    if (bytes.size() > 16) return {};
  } else {
    return {};
  }
  bytes.resize(16);
  std::string text;
  for (size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", Byte(bytes, 15 - i));
  }
  return text;
}

// ("cpu") or ("cuda", 1).
std::optional<std::string> PythonText::Device(Args args) {
  auto text = Text(args, 0);
  if (!text || args.size() > 2) return {};
  if (args.size() == 1) return text;
  if (!values_.Is(args[1], Kind::kInt)) return {};
  return fmt::format("{}:{}", *text, values_.IntOf(args[1]));
}

std::optional<std::string> PythonText::Layout(Args args) {
  return args.size() == 1 ? Text(args, 0) : std::nullopt;
}

}  // namespace ptscope::torch
