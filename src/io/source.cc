#include "ptscope/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace ptscope {

namespace {

Error SystemError(std::string what, int code) {
  return {
      .code = ErrorCode::kIo,
      .message = std::move(what) + ": " + std::system_category().message(code)};
}

class FileSource final : public Source {
 public:
  FileSource(int fd, uint64_t size) : fd_(fd), size_(size) {}
  ~FileSource() override { ::close(fd_); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  uint64_t size() const override { return size_; }

  Result<size_t> ReadAt(uint64_t offset,
                        std::span<std::byte> to) const override {
    if (offset >= size_) return size_t{0};
    size_t done = 0;
    while (done < to.size()) {
      const ssize_t n = ::pread(fd_, to.data() + done, to.size() - done,
                                static_cast<off_t>(offset + done));
      if (n == 0) break;
      if (n < 0) {
        if (errno == EINTR) continue;
        Error error = SystemError("cannot read", errno);
        error.offset = offset + done;
        return error;
      }
      done += static_cast<size_t>(n);
    }
    return done;
  }

 private:
  const int fd_;
  const uint64_t size_;
};

class WindowSource final : public Source {
 public:
  WindowSource(const Source& inner, uint64_t offset, uint64_t size)
      : inner_(inner), offset_(offset), size_(size) {}
  uint64_t size() const override { return size_; }

  Result<size_t> ReadAt(uint64_t offset,
                        std::span<std::byte> to) const override {
    if (offset >= size_) return size_t{0};
    const uint64_t left = size_ - offset;
    if (to.size() > left) to = to.first(static_cast<size_t>(left));
    return inner_.ReadAt(offset_ + offset, to);
  }

 private:
  const Source& inner_;
  const uint64_t offset_;
  const uint64_t size_;
};

class MemorySource final : public Source {
 public:
  explicit MemorySource(std::span<const std::byte> bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }

  Result<size_t> ReadAt(uint64_t offset,
                        std::span<std::byte> to) const override {
    if (offset >= bytes_.size() || to.empty()) return size_t{0};
    const auto from = bytes_.subspan(static_cast<size_t>(offset));
    const size_t n = std::min(from.size(), to.size());
    std::memcpy(to.data(), from.data(), n);
    return n;
  }

 private:
  const std::span<const std::byte> bytes_;
};

}  // namespace

Source::~Source() = default;

Status ReadExactly(const Source& source, uint64_t offset,
                   std::span<std::byte> to) {
  PTSCOPE_TRY(const size_t n, source.ReadAt(offset, to));
  if (n == to.size()) return {};
  return Error{.code = ErrorCode::kIo,
               .message = "the file ended while it was read",
               .offset = offset + n};
}

Result<std::unique_ptr<Source>> OpenFile(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a pipe that nobody writes to must not wait.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    const int code = errno;
    Error error = SystemError("cannot open", code);
    error.placeholder = code == ENOENT;
    return error;
  }
  struct stat st;
  if (::fstat(fd, &st) != 0) {
    Error error = SystemError("cannot open", errno);
    ::close(fd);
    return error;
  }
  if (!S_ISREG(st.st_mode)) {
    ::close(fd);
    return Error{.code = ErrorCode::kIo,
                 .message = S_ISDIR(st.st_mode) ? "is a directory"
                                                : "is not a regular file",
                 .hint = S_ISDIR(st.st_mode)
                             ? "name the files in it"
                             : "save it to a file first: a checkpoint is read "
                               "from its end"};
  }
  return std::unique_ptr<Source>(
      new FileSource(fd, static_cast<uint64_t>(st.st_size)));
}

std::unique_ptr<Source> OpenWindow(const Source& inner, uint64_t offset,
                                   uint64_t size) {
  return std::make_unique<WindowSource>(inner, offset, size);
}

std::unique_ptr<Source> OpenMemory(std::span<const std::byte> bytes) {
  return std::make_unique<MemorySource>(bytes);
}

Result<size_t> CountingSource::ReadAt(uint64_t offset,
                                      std::span<std::byte> to) const {
  auto n = inner_.ReadAt(offset, to);
  ++reads_;
  if (n) bytes_ += *n;
  return n;
}

}  // namespace ptscope
