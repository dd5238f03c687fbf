#include "cli/name_list.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace ptscope::cli {

namespace {

Error SystemError(std::string what, int code) {
  return {
      .code = ErrorCode::kIo,
      .message = std::move(what) + ": " + std::system_category().message(code)};
}

// Names from blocks of bytes, whatever the blocks cut apart.
class NameSplitter {
 public:
  NameSplitter(char end, std::vector<std::string>& names)
      : end_(end), names_(names) {}

  Status Add(std::string_view block) {
    if (end_ != '\0' && block.find('\0') != block.npos) {
      return Error{.code = ErrorCode::kUsage,
                   .message = "there is a NUL in the list of names",
                   .hint = "-0 reads names that end with one"};
    }
    for (size_t at; (at = block.find(end_)) != block.npos;) {
      name_ += block.substr(0, at);
      block.remove_prefix(at + 1);
      Finish();
    }
    name_ += block;
    return {};
  }

  void Finish() {
    if (!name_.empty()) names_.push_back(std::exchange(name_, {}));
  }

 private:
  const char end_;
  std::vector<std::string>& names_;
  std::string name_;
};

Status ReadFrom(int fd, NameSplitter& names) {
  char block[1 << 16];
  while (true) {
    const ssize_t n = ::read(fd, block, sizeof block);
    if (n == 0) break;
    if (n < 0) {
      if (errno == EINTR) continue;
      return SystemError("cannot read", errno);
    }
    PTSCOPE_CHECK(names.Add({block, static_cast<size_t>(n)}));
  }
  names.Finish();
  return {};
}

}  // namespace

Status ReadNameList(const std::string& list, bool nul,
                    std::vector<std::string>& names) {
  NameSplitter splitter(nul ? '\0' : '\n', names);
  if (list == "-") return ReadFrom(STDIN_FILENO, splitter);
  const int fd = ::open(list.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return SystemError("cannot open", errno);
  Status status = ReadFrom(fd, splitter);
  ::close(fd);
  return status;
}

}  // namespace ptscope::cli
