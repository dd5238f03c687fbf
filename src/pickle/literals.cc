#include "pickle/literals.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/utf8.h"

namespace ptscope::pickle {

namespace {

constexpr std::string_view kBlanks = " \t\n\r\f\v";

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The number that exactly n hexadecimal digits make.
std::optional<uint32_t> HexNumber(std::string_view text, size_t n) {
  if (text.size() < n) return std::nullopt;
  uint32_t value = 0;
  for (size_t i = 0; i < n; ++i) {
    const int digit = HexDigit(text[i]);
    if (digit < 0) return std::nullopt;
    value = value << 4 | static_cast<uint32_t>(digit);
  }
  return value;
}

// Digits in a base, after an optional sign.
std::optional<IntLiteral> ParseDigits(std::string_view sign_and_digits,
                                      std::string_view digits, bool negative,
                                      int base) {
  if (digits.empty()) return std::nullopt;
  uint64_t magnitude = 0;
  const char* end = digits.data() + digits.size();
  const auto [p, ec] = std::from_chars(digits.data(), end, magnitude, base);
  if (p != end || ec == std::errc::invalid_argument) return std::nullopt;
  constexpr uint64_t kMin = 1ull << 63;
  if (ec == std::errc::result_out_of_range ||
      magnitude > kMin - (negative ? 0 : 1)) {
    return IntLiteral{0, std::string(sign_and_digits)};
  }
  return IntLiteral{static_cast<int64_t>(negative ? 0 - magnitude : magnitude),
                    {}};
}

// A backslash escape of a bytes literal that begins at `i` (behind the
// backslash). Appends to `to` and moves `i` past it.
bool Unescape(std::string_view body, size_t& i, std::string& to) {
  const char c = body[i++];
  switch (c) {
    case '\\':
    case '\'':
    case '"':
      to.push_back(c);
      return true;
    case '\n':
      return true;
    case 'a':
      to.push_back('\a');
      return true;
    case 'b':
      to.push_back('\b');
      return true;
    case 'f':
      to.push_back('\f');
      return true;
    case 'n':
      to.push_back('\n');
      return true;
    case 'r':
      to.push_back('\r');
      return true;
    case 't':
      to.push_back('\t');
      return true;
    case 'v':
      to.push_back('\v');
      return true;
    case 'x': {
      const auto value = HexNumber(body.substr(i), 2);
      if (!value) return false;
      to.push_back(static_cast<char>(*value));
      i += 2;
      return true;
    }
    default:
      break;
  }
  if (c < '0' || c > '7') {  // no escape: both stay
    to.push_back('\\');
    to.push_back(c);
    return true;
  }
  unsigned value = static_cast<unsigned>(c - '0');
  for (int n = 1; n < 3 && i < body.size() && body[i] >= '0' && body[i] <= '7';
       ++n) {
    value = value * 8 + static_cast<unsigned>(body[i++] - '0');
  }
  to.push_back(static_cast<char>(value));
  return true;
}

}  // namespace

std::optional<IntLiteral> ParseInt(std::string_view line) {
  const std::string_view text = Trim(line);
  std::string_view digits = text;
  bool negative = false;
  if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) {
    negative = digits[0] == '-';
    digits.remove_prefix(1);
  }
  int base = 10;
  if (digits.size() > 1 && digits[0] == '0') {
    if (digits[1] == 'x' || digits[1] == 'X') {
      base = 16;
      digits.remove_prefix(2);
    } else {
      base = 8;
    }
  }
  return ParseDigits(text, digits, negative, base);
}

std::optional<IntLiteral> ParseLong(std::string_view line) {
  std::string_view text = Trim(line);
  if (text.ends_with('L')) text.remove_suffix(1);
  std::string_view digits = text;
  bool negative = false;
  if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) {
    negative = digits[0] == '-';
    digits.remove_prefix(1);
  }
  return ParseDigits(text, digits, negative, 10);
}

std::optional<double> ParseFloat(std::string_view line) {
  std::string_view text = Trim(line);
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [p, ec] = std::from_chars(text.data(), end, value);
  if (p != end) return std::nullopt;
  if (ec == std::errc()) return value;
  // Too small is 0 to Python, too large an error; from_chars does not tell.
  if (ec == std::errc::result_out_of_range &&
      std::abs(std::strtod(std::string(text).c_str(), nullptr)) < 1) {
    return 0.0;
  }
  return std::nullopt;
}

std::optional<uint64_t> ParseIndex(std::string_view line) {
  const std::string_view text = Trim(line);
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [p, ec] = std::from_chars(text.data(), end, value);
  if (text.empty() || p != end || ec != std::errc()) return std::nullopt;
  return value;
}

std::optional<std::string> ParseQuoted(std::string_view line) {
  line = Trim(line);
  if (line.size() < 2 || line.front() != line.back() ||
      (line.front() != '\'' && line.front() != '"')) {
    return std::nullopt;
  }
  const std::string_view body = line.substr(1, line.size() - 2);
  std::string bytes;
  bytes.reserve(body.size());
  for (size_t i = 0; i < body.size();) {
    if (body[i] != '\\') {
      bytes.push_back(body[i++]);
      continue;
    }
    if (++i == body.size()) return std::nullopt;
    if (!Unescape(body, i, bytes)) return std::nullopt;
  }
  return bytes;
}

std::optional<std::string> ParseRawUnicode(std::string_view line) {
  std::string text;
  text.reserve(line.size());
  // An escape counts only behind an odd number of backslashes.
  size_t backslashes = 0;
  for (size_t i = 0; i < line.size();) {
    const char c = line[i];
    if (c != '\\') {
      backslashes = 0;
      AppendUtf8(text, static_cast<uint8_t>(c));
      ++i;
      continue;
    }
    ++backslashes;
    const char next = i + 1 < line.size() ? line[i + 1] : '\0';
    if (backslashes % 2 == 1 && (next == 'u' || next == 'U')) {
      const size_t n = next == 'u' ? 4 : 8;
      const auto value = HexNumber(line.substr(i + 2), n);
      if (!value || *value > 0x10FFFF) return std::nullopt;
      AppendUtf8(text, *value);
      i += 2 + n;
      backslashes = 0;
      continue;
    }
    text.push_back(c);
    ++i;
  }
  return text;
}

std::optional<int64_t> ParseTwosComplement(std::string_view bytes) {
  if (bytes.empty()) return 0;
  // Sign bytes beyond the eighth say nothing.
  const bool negative = (bytes.back() & 0x80) != 0;
  const char sign = negative ? '\xFF' : '\0';
  while (bytes.size() > 8 && bytes.back() == sign) bytes.remove_suffix(1);
  if (bytes.size() > 8) return std::nullopt;
  if (bytes.size() == 8 && ((bytes.back() & 0x80) != 0) != negative) {
    return std::nullopt;
  }
  uint64_t value = negative ? ~uint64_t{0} : 0;
  for (size_t i = bytes.size(); i-- > 0;) {
    value = value << 8 | static_cast<uint8_t>(bytes[i]);
  }
  return static_cast<int64_t>(value);
}

}  // namespace ptscope::pickle
