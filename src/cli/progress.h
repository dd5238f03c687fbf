// Progress: the file at hand, on one line of a terminal that is written over.
#ifndef PTSCOPE_CLI_PROGRESS_H_
#define PTSCOPE_CLI_PROGRESS_H_

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace ptscope::cli {

// "[123/1000] path", the path escaped, in at most `columns` columns.
std::string ProgressLine(size_t number, size_t total, std::string_view path,
                         size_t columns);

class Progress {
 public:
  Progress() = default;
  ~Progress() { Erase(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // A run over `total` files begins. If stderr is no terminal, nothing is ever
  // shown.
  void Begin(size_t total);

  // File `number`, from 1, is at hand. Shown from the second second of the run
  // on, at most ten times a second.
  void Show(size_t number, std::string_view path);

  // Before anything else is written to stderr, and at the end.
  void Erase();
  // Before stdout is written to, which is often the same terminal.
  void EraseForStdout() {
    if (stdout_too_) Erase();
  }

 private:
  using Clock = std::chrono::steady_clock;

  size_t total_ = 0;         // 0: nothing is shown
  bool stdout_too_ = false;  // is a terminal
  Clock::time_point due_;
  size_t shown_ = 0;  // bytes of the line on the terminal, at least its columns
};

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_PROGRESS_H_
