// Session: one run of the program. What the commands share: stdout, stderr,
// and answering each of several files.
#ifndef PTSCOPE_CLI_SESSION_H_
#define PTSCOPE_CLI_SESSION_H_

#include <string_view>

#include "cli/answer.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/talk.h"

namespace ptscope::cli {

class Session {
 public:
  explicit Session(Output& out) : out_(out) {}

  // Writes to stderr, after what was answered so far.
  void Write(const Talk& talk);
  // A line of it: see Talk.
  void Say(std::string_view where, std::string_view words);
  void SayUsage(std::string_view words) { Say("ptscope", words); }
  void SayError(std::string_view file, const Error& error);

  // Answers each file that the options ask for, on options.jobs threads, and
  // shows the answers in the files' order: the report, then the words. One that
  // gives an error is told on stderr and in the output, and the next one is
  // answered all the same. The status is the largest; a closed pipe ends the
  // run, and so does Ctrl-C.
  int ForEachFile(const Options& options, const AnswerFile& answer);

  Output& out() { return out_; }

 private:
  Output& out_;
  Progress progress_;
};

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_SESSION_H_
