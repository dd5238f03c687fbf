// Output: stdout, as one buffer and write(2).
#ifndef PTSCOPE_CLI_OUTPUT_H_
#define PTSCOPE_CLI_OUTPUT_H_

#include <string>
#include <string_view>

namespace ptscope::cli {

// A closed pipe ends the output without a word; any other failure to write is
// kept for the end.
class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}
  ~Output() { Flush(); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void Write(std::string_view text);
  void Flush();

  // The reader is gone: there is nobody to answer.
  bool closed() const { return closed_; }
  // Why bytes could not be written; empty: they were.
  const std::string& error() const { return error_; }

 private:
  void WriteAll(std::string_view text);

  const int fd_;
  std::string buffer_;
  bool closed_ = false;
  std::string error_;
};

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_OUTPUT_H_
