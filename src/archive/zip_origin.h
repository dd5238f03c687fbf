// Who wrote a zip archive, by what its headers have in common.
#ifndef PTSCOPE_ARCHIVE_ZIP_ORIGIN_H_
#define PTSCOPE_ARCHIVE_ZIP_ORIGIN_H_

#include "archive/zip_directory.h"

namespace ptscope::archive {

// Whether each header is as torch's writer leaves it: without a date, and
// without a version but the one that it takes to inflate. Other archivers say
// which version of zip they are of, and nearly all write a date.
bool HasHeadersOfTorch(const ZipDirectory& directory);

}  // namespace ptscope::archive

#endif  // PTSCOPE_ARCHIVE_ZIP_ORIGIN_H_
