// Options: what the command line asks for, before any work starts.
#ifndef PTSCOPE_CLI_OPTIONS_H_
#define PTSCOPE_CLI_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ptscope/limits.h"

namespace ptscope::cli {

enum class Sort : uint8_t { kFile, kName, kSize };

struct Options {
  // Of all commands.
  std::string_view command;
  std::vector<std::string> files;
  std::string format = "table";
  bool quiet = false;
  bool verbose = false;
  bool color = false;
  Limits limits;

  // Of those with FILE...
  bool recursive = false;
  std::vector<std::string> include_file;  // globs
  std::vector<std::string> exclude_file;
  std::string files_from;  // a file of names, `-` for stdin; empty: none
  bool nul = false;        // its names end with a NUL
  size_t jobs = 1;         // files at a time
  // What is shown says of which file it is.
  bool many_files() const {
    return files.size() > 1 || recursive || !files_from.empty();
  }

  // Of those that list tensors.
  std::optional<std::string> root;
  std::string member;  // of an archive with several checkpoints; empty: all
  std::vector<std::string> match;
  std::vector<std::string> exclude;

  bool all = false;                      // ls
  Sort sort = Sort::kFile;               // ls, tree
  std::optional<uint32_t> depth;         // tree: modules of that many steps
  bool human = false;                    // ls, info, tree
  bool raw = false;                      // show
  std::string path;                      // show: behind FILE
  std::string name;                      // manifest
  std::string manifest;                  // check: the reference
  std::vector<std::string> allow_extra;  // check: globs; "*" for the bare flag
  std::vector<std::string> allow_missing;
  bool ignore_dtype = false;
  bool strict = false;
  bool torch_style = false;      // check: the words of load_state_dict()
  std::string manifest_version;  // check: one of the manifest's, or auto
  std::string config;            // check: the model's configuration
  std::string strip_prefix;      // check, diff
  std::string add_prefix;
  bool auto_prefix = false;
  bool show_ok = false;
  bool summary = false;
  bool evidence = false;          // check: also what the file tells of itself
  std::string_view records = {};  // whose records these are, if not command's
};

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_OPTIONS_H_
