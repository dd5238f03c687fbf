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

class LibzipArchive;

// Reads records of one archive. libzip reads its directory at the first that is
// compressed, and no second time.
class RecordReader {
 public:
  // All must outlive the reader and what it opens.
  RecordReader(const Source& source, ZipDirectory& directory,
               const Limits& limits);
  ~RecordReader();
  RecordReader(const RecordReader&) = delete;
  RecordReader& operator=(const RecordReader&) = delete;

  // Reads record `index` whole and holds it against its local header and,
  // unless the field is 0, its CRC-32. Sets the record's `data`.
  //
  // Errors: kLimit (above limits.pickle bytes, or inflates by more than
  // limits.inflate_ratio), kUnsupported (encrypted, another method, or no
  // libzip on this machine), kDamaged, kIo.
  Result<RecordBytes> Read(uint32_t index);

  // Opens it as a file of its own, of any size: a plainly stored one where it
  // lies, a compressed one as it is inflated (LibzipArchive::OpenSource), where
  // the CRC is looked at once all has come out. Errors: as Read.
  Result<std::unique_ptr<Source>> Open(uint32_t index);

 private:
  Result<RecordBytes> Inflate(const Record& record, uint32_t index);
  Status LoadLibzip(const Record& record);

  const Source& source_;
  ZipDirectory& directory_;
  const Limits& limits_;
  std::unique_ptr<LibzipArchive> libzip_;
};

// RecordReader::Read of one record alone.
Result<RecordBytes> ReadRecord(const Source& source, ZipDirectory& directory,
                               uint32_t index, const Limits& limits);

// Sets `data` of every record from its local header. Neighbours that lie less
// than 64 KiB apart are one read. A local header that is none leaves `data`
// unknown and is a finding.
Status LocateRecords(const Source& source, ZipDirectory& directory,
                     std::vector<Finding>& findings);

}  // namespace ptscope::archive

#endif  // PTSCOPE_ARCHIVE_ZIP_ENTRY_H_
