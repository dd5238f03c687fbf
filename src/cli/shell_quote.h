// Quoting for the shells that read POSIX's single quotes.
#ifndef PTSCOPE_CLI_SHELL_QUOTE_H_
#define PTSCOPE_CLI_SHELL_QUOTE_H_

#include <string>
#include <string_view>

namespace ptscope::cli {

inline std::string ShellQuoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_SHELL_QUOTE_H_
