#include "json/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/detail/impl/default_resource.ipp>
#include <boost/json/detail/impl/shared_resource.ipp>
#include <boost/json/detail/impl/stack.ipp>
#include <boost/json/impl/error.ipp>
#include <functional>
#include <string>

#include "base/arena.h"
#include "base/text_place.h"
#include "base/utf8.h"
#include "json/key_set.h"

namespace ptscope {

// Boost's parser is header-only; the .ipp files above hold what its templates
// call, so that no library is linked.
namespace json = boost::json;

JsonHandler::~JsonHandler() = default;

bool JsonHandler::Fail(Error error) {
  error_ = std::move(error);
  return false;
}

namespace {

// What may stand between two tokens.
bool IsBetween(char c) {
  return c == ' ' || c == ',' || c == ':' || c == '\n' || c == '\r' ||
         c == '\t';
}

// A place within the text, in words.
std::string PlaceWords(std::string_view text, uint64_t offset,
                       const JsonOptions& options) {
  return options.begins_at
             ? fmt::format("offset {:#x}", *options.begins_at + offset)
             : PlaceOf(text, offset);
}

void SetPlace(std::string_view text, uint64_t offset,
              const JsonOptions& options, Error& error) {
  if (options.begins_at) {
    error.offset = *options.begins_at + offset;
  } else {
    error.place = PlaceOf(text, offset);
  }
}

bool IsNumeric(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' ||
         c == 'e' || c == 'E';
}

}  // namespace

// Between Boost's parser and a JsonHandler: assembles strings, refuses keys
// that are there twice, and finds where each token begins, which the parser
// does not tell: behind the last one, white space, a comma or a colon.
class JsonEvents {
 public:
  static constexpr size_t max_object_size = SIZE_MAX;
  static constexpr size_t max_array_size = SIZE_MAX;
  static constexpr size_t max_key_size = SIZE_MAX;
  static constexpr size_t max_string_size = SIZE_MAX;

  using Code = json::error_code;

  JsonEvents(std::string_view text, JsonHandler& handler,
             const JsonOptions& options)
      : text_(text), handler_(handler), options_(options) {}

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }

  bool on_object_begin(Code& ec) {
    Enter(1);
    keys_.Open();
    return Check(handler_.OnObjectBegin(), ec);
  }
  bool on_object_end(size_t, Code& ec) {
    Enter(1);
    keys_.Close();
    return Check(handler_.OnObjectEnd(), ec);
  }
  bool on_array_begin(Code& ec) {
    Enter(1);
    return Check(handler_.OnArrayBegin(), ec);
  }
  bool on_array_end(size_t, Code& ec) {
    Enter(1);
    return Check(handler_.OnArrayEnd(), ec);
  }

  bool on_key_part(std::string_view part, size_t, Code&) { return Add(part); }
  bool on_key(std::string_view part, size_t, Code& ec) {
    const std::string_view key = EnterString(part);
    // What is not a piece of the text must be kept for the comparison.
    const bool kept = key.empty() || InText(key);
    const auto first =
        keys_.Add(kept ? key : arena_.Copy(key), handler_.offset_);
    if (first) return Check(Twice(key, *first), ec);
    return Check(handler_.OnKey(key), ec);
  }
  bool on_string_part(std::string_view part, size_t, Code&) {
    return Add(part);
  }
  bool on_string(std::string_view part, size_t, Code& ec) {
    return Check(handler_.OnString(EnterString(part)), ec);
  }

  bool on_number_part(std::string_view, Code&) { return true; }
  bool on_int64(int64_t value, std::string_view part, Code& ec) {
    EnterNumber(part);
    return Check(handler_.OnInt64(value), ec);
  }
  bool on_uint64(uint64_t value, std::string_view part, Code& ec) {
    EnterNumber(part);
    return Check(handler_.OnUint64(value), ec);
  }
  bool on_double(double value, std::string_view part, Code& ec) {
    EnterNumber(part);
    return Check(handler_.OnDouble(value), ec);
  }
  bool on_bool(bool value, Code& ec) {
    Enter(value ? 4 : 5);
    return Check(handler_.OnBool(value), ec);
  }
  bool on_null(Code& ec) {
    Enter(4);
    return Check(handler_.OnNull(), ec);
  }
  bool on_comment_part(std::string_view, Code&) { return true; }
  bool on_comment(std::string_view, Code&) { return true; }

  // Where the next token begins.
  size_t Next() {
    while (next_ < text_.size() && IsBetween(text_[next_])) ++next_;
    return next_;
  }
  std::optional<Error>& error() { return handler_.error_; }
  uint64_t offset() const { return handler_.offset_; }

 private:
  void Enter(size_t length) {
    handler_.offset_ = Next();
    next_ += length;
  }
  // A token whose text is known, between so many quotes on each side.
  void EnterPart(std::string_view part, size_t quotes) {
    handler_.offset_ = static_cast<size_t>(part.data() - text_.data()) - quotes;
    next_ = handler_.offset_ + part.size() + 2 * quotes;
  }
  void EnterNumber(std::string_view part) {
    if (!part.empty() && InText(part)) return EnterPart(part, 0);
    const size_t begin = Next();
    size_t end = begin;
    while (end < text_.size() && IsNumeric(text_[end])) ++end;
    Enter(end - begin);
  }
  // The whole string; `part` is its last part.
  std::string_view EnterString(std::string_view part) {
    if (parts_.empty() && !part.empty() && InText(part)) {
      EnterPart(part, 1);
      return part;
    }
    const size_t begin = Next();
    parts_ += part;
    size_t end = begin + 1;
    while (text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
    Enter(end + 1 - begin);
    whole_.swap(parts_);
    parts_.clear();
    return whole_;
  }
  bool Add(std::string_view part) {
    parts_ += part;
    return true;
  }
  bool InText(std::string_view part) const {
    const std::less_equal<const char*> before;
    return before(text_.data(), part.data()) &&
           before(part.data() + part.size(), text_.data() + text_.size());
  }

  bool Twice(std::string_view key, uint64_t first) {
    return handler_.Fail(
        {.code = options_.code,
         .message = fmt::format("the key \"{}\" is there twice, first at {}",
                                key, PlaceWords(text_, first, options_))});
  }
  bool Check(bool go_on, Code& ec) {
    if (!go_on) ec = json::make_error_code(json::error::test_failure);
    return go_on;
  }

  const std::string_view text_;
  JsonHandler& handler_;
  const JsonOptions& options_;
  size_t next_ = 0;    // the last token ends here
  std::string parts_;  // of a string with escapes, so far
  std::string whole_;  // the last such string
  KeySet keys_;
  Arena arena_;  // keys with escapes
};

namespace {

std::string_view WordsOf(json::error error) {
  switch (error) {
    case json::error::incomplete:
      return "the JSON ends early";
    case json::error::extra_data:
      return "more follows where the JSON has ended";
    case json::error::exponent_overflow:
      return "the number is too large";
    case json::error::illegal_leading_surrogate:
    case json::error::illegal_trailing_surrogate:
    case json::error::expected_hex_digit:
    case json::error::expected_utf16_escape:
      return "a \\u escape has not four digits, or is half of a surrogate pair";
    default:
      return "this is not JSON";
  }
}

// What stands at text[offset], to be shown.
std::string FoundAt(std::string_view text, size_t offset) {
  if (offset >= text.size()) return "the end";
  const CodePoint c = DecodeUtf8(text, offset);
  if (c.length == 0) return "a byte that is not UTF-8";
  if (c.value < 0x20) return fmt::format("U+{:04X}", uint32_t{c.value});
  return fmt::format("`{}`", text.substr(offset, c.length));
}

Error SyntaxError(std::string_view text, size_t offset, json::error error,
                  const JsonOptions& options) {
  offset = std::min(offset, text.size());
  Error result{.code = options.code,
               .message = std::string(WordsOf(error)),
               .found = FoundAt(text, offset)};
  SetPlace(text, offset, options, result);
  return result;
}

Error DepthError(std::string_view text, size_t offset, uint64_t limit,
                 const JsonOptions& options) {
  Error error{.code = ErrorCode::kLimit,
              .message = "the JSON is nested too deeply",
              .expected = fmt::format("at most {} levels", limit),
              .hint = "--max json_depth=N raises the limit"};
  SetPlace(text, offset, options, error);
  return error;
}

}  // namespace

Status ParseJson(std::string_view text, JsonHandler& handler,
                 const JsonOptions& options) {
  if (text.starts_with("\xEF\xBB\xBF")) {
    Error error{.code = options.code,
                .message = "the text begins with a byte order mark",
                .hint = "save it as UTF-8 without one"};
    SetPlace(text, 0, options, error);
    return error;
  }
  const uint64_t depth = std::min(options.max_depth, kDeepestJson);
  json::parse_options parse;
  parse.max_depth = static_cast<size_t>(depth);
  json::basic_parser<JsonEvents> parser(parse, text, handler, options);
  json::error_code ec;
  const size_t used = parser.write_some(false, text.data(), text.size(), ec);
  JsonEvents& events = parser.handler();
  if (events.error()) {
    Error error = *std::move(events.error());
    if (error.place.empty()) {
      SetPlace(text, error.offset.value_or(events.offset()), options, error);
    }
    return error;
  }
  if (!ec && used == text.size()) return {};
  const auto error =
      ec ? static_cast<json::error>(ec.value()) : json::error::extra_data;
  if (error == json::error::too_deep) {
    return DepthError(text, events.Next(), depth, options);
  }
  return SyntaxError(text, used, error, options);
}

}  // namespace ptscope
