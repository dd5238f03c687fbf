// Result<T>: a value or an Error. The one way in which library functions fail.
//
// The member names are those of std::expected, so that the type can become an
// alias of it one day. No exception leaves the library.
#ifndef PTSCOPE_RESULT_H_
#define PTSCOPE_RESULT_H_

#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace ptscope {

// Name, the word that programs see in `error.code`, and what it means.
#define PTSCOPE_ERROR_CODES(X)                                            \
  X(kUsage, "usage", "the request itself is wrong")                       \
  X(kIo, "io", "the operating system refused to open or read the file")   \
  X(kNotCheckpoint, "not_checkpoint", "the file is something else")       \
  X(kUnsupported, "unsupported", "a checkpoint that is not read (yet)")   \
  X(kDamaged, "damaged", "a checkpoint that cannot be listed whole")      \
  X(kLimit, "limit", "a limit was reached; --max raises it")              \
  X(kManifest, "manifest", "the reference is malformed or has no tensor") \
  X(kConfig, "config", "the model configuration is missing or malformed")

enum class ErrorCode : uint8_t {
#define X(name, word, text) name,
  PTSCOPE_ERROR_CODES(X)
#undef X
};

// The word of the table above.
std::string_view ToWord(ErrorCode code);

// Why no answer can be given. `offset` is in bytes and counts within `record`,
// or within the file where `record` is empty. Strings may hold bytes of the
// file: escape them before they reach a terminal (base/escape.h).
struct Error {
  ErrorCode code = ErrorCode::kDamaged;
  std::string message;  // what is wrong; lower case, no full stop
  std::string record = {};
  std::optional<uint64_t> offset = {};
  std::string found = {};     // empty: nothing to show
  std::string expected = {};  // empty: nothing to show
  std::string hint = {};      // the next step; empty: none
  std::string place = {};     // "LINE:COLUMN" of a text file, both from 1
  // Nothing of the file that was meant is there: it is missing, empty, blank,
  // a pointer to what is elsewhere, or a page of the server that had it.
  bool placeholder = false;

  // "data.pkl+0x1a3: message: found F, expected E; hint", without the file and
  // without `place`: the caller writes FILE:LINE:COLUMN.
  std::string Text() const;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}  // NOLINT: implicit by design
  Result(Error error)                            // NOLINT: implicit by design
      : state_(std::make_unique<Error>(std::move(error))) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }

  Error& error() { return *std::get<1>(state_); }
  const Error& error() const { return *std::get<1>(state_); }

 private:
  std::variant<T, std::unique_ptr<Error>> state_;
};

struct Unit {};

// Success without a value, or an Error.
class [[nodiscard]] Status : public Result<Unit> {
 public:
  Status() : Result(Unit{}) {}
  Status(Error error) : Result(std::move(error)) {}  // NOLINT: implicit
};

}  // namespace ptscope

#define PTSCOPE_CONCAT_INNER(a, b) a##b
#define PTSCOPE_CONCAT(a, b) PTSCOPE_CONCAT_INNER(a, b)

// PTSCOPE_TRY(auto dir, ReadDirectory(src)); returns the error, or goes on.
#define PTSCOPE_TRY(declaration, expression) \
  PTSCOPE_TRY_INNER(declaration, expression, PTSCOPE_CONCAT(try_, __LINE__))
#define PTSCOPE_TRY_INNER(declaration, expression, name) \
  auto name = (expression);                              \
  if (!name) return std::move(name.error());             \
  declaration = *std::move(name)

// PTSCOPE_CHECK(Validate(dir)); the same for what has no value.
#define PTSCOPE_CHECK(expression)                    \
  do {                                               \
    auto status_ = (expression);                     \
    if (!status_) return std::move(status_.error()); \
  } while (false)

#endif  // PTSCOPE_RESULT_H_
