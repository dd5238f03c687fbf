// Opening a FILE of the command line, and what there is to say of it.
#ifndef PTSCOPE_CLI_OPEN_CHECKPOINT_H_
#define PTSCOPE_CLI_OPEN_CHECKPOINT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "cli/talk.h"
#include "ptscope/checkpoint.h"
#include "ptscope/result.h"
#include "ptscope/roots.h"

namespace ptscope::cli {

// What a command wants to know; see OpenOptions.
struct Wanted {
  bool locate = false;
  bool origin = false;
  bool values = false;
  bool evidence = false;
};

// Says the findings, and with -v what it cost.
Result<Checkpoint> OpenCheckpoint(const std::string& file,
                                  const Options& options, Wanted wanted,
                                  Talk& talk);

// Those that are worth a line; notes only with `notes`.
void SayFindings(std::string_view file, const Checkpoint& checkpoint,
                 bool notes, Talk& talk);

// What --root asks for; without it the file's top level.
Result<RootChoice> ChosenRoot(const Checkpoint& checkpoint,
                              const Options& options);

// The tensors without their bytes. Their number is the result.
uint64_t SayProblems(std::string_view file, const Checkpoint& checkpoint,
                     const std::vector<uint32_t>& tensors, Talk& talk);

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_OPEN_CHECKPOINT_H_
