#include "cli/stdin_source.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace ptscope::cli {

namespace {

// Owns the bytes that stdin gave.
class OwnedSource final : public Source {
 public:
  explicit OwnedSource(std::string bytes) : bytes_(std::move(bytes)) {}
  uint64_t size() const override { return bytes_.size(); }
  Result<size_t> ReadAt(uint64_t offset,
                        std::span<std::byte> to) const override {
    return OpenMemory(std::as_bytes(std::span(bytes_)))->ReadAt(offset, to);
  }

 private:
  const std::string bytes_;
};

Result<std::string> ReadStdin(uint64_t most) {
  std::string bytes;
  char block[1 << 16];
  while (true) {
    const ssize_t n = ::read(STDIN_FILENO, block, sizeof block);
    if (n == 0) return bytes;
    if (n < 0) {
      if (errno == EINTR) continue;
      return Error{
          .code = ErrorCode::kIo,
          .message = "cannot read: " + std::system_category().message(errno)};
    }
    bytes.append(block, static_cast<size_t>(n));
    if (bytes.size() > most) {
      return Error{.code = ErrorCode::kLimit,
                   .message = "is longer than the limit `reference`"};
    }
  }
}

}  // namespace

Result<std::unique_ptr<Source>> OpenStdin(const Limits& limits) {
  PTSCOPE_TRY(std::string bytes, ReadStdin(limits.reference));
  return std::unique_ptr<Source>(
      std::make_unique<OwnedSource>(std::move(bytes)));
}

}  // namespace ptscope::cli
