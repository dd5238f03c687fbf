// What torch.package writes: pickles by package and name in one archive, and
// the storages of all of them. docs/formats/torch_package.md has the layout.
#ifndef PTSCOPE_FORMAT_TORCH_PACKAGE_H_
#define PTSCOPE_FORMAT_TORCH_PACKAGE_H_

#include <optional>

#include "format/torch_archive.h"

namespace ptscope::format {

// `main` is a record that only packages have. Errors: as FindLayout.
Result<std::optional<ArchiveLayout>> FindTorchPackage(
    const Table<Record>& records);

// Each pickle is a member, named as in the package: "weights/state.pkl".
// Errors: as Open.
Result<Checkpoint> ReadTorchPackage(TorchArchive archive,
                                    const ArchiveLayout& layout);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_TORCH_PACKAGE_H_
