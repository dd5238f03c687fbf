// The one door to libzip: records that are not plainly stored.
#ifndef PTSCOPE_ARCHIVE_LIBZIP_H_
#define PTSCOPE_ARCHIVE_LIBZIP_H_

#include "archive/zip_entry.h"

namespace ptscope::archive {

// Inflates a record that ReadRecord has checked. libzip is loaded when it is
// first needed: with its libraries (libcrypto among them) it costs 1.4 ms at
// every start, and torch stores its pickles.
//
// libzip reads the directory in its own way: what it says of the record (name,
// sizes, method, CRC) must be what our walk says, for two readers that
// disagree are an attack. Memory grows with the bytes that come out.
//
// Errors: kUnsupported where libzip is not installed; kDamaged.
Result<RecordBytes> InflateWithLibzip(const Source& source,
                                      const ZipDirectory& directory,
                                      uint32_t index);

}  // namespace ptscope::archive

#endif  // PTSCOPE_ARCHIVE_LIBZIP_H_
