#include "format/torch_zip.h"

#include <string>

#include "format/archive_signs.h"
#include "torch/framework.h"
#include "torch/walk.h"
#include "torch/writer_signs.h"

namespace ptscope::format {

namespace {

// The records that storage keys name: below data/, in 1.4 below tensors/. Gives
// that prefix.
std::string_view IndexStorages(TorchArchive& archive, std::string_view folder,
                               KeyTable& to) {
  for (const std::string_view below :
       {"data/", "tensors/", "data\\", "tensors\\"}) {
    if (archive.IndexBelow(std::string(folder).append(below), to)) {
      return below;
    }
  }
  return "data/";
}

}  // namespace

Result<Checkpoint> ReadTorchZip(TorchArchive archive,
                                const ArchiveLayout& layout) {
  Checkpoint& checkpoint = archive.checkpoint();
  checkpoint.format = "torch zip";
  PTSCOPE_CHECK(archive.ReadLayout(layout));
  PTSCOPE_TRY(const archive::RecordBytes pickle, archive.Read(layout.main));
  torch::WriterEvidence writer;
  const bool origin = archive.options().origin;
  if (origin) {
    FindArchiveSigns(archive.directory(), layout.folder, checkpoint.version,
                     writer);
  }
  KeyTable by_key;
  const std::string_view prefix = IndexStorages(archive, layout.folder, by_key);
  PTSCOPE_CHECK(archive.MoveRecords());
  pickle::Values values;
  PTSCOPE_TRY(const pickle::Ref root, archive.Run(pickle, layout.main, values));
  const Record& record = checkpoint.records[layout.main];
  const torch::StorageRecords records{
      .by_key = by_key,
      .prefix = prefix,
      .pickle = pickle,
      .pickle_offset =
          record.method == Record::Method::kStored ? record.data : kUnknown};
  PTSCOPE_CHECK(torch::ListTensors(
      values, root, records, BaseName(checkpoint.records[layout.main].name),
      pickle.size(), archive.limits(), checkpoint, archive.options().metadata));
  if (origin) {
    torch::FindWriterSigns(values, checkpoint, writer);
    checkpoint.writer = writer.Conclude();
    torch::FindFramework(values, root, checkpoint);
  }
  return archive.Take();
}

}  // namespace ptscope::format
