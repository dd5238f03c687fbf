// What the probes of a wrong input share: the bytes they look at, and the shape
// of their answers.
//
// A probe is a function from Input to std::optional<Error>: what the file is,
// or nothing where it is something else. wrong_input.cc has their order.
#ifndef PTSCOPE_FORMAT_WRONG_INPUT_PROBE_H_
#define PTSCOPE_FORMAT_WRONG_INPUT_PROBE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/byte_reader.h"
#include "ptscope/result.h"
#include "ptscope/source.h"

namespace ptscope::format {

inline constexpr size_t kHead = 4096;   // bytes looked at from the start
inline constexpr size_t kShortest = 4;  // a shorter file is named for that

// A view: the source, the name and the head must outlive it.
struct Input {
  const Source& source;
  uint64_t size;          // of the file
  std::string_view name;  // of the file, without its folder; may be empty
  // The first kHead bytes, fewer of a shorter file. At least kShortest where
  // the probes of magics, server_text, unread_formats and so on are asked.
  std::string_view head;
};

// A probe's answer.
std::optional<Error> Found(ErrorCode code, std::string message,
                           std::string_view hint, std::string found = {});

// The same for what lies where the file should be: kNotCheckpoint, and a
// placeholder.
std::optional<Error> FoundInstead(std::string message, std::string_view hint,
                                  std::string found = {});

// "50 4b 03 04".
std::string Hex(std::string_view bytes);

// The number at `offset`; 0 where the bytes end before it does.
template <typename T>
T Little(std::string_view s, size_t offset) {
  if (offset > s.size() || sizeof(T) > s.size() - offset) return 0;
  return LoadLittle<T>(std::as_bytes(std::span(s)).data() + offset);
}

// Up to n bytes from `offset`, fewer where the file ends; none where it cannot
// be read.
std::string ReadSome(const Input& in, uint64_t offset, size_t n);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_WRONG_INPUT_PROBE_H_
