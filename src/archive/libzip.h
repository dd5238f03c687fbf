// The one door to libzip: records that are not plainly stored.
#ifndef PTSCOPE_ARCHIVE_LIBZIP_H_
#define PTSCOPE_ARCHIVE_LIBZIP_H_

#include <memory>

#include "archive/zip_entry.h"

namespace ptscope::archive {

// An archive as libzip sees it. libzip is loaded when it is first needed: with
// its libraries (libcrypto among them) it costs 1.4 ms at every start, and
// torch stores its pickles.
//
// libzip reads the directory in its own way: what it says of a record (name,
// sizes, method, CRC) must be what our walk says, for two readers that disagree
// are an attack. One thread at a time may use an archive and what was opened of
// it.
class LibzipArchive {
 public:
  // Reads the directory once more; the source must outlive the archive. Errors,
  // of `record`, the one it is wanted for: kUnsupported where libzip is not
  // installed; kDamaged.
  static Result<std::unique_ptr<LibzipArchive>> Open(
      const Source& source, const ZipDirectory& directory,
      const Record& record);
  ~LibzipArchive();
  LibzipArchive(const LibzipArchive&) = delete;
  LibzipArchive& operator=(const LibzipArchive&) = delete;

  // All of a record that CheckReadable has let pass. Memory grows with the
  // bytes that come out. Errors: kDamaged.
  Result<RecordBytes> Inflate(const Record& record, uint32_t index);

  // The record as a source of its own, which inflates as it is read: forwards
  // at the cost of what is skipped, backwards beyond the last megabyte from the
  // start again. Neither the archive nor the record's name may go before it.
  // Errors, then and when it is read: kDamaged.
  Result<std::unique_ptr<Source>> OpenSource(const Record& record,
                                             uint32_t index);

 private:
  class Entry;
  class EntrySource;
  struct State;

  explicit LibzipArchive(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace ptscope::archive

#endif  // PTSCOPE_ARCHIVE_LIBZIP_H_
