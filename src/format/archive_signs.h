// What an archive shows of the release of torch that wrote it.
#ifndef PTSCOPE_FORMAT_ARCHIVE_SIGNS_H_
#define PTSCOPE_FORMAT_ARCHIVE_SIGNS_H_

#include <string_view>

#include "archive/zip_directory.h"
#include "torch/writer.h"

namespace ptscope::format {

// Of a torch.save archive. `folder` with its slash; `version` is the text of
// the record of that name.
void FindArchiveSigns(const archive::ZipDirectory& directory,
                      std::string_view folder, std::string_view version,
                      torch::WriterEvidence& evidence);

// Of a TorchScript archive.
void FindScriptSigns(const archive::ZipDirectory& directory,
                     std::string_view folder, std::string_view version,
                     torch::WriterEvidence& evidence);

// Of an archive that is neither, by the records in the folder alone: what
// `container` is called in Sign::kContainer. Bounds nothing from above.
Writer WriterOfRecords(const Table<Record>& records, std::string_view folder,
                       std::string_view container);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_ARCHIVE_SIGNS_H_
