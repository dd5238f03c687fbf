// JsonWriter: JSON into one growing buffer, which a sink empties.
//
//   JsonWriter json(sink);
//   json.BeginObject();
//   json.Field("name", name);          // and name_b64 if it is not UTF-8
//   json.Field("nbytes", uint64_t{4});
//   json.EndObject();
//   json.Newline();
//
// It sets commas and colons; that objects and arrays are closed in order, and
// that a key stands before each value of an object, is the caller's part.
//
// Strings: beside what JSON demands, C0, DEL, C1, U+2028, U+2029 and bidi
// controls are written \uXXXX, so that no terminal obeys them. A byte that is
// not UTF-8 becomes U+FFFD.
#ifndef PTSCOPE_JSON_WRITER_H_
#define PTSCOPE_JSON_WRITER_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ptscope {

// Whether a JSON string can hold the text as it is: it is UTF-8.
bool IsJsonText(std::string_view text);

class JsonWriter {
 public:
  using Sink = std::function<void(std::string_view)>;

  enum class Spacing : uint8_t {
    kCompact,  // {"a":1,"b":2}
    kSpaced    // {"a": 1, "b": 2}
  };

  // With a sink the buffer stays near 64 KiB; what is left goes there in
  // Flush(). Without one everything stays in text().
  explicit JsonWriter(Sink sink = {}, Spacing spacing = Spacing::kCompact);
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  void BeginObject() { Open('{'); }
  void EndObject() { Close('}'); }
  void BeginArray() { Open('['); }
  void EndArray() { Close(']'); }

  // A literal of our own: it is not escaped. Inlined, so that its length is
  // known and the copy is a few moves.
  [[gnu::always_inline]] void Key(std::string_view literal) {
    char* p = Separate(literal.size() + 4);
    *p++ = '"';
    std::memcpy(p, literal.data(), literal.size());
    p += literal.size();
    *p++ = '"';
    EndKey(p);
  }
  // A key that comes from a file. False if it is not UTF-8.
  bool TextKey(std::string_view key);

  // False if it is not UTF-8, and so not told in full.
  bool String(std::string_view text);
  void Int(int64_t value) {
    if (value < 0) return BigInt(value);
    Uint(static_cast<uint64_t>(value));
  }
  void Uint(uint64_t value) {
    if (value > 9) return BigUint(value);
    char* p = Separate(1);
    *p++ = static_cast<char>('0' + value);
    EndValue(p);
  }
  // The shortest text that reads back as the same number. JSON has no word for
  // those that are not finite: they become the strings "NaN", "Infinity" and
  // "-Infinity".
  void Double(double value);
  void Bool(bool value) { Literal(value ? "true" : "false"); }
  void Null() { Literal("null"); }
  // Text that is JSON already.
  void Raw(std::string_view json) { Literal(json); }

  // A key of our own and its value: a bool, a number, text, or a span of
  // integers. A string that is not UTF-8 gets a second field,
  // KEY_b64, with its bytes.
  template <typename T>
  [[gnu::always_inline]] void Field(std::string_view key, const T& value) {
    Key(key);
    if constexpr (std::same_as<T, bool>) {
      Bool(value);
    } else if constexpr (std::signed_integral<T>) {
      Int(value);
    } else if constexpr (std::unsigned_integral<T>) {
      Uint(value);
    } else if constexpr (std::floating_point<T>) {
      Double(value);
    } else if constexpr (std::convertible_to<T, std::string_view>) {
      const std::string_view text = value;
      if (!String(text)) [[unlikely]]
        BytesField(key, text);
    } else {
      Ints(value);
    }
  }
  // An array of integers.
  void Ints(std::span<const int64_t> values);

  // Ends a line; no comma follows. Between documents, and before the bracket
  // that closes a broken list.
  void Newline(size_t indent = 0);
  // Begins a line within an object or array, behind the comma that is due.
  void NextLine(size_t indent);

  // Gives the buffer to the sink.
  void Flush();
  // What has been written and not flushed.
  std::string_view text() const { return {buffer_.get(), used()}; }
  void Clear();

 private:
  size_t used() const { return static_cast<size_t>(pos_ - buffer_.get()); }

  // Room for n bytes at the result; pos_ is for the caller to set.
  char* Room(size_t n) {
    if (n > static_cast<size_t>(end_ - pos_)) [[unlikely]]
      MakeRoom(n);
    return pos_;
  }
  void MakeRoom(size_t n);

  // The comma that is due, if any, and room for n bytes behind it.
  char* Separate(size_t n) {
    char* p = Room(n + 2);
    if (comma_) {
      *p++ = ',';
      if (spaced_) *p++ = ' ';
    }
    return p;
  }
  void EndKey(char* p) {
    *p++ = ':';
    if (spaced_) *p++ = ' ';
    pos_ = p;
    comma_ = false;
  }
  void EndValue(char* p) {
    pos_ = p;
    comma_ = true;
  }
  void Open(char bracket) {
    char* p = Separate(1);
    *p++ = bracket;
    pos_ = p;
    comma_ = false;
  }
  void Close(char bracket) {
    char* p = Room(1);
    *p++ = bracket;
    EndValue(p);
  }
  void BigInt(int64_t value);
  void BigUint(uint64_t value);
  void BytesField(std::string_view key, std::string_view bytes);
  void Literal(std::string_view text);
  void Append(std::string_view text);
  bool Quoted(std::string_view text);
  void AppendUnicode(char32_t value);
  size_t AppendOdd(std::string_view text, size_t at, bool& valid);

  const Sink sink_;
  const bool spaced_;
  bool comma_ = false;  // a comma is due before the next key or value
  std::unique_ptr<char[]> buffer_;
  char* pos_ = nullptr;
  char* end_ = nullptr;
};

}  // namespace ptscope

#endif  // PTSCOPE_JSON_WRITER_H_
