#include "format/pickle_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "format/wrong_input_hints.h"
#include "pickle/decoder.h"

namespace ptscope::format {

// Reads on until the buffer reaches `upto`, which is within the end.
Status PickleReader::Fill(uint64_t upto) {
  if (upto <= filled()) return {};
  const uint64_t target = std::min(end_, std::max(upto, filled() + step_));
  step_ = std::min(2 * step_, kMostStep);
  const size_t have = buffer_.size();
  buffer_.resize_uninitialized(static_cast<size_t>(target - base_));
  return ReadExactly(source_, base_ + have,
                     std::span(buffer_.data(), buffer_.size()).subspan(have));
}

Error PickleReader::Cut(uint64_t wanted) const {
  return {.code = ErrorCode::kDamaged,
          .message = "it ends early",
          .record = std::string(record_),
          .offset = at_ - begin_,
          .found = fmt::format("{} bytes", end_ - at_),
          .expected = fmt::format("{}", wanted),
          .hint = std::string(kCopyAgain)};
}

Error PickleReader::TooLong(uint64_t from) const {
  return {.code = ErrorCode::kLimit,
          .message = "a pickle is longer than the limit `pickle`",
          .record = std::string(record_),
          .offset = from - begin_,
          .expected = fmt::format("at most {}", limits_.pickle)};
}

Result<std::span<const std::byte>> PickleReader::Pickle() {
  const uint64_t from = at_;
  uint64_t pos = from;  // of the next opcode
  while (true) {
    pickle::Decoder decoder(
        std::span<const std::byte>(buffer_.data(), buffer_.size())
            .subspan(static_cast<size_t>(pos - base_)),
        record_);
    pickle::Instruction in;
    uint64_t done = 0;  // of the decoder's bytes
    bool stop = false;
    while (!stop && decoder.Next(in)) {
      done = decoder.offset();
      stop = in.op == pickle::Opcode::kStop;
    }
    pos += done;
    if (stop) break;
    // The instruction at `pos` is none, or not yet whole.
    const uint64_t missing = decoder.missing();
    if (missing == 0 || missing > end_ - filled()) {
      Error error = decoder.error();
      if (error.offset) *error.offset += pos - done - begin_;
      if (missing != 0) error.hint = kCopyAgain;
      return error;
    }
    if (filled() - from > limits_.pickle ||
        missing > limits_.pickle - (filled() - from)) {
      return TooLong(from);
    }
    // A line may go on for long, and is looked at from its begin each time.
    const uint64_t line = filled() - pos;
    PTSCOPE_CHECK(
        Fill(filled() + std::max(missing, std::min(line, end_ - filled()))));
  }
  if (pos - from > limits_.pickle) return TooLong(from);
  at_ = pos;
  return std::span<const std::byte>(buffer_.data(), buffer_.size())
      .subspan(static_cast<size_t>(from - base_),
               static_cast<size_t>(pos - from));
}

Result<std::span<const std::byte>> PickleReader::Bytes(uint64_t n) {
  if (n > end_ - at_) return Cut(n);
  PTSCOPE_CHECK(Fill(at_ + n));
  const auto bytes =
      std::span<const std::byte>(buffer_.data(), buffer_.size())
          .subspan(static_cast<size_t>(at_ - base_), static_cast<size_t>(n));
  at_ += n;
  return bytes;
}

Status PickleReader::Skip(uint64_t n) {
  if (n > end_ - at_) return Cut(n);
  at_ += n;
  if (at_ > filled()) {
    if (at_ - filled() > kMostStep) step_ = kLeastStep;
    buffer_.clear();
    base_ = at_;
  }
  return {};
}

void PickleReader::Forget() {
  const auto used = static_cast<size_t>(at_ - base_);
  // Moving what is left costs less than reading it, but not nothing.
  if (used == 0 || used < buffer_.size() / 2) return;
  const size_t left = buffer_.size() - used;
  std::memmove(buffer_.data(), buffer_.data() + used, left);
  buffer_.truncate(left);
  base_ = at_;
}

}  // namespace ptscope::format
