// One record of a zip archive: where its bytes are, and the bytes themselves.
#ifndef PTSCOPE_ARCHIVE_ZIP_ENTRY_H_
#define PTSCOPE_ARCHIVE_ZIP_ENTRY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "archive/zip_directory.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"
#include "ptscope/source.h"

namespace ptscope::archive {

// The content of a record, decompressed.
using RecordBytes = PodVector<std::byte>;

// Reads record `index` whole and holds it against its local header and, unless
// the field is 0, its CRC-32. Sets the record's `data`.
//
// Errors: kLimit (above limits.pickle bytes, or inflates by more than
// limits.inflate_ratio), kUnsupported (encrypted, another method, or no libzip
// on this machine), kDamaged, kIo.
Result<RecordBytes> ReadRecord(const Source& source, ZipDirectory& directory,
                               uint32_t index, const Limits& limits);

class LibzipArchive;

// ReadRecord for several records of one archive: where libzip is needed, it
// reads the directory once, which takes microseconds an entry.
class RecordReader {
 public:
  // Both must outlive the reader.
  RecordReader(const Source& source, const Limits& limits);
  ~RecordReader();
  RecordReader(RecordReader&&) noexcept;
  RecordReader& operator=(RecordReader&&) noexcept;

  // `directory` is that of the source, at each call.
  Result<RecordBytes> Read(ZipDirectory& directory, uint32_t index);

 private:
  const Source* source_;
  const Limits* limits_;
  std::unique_ptr<LibzipArchive> libzip_;
};

// Sets `data` of every record from its local header. Neighbours that lie less
// than 64 KiB apart are one read. A local header that is none leaves `data`
// unknown and is a finding.
Status LocateRecords(const Source& source, ZipDirectory& directory,
                     std::vector<Finding>& findings);

}  // namespace ptscope::archive

#endif  // PTSCOPE_ARCHIVE_ZIP_ENTRY_H_
