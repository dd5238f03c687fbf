// The one door to libzip: records that are not plainly stored.
#ifndef PTSCOPE_ARCHIVE_LIBZIP_H_
#define PTSCOPE_ARCHIVE_LIBZIP_H_

#include <cstdint>
#include <memory>

#include "archive/zip_entry.h"

namespace ptscope::archive {

// An archive as libzip reads it, opened when the first record is asked for.
// libzip is loaded then, too: with its libraries (libcrypto among them) it
// costs 1.4 ms at every start, and torch stores its pickles.
class LibzipArchive {
 public:
  LibzipArchive();
  ~LibzipArchive();
  LibzipArchive(LibzipArchive&&) noexcept;
  LibzipArchive& operator=(LibzipArchive&&) noexcept;

  // Inflates a record that RecordReader has checked; the source and the
  // directory are the same at each call.
  //
  // libzip reads the directory in its own way: what it says of the record
  // (name, sizes, method, CRC) must be what our walk says, for two readers
  // that disagree are an attack. Memory grows with the bytes that come out.
  //
  // Errors: kUnsupported where libzip is not installed; kDamaged.
  Result<RecordBytes> Inflate(const Source& source,
                              const ZipDirectory& directory, uint32_t index);

 private:
  class Open;
  std::unique_ptr<Open> open_;
};

}  // namespace ptscope::archive

#endif  // PTSCOPE_ARCHIVE_LIBZIP_H_
