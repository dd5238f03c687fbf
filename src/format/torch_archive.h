// An archive with checkpoints in it, of whichever kind, whatever holds its
// records: these, those that all kinds of torch have, and the checkpoint that
// comes of it.
#ifndef PTSCOPE_FORMAT_TORCH_ARCHIVE_H_
#define PTSCOPE_FORMAT_TORCH_ARCHIVE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "archive/zip_entry.h"
#include "base/key_table.h"
#include "format/archive_layout.h"
#include "format/record_container.h"
#include "pickle/machine.h"
#include "ptscope/open.h"

namespace ptscope::format {

// Records are read first; then MoveRecords gives them to the checkpoint, and
// its tensors can be listed.
class TorchArchive {
 public:
  // Reads the directory. The source and the options must outlive it; `depth` is
  // that of Reading. Errors: as archive::ReadZipDirectory.
  static Result<TorchArchive> Open(const Source& source,
                                   const OpenOptions& options, int depth = 0);

  // The same of a tar archive. Errors: as OpenTar.
  static Result<TorchArchive> OpenTarred(const Source& source,
                                         const OpenOptions& options, int depth);

  // The same of an archive that was unzipped into `folder`. Errors: as
  // OpenUnzippedFolder.
  static Result<TorchArchive> OpenUnzipped(const Folder& folder,
                                           const OpenOptions& options);

  const Table<Record>& records() const {
    return moved_ ? checkpoint_.records : container_->records();
  }
  // Null where it is no zip file. Before MoveRecords.
  const archive::ZipDirectory* directory() const {
    return container_->directory();
  }
  const OpenOptions& options() const { return *options_; }
  int depth() const { return depth_; }
  const Limits& limits() const { return options_->limits; }
  Checkpoint& checkpoint() { return checkpoint_; }

  // Takes the folder and the small records of `layout` into the checkpoint.
  // Errors: kDamaged and kUnsupported where these say what is not known.
  Status ReadLayout(const ArchiveLayout& layout);

  // The content of a record. Errors: as RecordContainer::Read.
  Result<archive::RecordBytes> Read(uint32_t record);
  // Of one of a few bytes; the text lives as long as the checkpoint.
  Result<std::string_view> ReadSmall(uint32_t record);

  // A record as a file of its own, which the archive must outlive. Errors: as
  // RecordContainer::Open.
  Result<RecordContainer::Content> Open(uint32_t record);

  // Adds the records whose names begin with `prefix` and end with `suffix`, by
  // what is between. False: there is none. One that is there twice is a
  // finding; the first counts.
  bool IndexBelow(std::string_view prefix, KeyTable& to,
                  std::string_view suffix = {});

  // Locates the records if the options ask for it and gives them to the
  // checkpoint. Nothing can be read or indexed from here on.
  Status MoveRecords();

  // Runs the pickle in `bytes`, the content of `record`. Errors: as
  // pickle::Run.
  Result<pickle::Ref> Run(std::span<const std::byte> bytes, uint32_t record,
                          pickle::Values& values);

  // Of the checkpoint that the tensors are listed in.
  void AddFinding(FindingId id, uint32_t record, std::string message);

  // The checkpoint, when all is listed.
  Checkpoint Take();

 private:
  TorchArchive(const OpenOptions& options, int depth)
      : options_(&options), depth_(depth) {}

  void LookAtFolder(const ArchiveLayout& layout);
  Status ReadVersion(uint32_t record);
  Status ReadByteOrder(uint32_t record);

  std::unique_ptr<RecordContainer> container_;
  const OpenOptions* options_;
  int depth_;
  Checkpoint checkpoint_;
  bool moved_ = false;  // the checkpoint has the records
};

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_TORCH_ARCHIVE_H_
