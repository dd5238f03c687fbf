// What an archive keeps its records in: a zip file, a tar file, or the folder
// that it was unzipped into.
#ifndef PTSCOPE_FORMAT_RECORD_CONTAINER_H_
#define PTSCOPE_FORMAT_RECORD_CONTAINER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "archive/zip_entry.h"
#include "ptscope/checkpoint.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"
#include "ptscope/source.h"

namespace ptscope::format {

class RecordContainer {
 public:
  virtual ~RecordContainer();

  virtual const Table<Record>& records() const = 0;

  // Null where there is none.
  virtual const archive::ZipDirectory* directory() const { return nullptr; }

  // The content of a record. Errors: as archive::RecordReader::Read.
  virtual Result<archive::RecordBytes> Read(uint32_t record) = 0;

  // A record as a file of its own, which the container must outlive, and where
  // that begins in the archive: kUnknown where its bytes do not lie there as
  // they are. Errors: as archive::RecordReader::Open.
  struct Content {
    std::unique_ptr<Source> source;
    uint64_t begin = kUnknown;
  };
  virtual Result<Content> Open(uint32_t record) = 0;

  // Sets `data` of all records whose bytes lie in the archive as they are.
  virtual Status Locate(std::vector<Finding>& findings) = 0;

  // Gives the records away, and what keeps their names alive. Nothing can be
  // read from here on.
  virtual std::shared_ptr<const void> MoveRecords(Table<Record>& to) = 0;
};

// The whole of a record whose bytes `content` has as they are. Errors: kIo;
// kLimit (limits.pickle).
Result<archive::RecordBytes> ReadWhole(const Source& content,
                                       const Record& record,
                                       const Limits& limits);

// The source must outlive it. Errors: as archive::ReadZipDirectory.
Result<std::unique_ptr<RecordContainer>> OpenZip(
    const Source& source, const Limits& limits, std::vector<Finding>& findings);

// Each file in the archive is a record. The source must outlive it. Errors: as
// archive::ReadTar.
Result<std::unique_ptr<RecordContainer>> OpenTar(const Source& source,
                                                 const Limits& limits);

// Each file below the folder is a record, named by the way to it; what is
// neither a file nor a folder, and links to folders, are left out. Errors: kIo;
// kLimit for more files than limits.records; kDamaged for a folder that lies
// too deep.
Result<std::unique_ptr<RecordContainer>> OpenUnzippedFolder(
    const Folder& folder, const Limits& limits);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_RECORD_CONTAINER_H_
