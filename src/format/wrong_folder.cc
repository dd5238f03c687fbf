#include "format/wrong_folder.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "format/wrong_zip.h"
#include "ptscope/open.h"

namespace ptscope::format {

namespace {

bool Has(std::span<const std::string> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

template <typename Test>
const std::string* First(std::span<const std::string> names, Test test) {
  const auto found = std::ranges::find_if(names, test);
  return found == names.end() ? nullptr : &*found;
}

// A directory that is a checkpoint, and what is to be said of it.
struct Known {
  FolderKind kind;
  Error error;
};

Known Unsupported(FolderKind kind, std::string message, std::string hint) {
  return {kind,
          {.code = ErrorCode::kUnsupported,
           .message = std::move(message),
           .hint = std::move(hint)}};
}

std::optional<Known> KnownFolder(std::span<const std::string> names) {
  using enum FolderKind;
  if (Has(names, ".metadata") || Has(names, "__0.metadata")) {
    return Unsupported(
        kCheckpoint, "is a distributed checkpoint (DCP), which is not read yet",
        "convert it: python -m torch.distributed.checkpoint.format_utils "
        "dcp_to_torch FOLDER NEW");
  }
  if (const auto* index = First(names, [](const std::string& name) {
        return name.ends_with(".index.json");
      })) {
    return Unsupported(
        kCheckpoint,
        "is a sharded checkpoint ('" + *index + "'), which is not read yet",
        "name its .bin files one by one");
  }
  if (Has(names, "data.pkl") && Has(names, "data")) {
    return Unsupported(kArchive,
                       "is an unzipped torch archive, which is not read yet",
                       "zip it again: zip -0 -r NEW.pt FOLDER");
  }
  if (First(names, [](const std::string& name) {
        return name.starts_with("mp_rank_") ||
               name.starts_with("zero_pp_rank_");
      })) {
    return Unsupported(kCheckpoint,
                       "is a DeepSpeed checkpoint, which is not read whole yet",
                       "name its .pt files one by one");
  }
  return {};
}

}  // namespace

Error DescribeFolder(std::span<const std::string> names) {
  if (auto known = KnownFolder(names)) return std::move(known->error);
  const auto* checkpoint = First(
      names, [](const std::string& name) { return IsCheckpointName(name); });
  return {.code = ErrorCode::kIo,
          .message = "is a directory",
          .hint = checkpoint == nullptr
                      ? "name the files in it"
                      : "name the files in it, such as '" + *checkpoint + "'"};
}

}  // namespace ptscope::format

namespace ptscope {

FolderKind KindOfFolder(std::span<const std::string> names) {
  const auto known = format::KnownFolder(names);
  return known ? known->kind : FolderKind::kPlain;
}

}  // namespace ptscope
