// The files to answer: those on the command line, those of --files-from, and
// what -r finds in directories.
#ifndef PTSCOPE_CLI_INPUT_FILES_H_
#define PTSCOPE_CLI_INPUT_FILES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/options.h"
#include "ptscope/result.h"

namespace ptscope::cli {

struct InputFile {
  std::string name;  // as given, or the directory's as given and what is below
  // By -r: that it is no checkpoint is no error.
  bool found = false;
  // A directory that cannot be listed; null: `name` can be opened.
  std::unique_ptr<Error> error = nullptr;
};

struct InputFiles {
  std::vector<InputFile> files;  // in the order of the answers
  // Found, but nothing that could be read: pipes, sockets, devices.
  uint64_t others = 0;

  // Columns that the names take in a table. Of what was found the names of
  // checkpoints count alone: the others are hardly ever shown.
  size_t Width() const;
};

// All of them, before the first is opened: the table's width and the progress
// need their number. Errors: of --files-from alone.
Result<InputFiles> ListInputFiles(const Options& options);

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_INPUT_FILES_H_
