#include "format/wrong_folder.h"

#include <algorithm>
#include <string_view>

#include "format/wrong_zip.h"

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

Error Unsupported(std::string message, std::string hint) {
  return {.code = ErrorCode::kUnsupported,
          .message = std::move(message),
          .hint = std::move(hint)};
}

}  // namespace

Error DescribeFolder(std::span<const std::string> names) {
  if (Has(names, ".metadata") || Has(names, "__0.metadata")) {
    return Unsupported(
        "is a distributed checkpoint (DCP), which is not read yet",
        "convert it: python -m torch.distributed.checkpoint.format_utils "
        "dcp_to_torch FOLDER NEW");
  }
  if (const auto* index = First(names, [](const std::string& name) {
        return name.ends_with(".index.json");
      })) {
    return Unsupported(
        "is a sharded checkpoint ('" + *index + "'), which is not read yet",
        "name its .bin files one by one");
  }
  if (Has(names, "data.pkl") && Has(names, "data")) {
    return Unsupported("is an unzipped torch archive, which is not read yet",
                       "zip it again: zip -0 -r NEW.pt FOLDER");
  }
  if (First(names, [](const std::string& name) {
        return name.starts_with("mp_rank_") ||
               name.starts_with("zero_pp_rank_");
      })) {
    return Unsupported("is a DeepSpeed checkpoint, which is not read whole yet",
                       "name its .pt files one by one");
  }
  const auto* checkpoint = First(
      names, [](const std::string& name) { return IsCheckpointName(name); });
  return {.code = ErrorCode::kIo,
          .message = "is a directory",
          .hint = checkpoint == nullptr
                      ? "name the files in it"
                      : "name the files in it, such as '" + *checkpoint + "'"};
}

}  // namespace ptscope::format
