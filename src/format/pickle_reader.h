// PickleReader: pickles that follow each other in a file, perhaps with other
// bytes between them. How long one is nothing says: the file is read in pieces
// until its STOP.
#ifndef PTSCOPE_FORMAT_PICKLE_READER_H_
#define PTSCOPE_FORMAT_PICKLE_READER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "base/pod_vector.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"
#include "ptscope/source.h"

namespace ptscope::format {

class PickleReader {
 public:
  // Reads from `begin` on, at most to `end`. `record` names these bytes in
  // errors, where offsets count from `begin`; all but the numbers must outlive
  // the reader.
  PickleReader(const Source& source, uint64_t begin, uint64_t end,
               std::string_view record, const Limits& limits)
      : source_(source),
        limits_(limits),
        record_(record),
        begin_(begin),
        end_(end),
        base_(begin),
        at_(begin) {}

  // Absolute offset of what is read next, and of where it must end.
  uint64_t offset() const { return at_; }
  uint64_t end() const { return end_; }

  // The next pickle, to its STOP. The bytes are valid until the next call of
  // any kind. Errors: kIo, kLimit (limits.pickle), kDamaged: it is cut short,
  // or there is an opcode that does not exist.
  Result<std::span<const std::byte>> Pickle();

  // The next n bytes; valid as above. Errors: kIo, kDamaged.
  Result<std::span<const std::byte>> Bytes(uint64_t n);

  // Passes over n bytes, which are not read. Errors: kDamaged.
  Status Skip(uint64_t n);

  // All bytes up to offset(); valid as above. Only where none was passed over
  // or forgotten.
  std::span<const std::byte> FromBegin() const {
    return {buffer_.data(), static_cast<size_t>(at_ - base_)};
  }
  // Gives the bytes that were valid away; nothing can be read any more.
  PodVector<std::byte> Take() { return std::move(buffer_); }
  // Permits to free the bytes before offset().
  void Forget();

 private:
  Status Fill(uint64_t upto);
  Error Cut(uint64_t wanted) const;
  Error TooLong(uint64_t from) const;
  uint64_t filled() const { return base_ + buffer_.size(); }

  const Source& source_;
  const Limits& limits_;
  const std::string_view record_;
  const uint64_t begin_;
  const uint64_t end_;
  PodVector<std::byte> buffer_;
  uint64_t base_;  // absolute offset of the buffer
  uint64_t at_;
  uint64_t step_ = kLeastStep;  // bytes read at once

  // Small at first: of a large file without a long pickle little is read. Then
  // as much as there was before, so that the number of reads stays small.
  static constexpr uint64_t kLeastStep = 4 << 10;
  static constexpr uint64_t kMostStep = 1 << 20;
};

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_PICKLE_READER_H_
