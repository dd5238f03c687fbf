#include "format/wrong_input_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"

namespace ptscope::format {

namespace {

constexpr size_t kQuoted = 200;  // bytes quoted from the file

bool IsSpace(char c) {
  return std::string_view(" \t\r\n").find(c) != std::string_view::npos;
}

}  // namespace

bool IsText(const Input& in) {
  const std::string_view s = in.head;
  for (size_t i = 0; i < s.size();) {
    const CodePoint c = DecodeUtf8(s, i);
    if (c.length == 0) return in.size > s.size() && s.size() - i < 4;
    if (c.value == 0x7F || (c.value < ' ' && !IsSpace(s[i]) && s[i] != '\f')) {
      return false;
    }
    i += c.length;
  }
  return true;
}

bool IsBinary(const Input& in) { return !IsText(in); }

std::string_view TextOf(const Input& in) {
  std::string_view s = in.head;
  if (s.starts_with("\xEF\xBB\xBF")) s.remove_prefix(3);
  return TrimLeft(s);
}

std::string_view TrimLeft(std::string_view s) {
  while (!s.empty() && IsSpace(s.front())) s.remove_prefix(1);
  return s;
}

std::string_view Trim(std::string_view s) {
  s = TrimLeft(s);
  while (!s.empty() && IsSpace(s.back())) s.remove_suffix(1);
  return s;
}

std::string_view TakeLine(std::string_view& s) {
  const size_t end = std::min(s.find('\n'), s.size());
  std::string_view line = s.substr(0, end);
  s.remove_prefix(std::min(end + 1, s.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string Quote(std::string_view s) {
  if (s.empty()) return {};
  if (s.size() <= kQuoted) return fmt::format("\"{}\"", s);
  size_t end = kQuoted;
  while (end > kQuoted - 4 && (s[end] & 0xC0) == 0x80) --end;
  return fmt::format("\"{}...\"", s.substr(0, end));
}

std::string_view JsonValue(std::string_view s, std::string_view key) {
  const size_t at = s.find(fmt::format("\"{}\"", key));
  if (at == std::string_view::npos) return {};
  s = TrimLeft(s.substr(at + key.size() + 2));
  return s.starts_with(':') ? TrimLeft(s.substr(1)) : std::string_view();
}

bool IsManifest(const Input& in) {
  const std::string_view s = TextOf(in);
  return s.starts_with('{') &&
         JsonValue(s, "schema").starts_with("\"ptscope/manifest/");
}

}  // namespace ptscope::format
