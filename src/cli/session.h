// Session: one run of the program. What the commands share: stdout, stderr,
// opening a file, and answering each of several.
#ifndef PTSCOPE_CLI_SESSION_H_
#define PTSCOPE_CLI_SESSION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "cli/output.h"
#include "ptscope/checkpoint.h"
#include "ptscope/result.h"
#include "ptscope/roots.h"
#include "render/renderer.h"

namespace ptscope::cli {

inline constexpr int kAnswered = 0;
inline constexpr int kFound = 1;
inline constexpr int kNoAnswer = 2;

class Session {
 public:
  explicit Session(Output& out) : out_(out) {}

  // A line on stderr: "ptscope: words" or "FILE: words". Text of files must be
  // escaped already.
  void Say(std::string_view where, std::string_view words);
  void SayUsage(std::string_view words) { Say("ptscope", words); }
  // "FILE: error", or "FILE:LINE:COLUMN: error".
  void SayError(std::string_view file, const Error& error);

  // Opens a FILE of the command line, says its findings, and with -v what it
  // cost. `locate`: see OpenOptions.
  Result<Checkpoint> Open(const std::string& file, const Options& options,
                          bool locate);

  // Answers each FILE in turn. One that gives an error is told on stderr and in
  // the output, and the next one is answered all the same. The status is the
  // largest; a closed pipe ends the run.
  using Answer = std::function<Result<int>(const std::string& file,
                                           render::Renderer& renderer)>;
  int ForEachFile(const Options& options, const Answer& answer);

  // The tensors without their bytes, on stderr. Their number is the result.
  uint64_t SayProblems(std::string_view file, const Checkpoint& checkpoint,
                       const std::vector<uint32_t>& tensors);

  Output& out() { return out_; }

 private:
  void SayFindings(std::string_view file, const Checkpoint& checkpoint,
                   bool notes);

  Output& out_;
};

// What --root asks for; without it the file's top level.
Result<RootChoice> ChosenRoot(const Checkpoint& checkpoint,
                              const Options& options);

// Text of a file or an argument, made fit for stderr.
std::string Escaped(std::string_view text);

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_SESSION_H_
