// Zip archives: which of torch's formats one is.
#ifndef PTSCOPE_FORMAT_ZIP_H_
#define PTSCOPE_FORMAT_ZIP_H_

#include "format/reading.h"
#include "format/torch_archive.h"

namespace ptscope::format {

// The file is a zip archive.
Result<bool> IsZip(const Source& source);

// Reads an archive by the format of its records; bytes may lie before it.
// Errors: as Open. One of a kind that is not read is kNotCheckpoint or
// kUnsupported, with its usual name.
Result<Checkpoint> ReadZip(const Reading& reading);

// The same of an archive that is open, zipped or unzipped.
Result<Checkpoint> ReadArchive(TorchArchive archive);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_ZIP_H_
