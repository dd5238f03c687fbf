// A reader of JSON text that tells what it meets, in order, and builds nothing.
//
// Beside what JSON demands it refuses text that is not UTF-8, a byte order
// mark, a key that an object has twice, and nesting beyond the limit.
#ifndef PTSCOPE_JSON_READER_H_
#define PTSCOPE_JSON_READER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ptscope/result.h"

namespace ptscope {

// What the text holds. Each call may return false, after Fail(), to end the
// reading. Keys and strings are whole and unescaped, and valid until the call
// returns.
class JsonHandler {
 public:
  virtual ~JsonHandler();

  virtual bool OnObjectBegin() = 0;
  virtual bool OnObjectEnd() = 0;
  virtual bool OnArrayBegin() = 0;
  virtual bool OnArrayEnd() = 0;
  virtual bool OnKey(std::string_view key) = 0;
  virtual bool OnString(std::string_view text) = 0;
  virtual bool OnInt64(int64_t value) = 0;
  // A number above INT64_MAX.
  virtual bool OnUint64(uint64_t value) = 0;
  // A number with a fraction or an exponent, or an integer beyond 64 bits.
  virtual bool OnDouble(double value) = 0;
  virtual bool OnBool(bool value) = 0;
  virtual bool OnNull() = 0;

 protected:
  // Of the key, the value or the closing bracket at hand: its first byte.
  uint64_t offset() const { return offset_; }

  // Ends the reading with this error, at offset() unless its place or its
  // offset, which counts from the start of the text, says else.
  // Returns false.
  bool Fail(Error error);

 private:
  friend class JsonEvents;
  uint64_t offset_ = 0;
  std::optional<Error> error_;
};

struct JsonOptions {
  // Of an error in the text: who reads knows what it is to be.
  ErrorCode code = ErrorCode::kManifest;
  // Open objects and arrays; at most kDeepestJson, since the parser recurses.
  // Where it is reached: kLimit.
  uint64_t max_depth = 64;
  // Where the text begins in a file that is not text throughout: errors then
  // have an offset in that file instead of a place.
  std::optional<uint64_t> begins_at = {};
};

inline constexpr uint64_t kDeepestJson = 1000;

// Reads the whole text. An error has its place ("LINE:COLUMN"), or its offset.
Status ParseJson(std::string_view text, JsonHandler& handler,
                 const JsonOptions& options = {});

}  // namespace ptscope

#endif  // PTSCOPE_JSON_READER_H_
