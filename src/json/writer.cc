#include "json/writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/base64.h"
#include "base/escape.h"
#include "base/plain_run.h"
#include "base/utf8.h"

namespace ptscope {

namespace {

// The buffer is emptied when the next piece would make it larger.
constexpr size_t kFlushAt = 64 << 10;

// The longest number: "-1.7976931348623157e+308".
constexpr size_t kNumberRoom = 32;

constexpr char kHex[] = "0123456789abcdef";

}  // namespace

bool IsJsonText(std::string_view text) { return IsValidUtf8(text); }

JsonWriter::JsonWriter(Sink sink, Spacing spacing)
    : sink_(std::move(sink)), spaced_(spacing == Spacing::kSpaced) {}

void JsonWriter::MakeRoom(size_t n) {
  if (sink_) Flush();
  const size_t kept = used();
  if (n <= static_cast<size_t>(end_ - pos_)) return;
  size_t capacity = std::max(kFlushAt, kept + n);
  if (kept != 0) capacity = std::max(capacity, 2 * kept);
  auto grown = std::make_unique_for_overwrite<char[]>(capacity);
  if (kept != 0) std::memcpy(grown.get(), buffer_.get(), kept);
  buffer_ = std::move(grown);
  pos_ = buffer_.get() + kept;
  end_ = buffer_.get() + capacity;
}

void JsonWriter::Flush() {
  if (sink_ && used() != 0) sink_(text());
  pos_ = buffer_.get();
}

void JsonWriter::Clear() {
  pos_ = buffer_.get();
  comma_ = false;
}

// Long text goes to the sink in pieces, so that it does not grow the buffer.
void JsonWriter::Append(std::string_view text) {
  while (!text.empty()) {
    const size_t n = sink_ ? std::min(text.size(), kFlushAt) : text.size();
    char* p = Room(n);
    std::memcpy(p, text.data(), n);
    pos_ = p + n;
    text.remove_prefix(n);
  }
}

void JsonWriter::Literal(std::string_view text) {
  pos_ = Separate(0);
  Append(text);
  comma_ = true;
}

void JsonWriter::BigInt(int64_t value) {
  char* p = Separate(kNumberRoom);
  EndValue(std::to_chars(p, p + kNumberRoom, value).ptr);
}

void JsonWriter::BigUint(uint64_t value) {
  char* p = Separate(kNumberRoom);
  EndValue(std::to_chars(p, p + kNumberRoom, value).ptr);
}

void JsonWriter::Double(double value) {
  if (std::isnan(value)) return Literal("\"NaN\"");
  if (std::isinf(value)) {
    return Literal(value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
  }
  char* p = Separate(kNumberRoom);
  EndValue(std::to_chars(p, p + kNumberRoom, value).ptr);
}

bool JsonWriter::String(std::string_view text) {
  const size_t run = PlainRun<0x20, '"', '\\'>(text, 0);
  if (run == text.size() && run < kFlushAt) [[likely]] {
    char* p = Separate(run + 2);
    *p++ = '"';
    if (run != 0) std::memcpy(p, text.data(), run);  // else data() may be null
    p += run;
    *p++ = '"';
    EndValue(p);
    return true;
  }
  pos_ = Separate(0);
  const bool valid = Quoted(text);
  comma_ = true;
  return valid;
}

bool JsonWriter::TextKey(std::string_view key) {
  const bool valid = String(key);
  EndKey(Room(2));
  return valid;
}

bool JsonWriter::Quoted(std::string_view text) {
  bool valid = true;
  Append("\"");
  size_t at = 0;
  while (true) {
    const size_t run = PlainRun<0x20, '"', '\\'>(text, at);
    Append(text.substr(at, run));
    at += run;
    if (at == text.size()) break;
    at += AppendOdd(text, at, valid);
  }
  Append("\"");
  return valid;
}

// Of a byte that no run of plain text holds; returns how many were used.
size_t JsonWriter::AppendOdd(std::string_view text, size_t at, bool& valid) {
  const CodePoint c = DecodeUtf8(text, at);
  if (c.length == 0) {
    valid = false;
    Append("\uFFFD");
    return 1;
  }
  switch (c.value) {
    case '"':
      Append("\\\"");
      break;
    case '\\':
      Append("\\\\");
      break;
    case '\b':
      Append("\\b");
      break;
    case '\f':
      Append("\\f");
      break;
    case '\n':
      Append("\\n");
      break;
    case '\r':
      Append("\\r");
      break;
    case '\t':
      Append("\\t");
      break;
    default:
      if (c.value < 0x20 || c.value == 0x7F || IsUnsafe(c.value)) {
        AppendUnicode(c.value);
      } else {
        Append(text.substr(at, c.length));
      }
  }
  return c.length;
}

// Of a code point below U+10000.
void JsonWriter::AppendUnicode(char32_t value) {
  const char escape[] = {'\\',
                         'u',
                         kHex[value >> 12 & 15],
                         kHex[value >> 8 & 15],
                         kHex[value >> 4 & 15],
                         kHex[value & 15]};
  Append({escape, sizeof escape});
}

void JsonWriter::BytesField(std::string_view key, std::string_view bytes) {
  std::string bytes_key(key);
  bytes_key += "_b64";
  Key(bytes_key);
  String(EncodeBase64(bytes));
}

void JsonWriter::Ints(std::span<const int64_t> values) {
  BeginArray();
  for (const int64_t value : values) Int(value);
  EndArray();
}

void JsonWriter::Newline(size_t indent) {
  comma_ = false;
  NextLine(indent);
}

void JsonWriter::NextLine(size_t indent) {
  char* p = Room(indent + 2);
  if (comma_) *p++ = ',';
  *p++ = '\n';
  std::memset(p, ' ', indent);
  pos_ = p + indent;
  comma_ = false;
}

}  // namespace ptscope
