#include "format/torch_zip.h"

#include <memory>
#include <string>
#include <utility>

#include "format/archive_signs.h"
#include "torch/origin.h"
#include "torch/pickle_values.h"
#include "torch/walk.h"

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

Result<std::optional<ArchiveLayout>> FindTorchZip(
    const Table<Record>& records) {
  PTSCOPE_TRY(auto layout, FindLayout(records, "data.pkl"));
  if (layout && layout->constants != kNone) layout.reset();
  return layout;
}

Result<Checkpoint> ReadTorchZip(TorchArchive archive,
                                const ArchiveLayout& layout) {
  Checkpoint& checkpoint = archive.checkpoint();
  checkpoint.format = "torch zip";
  PTSCOPE_CHECK(archive.ReadLayout(layout));
  PTSCOPE_TRY(archive::RecordBytes content, archive.Read(layout.main));
  torch::WriterEvidence writer;
  const bool origin = archive.options().origin;
  if (origin && archive.directory() != nullptr) {
    FindArchiveSigns(*archive.directory(), layout.folder, checkpoint.version,
                     writer);
  } else if (origin) {
    writer.SawOtherProgram();
  }
  KeyTable by_key;
  const std::string_view prefix = IndexStorages(archive, layout.folder, by_key);
  PTSCOPE_CHECK(archive.MoveRecords());
  auto kept = std::make_shared<torch::OwnedPickle>();
  kept->bytes = std::move(content);
  const std::span<const std::byte> pickle(kept->bytes.data(),
                                          kept->bytes.size());
  PTSCOPE_TRY(kept->root, archive.Run(pickle, layout.main, kept->values));
  const Record& record = checkpoint.records[layout.main];
  const torch::StorageRecords records{
      .by_key = by_key,
      .prefix = prefix,
      .pickle = pickle,
      .pickle_offset =
          record.method == Record::Method::kStored ? record.data : kUnknown};
  PTSCOPE_CHECK(torch::ListTensors(
      kept->values, kept->root, records, BaseName(record.name), pickle.size(),
      archive.limits(), checkpoint, archive.options().metadata,
      archive.options().evidence));
  if (origin) {
    torch::FindOrigin(kept->values, kept->root, writer, checkpoint);
  }
  if (archive.options().keep_values) {
    checkpoint.values = torch::PickleValues::Of(std::move(kept));
  }
  return archive.Take();
}

}  // namespace ptscope::format
