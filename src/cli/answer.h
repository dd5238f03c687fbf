// Answer: what a command has to say of one file.
//
// It is made on any thread and shown on the main one, in the order of the
// files. So it owns what it shows.
#ifndef PTSCOPE_CLI_ANSWER_H_
#define PTSCOPE_CLI_ANSWER_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cli/talk.h"
#include "ptscope/result.h"
#include "render/renderer.h"

namespace ptscope::cli {

// Exit statuses.
inline constexpr int kAnswered = 0;
inline constexpr int kFound = 1;
inline constexpr int kNoAnswer = 2;

class Report {
 public:
  virtual ~Report() = default;
  virtual void Show(std::string_view file, render::Renderer& to) const = 0;
};

struct Answer {
  int status = kAnswered;
  std::unique_ptr<Report> report;
};

// Opens and judges a FILE. What it has to say besides the report goes to
// `talk`, and is written after it. Safe to call from several threads.
using AnswerFile =
    std::function<Result<Answer>(const std::string& file, Talk& talk)>;

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_ANSWER_H_
