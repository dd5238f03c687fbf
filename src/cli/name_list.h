// A list of file names: --files-from.
#ifndef PTSCOPE_CLI_NAME_LIST_H_
#define PTSCOPE_CLI_NAME_LIST_H_

#include <string>
#include <vector>

#include "ptscope/result.h"

namespace ptscope::cli {

// Appends the names in the file `list`, or in what stdin gives if it is `-`.
// Each ends with a line feed, with `nul` with a NUL; the last one may lack it.
// Nothing is trimmed or unescaped; empty names are left out. Unlike a
// checkpoint the list may be a pipe.
//
// Errors: kIo; kUsage for a NUL where lines were asked for.
Status ReadNameList(const std::string& list, bool nul,
                    std::vector<std::string>& names);

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_NAME_LIST_H_
