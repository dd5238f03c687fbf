// `check --style torch`: one file's answer in the words of load_state_dict().
#ifndef PTSCOPE_CLI_TORCH_STYLE_H_
#define PTSCOPE_CLI_TORCH_STYLE_H_

#include "cli/answer.h"
#include "cli/options.h"
#include "cli/references.h"
#include "ptscope/checkpoint.h"
#include "ptscope/compare.h"
#include "ptscope/result.h"

namespace ptscope::cli {

// `checkpoint` was opened with its metadata. `comparing` is what the flags ask
// for, some of which torch does not know.
Result<Answer> CheckAsTorch(Checkpoint checkpoint, References::Choice choice,
                            const Options& options,
                            const CompareOptions& comparing);

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_TORCH_STYLE_H_
