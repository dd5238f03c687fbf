// Who wrote a zip archive, by what its headers have in common.
#ifndef PTSCOPE_ARCHIVE_ZIP_ORIGIN_H_
#define PTSCOPE_ARCHIVE_ZIP_ORIGIN_H_

#include "archive/zip_directory.h"

namespace ptscope::archive {

// Whether each header is as torch's writer leaves it: stored, without a date,
// the versions 0. Every other archiver sets a version, and nearly all a date.
bool HasHeadersOfTorch(const ZipDirectory& directory);

}  // namespace ptscope::archive

#endif  // PTSCOPE_ARCHIVE_ZIP_ORIGIN_H_
