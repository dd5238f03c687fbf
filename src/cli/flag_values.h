// FlagValues: the words that the value of a flag is one of.
#ifndef PTSCOPE_CLI_FLAG_VALUES_H_
#define PTSCOPE_CLI_FLAG_VALUES_H_

#include <span>
#include <string_view>

namespace ptscope::cli {

// Of a flag as `--format`; of --max what stands before the `=`. None: its value
// is free.
std::span<const std::string_view> ValueWords(std::string_view flag);

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_FLAG_VALUES_H_
