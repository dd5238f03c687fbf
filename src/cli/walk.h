// Walk: the files below a directory, as -r finds them.
#ifndef PTSCOPE_CLI_WALK_H_
#define PTSCOPE_CLI_WALK_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/glob.h"
#include "cli/input_files.h"

namespace ptscope::cli {

// --include-file and --exclude-file. A glob with a slash is held against the
// whole path, one without against its last part.
class FileFilter {
 public:
  FileFilter(std::span<const std::string> include,
             std::span<const std::string> exclude);

  // One of the first fits, or there is none, and none of the second does.
  bool Keeps(std::string_view path) const;

 private:
  std::vector<Glob> include_;
  std::vector<Glob> exclude_;
};

// Appends what lies below `root`, sorted by the bytes of the paths. Links to
// directories are not followed, but for `root` itself; links to files are. A
// directory that is a checkpoint is one file; one that cannot be listed is a
// file with an error.
void Walk(const std::string& root, const FileFilter& filter, InputFiles& to);

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_WALK_H_
