// The bytes are the `.metadata` of a distributed checkpoint whose folder has a
// data file.
#include <cstddef>
#include <cstdint>
#include <string>

#include "format/distributed.h"
#include "fuzz/limits.h"
#include "ptscope/inventory.h"
#include "ptscope/roots.h"
#include "ptscope/torch_style.h"
#include "support/memory_folder.h"

using ptscope::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const ptscope::OpenOptions kOptions{.limits = ptscope::fuzz::kLimits,
                                             .metadata = true};
  ptscope::test::MemoryFolder folder;
  folder.files[".metadata"] =
      std::string(reinterpret_cast<const char*>(data), size);
  folder.files["__0_0.distcp"] = std::string(2000, 'x');
  const auto names = folder.List();
  const auto checkpoint =
      ptscope::format::ReadDistributed(folder, *names, kOptions);
  if (!checkpoint) {
    Require(!checkpoint.error().message.empty());
    return 0;
  }
  for (const ptscope::Tensor& t : checkpoint->tensors) {
    const ptscope::TensorDetail* detail = checkpoint->DetailOf(t);
    Require(t.part == ptscope::kNone || t.part < checkpoint->parts.size());
    // What is said to be there is in the one file that is.
    Require(!detail->problem.empty() || t.numel == 0 ||
            detail->chunk_bytes > 0);
    Require(!checkpoint->PathOf(t).empty());
  }
  const auto choice = ptscope::ChooseRoot(*checkpoint, std::nullopt);
  Require(choice.has_value());
  ptscope::TakeInventory(*checkpoint, choice->tensors);
  ptscope::ListKeys(*checkpoint, *choice);
  return 0;
}
