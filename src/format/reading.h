// What the reader of a format gets.
#ifndef PTSCOPE_FORMAT_READING_H_
#define PTSCOPE_FORMAT_READING_H_

#include <string_view>

#include "ptscope/open.h"

namespace ptscope::format {

struct Reading {
  const Source& source;
  std::string_view name;  // of the file, without its folder; may be empty
  const Folder* folder;   // its neighbours; null where there are none
  const OpenOptions& options;
  int depth;  // of checkpoints within checkpoints; 0 is the file itself
};

// A checkpoint in a member of an archive, in one in a member, and so on.
inline constexpr int kMaxDepth = 3;

// Whether some format claims the first bytes: that it is no checkpoint may yet
// turn out.
Result<bool> IsClaimed(const Source& source);

// Open, for what lies in a file or beside one: `reading.depth` counts.
Result<Checkpoint> OpenPart(const Reading& reading);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_READING_H_
