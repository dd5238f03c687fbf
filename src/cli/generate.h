// Generate: the command line told to other programs: to man, and to the shells
// that complete it. All is from the table of commands and the flags that the
// parser registers.
#ifndef PTSCOPE_CLI_GENERATE_H_
#define PTSCOPE_CLI_GENERATE_H_

#include <optional>
#include <string>
#include <string_view>

namespace ptscope::cli {

// None: there is no output of that name.
std::optional<std::string> Generate(std::string_view output);

// The names of the outputs: "man, bash".
std::string Outputs();

std::string GenerateMan();
std::string GenerateBash();
std::string GenerateZsh();
std::string GenerateFish();

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_GENERATE_H_
