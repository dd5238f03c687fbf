// What a directory is, where a file is asked for.
#ifndef PTSCOPE_FORMAT_WRONG_FOLDER_H_
#define PTSCOPE_FORMAT_WRONG_FOLDER_H_

#include <span>
#include <string>

#include "ptscope/result.h"

namespace ptscope::format {

// By the names of the files in it. Codes: kUnsupported for a directory that is
// a checkpoint, kIo for any other.
Error DescribeFolder(std::span<const std::string> names);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_WRONG_FOLDER_H_
