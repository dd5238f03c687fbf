// Show: what a checkpoint holds beside its tensors, as JSON.
#ifndef PTSCOPE_SHOW_H_
#define PTSCOPE_SHOW_H_

#include <functional>
#include <string_view>

#include "ptscope/checkpoint.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"

namespace ptscope {

struct ShowOptions {
  // A value that is a string is written as it is, but for the escapes of text
  // in a tsv, and without quotes.
  bool raw = false;
  Limits limits = {};
};

// Writes one JSON document and a line feed: the value at `path`, steps joined
// with dots; the whole object that was saved for an empty one. The checkpoint
// was opened with OpenOptions::keep_values. docs/values.md says how values that
// are none of JSON's are shown.
//
// The sink is not called before it is known that there is no error. Errors:
// kUsage if nothing is at `path` (it names what is near), kUnsupported if the
// file has nothing but tensors, kLimit.
Status ShowValues(const Checkpoint& checkpoint, std::string_view path,
                  const ShowOptions& options,
                  const std::function<void(std::string_view)>& sink);

}  // namespace ptscope

#endif  // PTSCOPE_SHOW_H_
