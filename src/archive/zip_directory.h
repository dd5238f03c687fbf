// The central directory of a zip archive, by our own walk.
//
//   [prepended bytes]
//   local header, data, descriptor   for each record
//   central directory                one header for each record
//   ZIP64 end record, its locator    torch always writes them
//   end record, comment
//
// libzip is not used here because it does not tell where a record's data is,
// nor how the local headers differ, and takes 3 us an entry (PKWARE APPNOTE 4.3
// is the layout's source; docs/formats/torch_zip.md has torch's habits).
#ifndef PTSCOPE_ARCHIVE_ZIP_DIRECTORY_H_
#define PTSCOPE_ARCHIVE_ZIP_DIRECTORY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/pod_vector.h"
#include "ptscope/checkpoint.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"
#include "ptscope/source.h"

namespace ptscope::archive {

struct ZipDirectory {
  Table<Record> records;       // names point into `bytes`
  PodVector<std::byte> bytes;  // the central directory itself
  uint64_t begin = 0;   // absolute offset of the archive: bytes before it
  uint64_t offset = 0;  // absolute offset of the central directory
  uint64_t end = 0;     // absolute offset behind the end record's comment
};

// True if the file ends in an end record, or in bytes behind one.
Result<bool> HasZipEnd(const Source& source);

// Errors: kIo, kLimit, kUnsupported (several disks), kDamaged: no end record,
// end records that contradict each other, headers that are cut short or that
// point outside, records that overlap. Appends to `findings` what a reader can
// live with: bytes before and behind the archive.
Result<ZipDirectory> ReadZipDirectory(const Source& source,
                                      const Limits& limits,
                                      std::vector<Finding>& findings);

}  // namespace ptscope::archive

#endif  // PTSCOPE_ARCHIVE_ZIP_DIRECTORY_H_
