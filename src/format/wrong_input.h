// What a file is that is no zip checkpoint, in words that name the next step.
#ifndef PTSCOPE_FORMAT_WRONG_INPUT_H_
#define PTSCOPE_FORMAT_WRONG_INPUT_H_

#include <optional>
#include <string_view>

#include "ptscope/result.h"
#include "ptscope/source.h"

namespace ptscope::format {

// Looks at the first 4 KiB and at a few samples, however large the file is.
// `name` is the file's name without its folder; it may be empty. The name adds
// to the hint at most: the bytes decide what a file is, but for Torch7's .t7,
// which has no magic. Text quoted from the file is raw.
//
// Codes: kNotCheckpoint for other kinds of files, kUnsupported for checkpoints
// in formats that are not read, kDamaged for traces of a broken transfer, kIo.
Error DescribeWrongInput(const Source& source, std::string_view name);

// The same for what is surely no reference either: git-lfs pointers, web
// pages, images. Absent for what may be one: zip archives, JSON and text that
// say nothing else, and the unknown.
std::optional<Error> KnownWrongInput(const Source& source,
                                     std::string_view name);

// The next step for a file whose name ends as those of unfinished downloads
// do (`.part`, `.crdownload`); empty for other names.
std::string_view PartialDownloadHint(std::string_view name);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_WRONG_INPUT_H_
