// The bytes are a whole file of any kind.
#include <cstddef>
#include <cstdint>

#include "fuzz/limits.h"
#include "ptscope/evidence.h"
#include "ptscope/inventory.h"
#include "ptscope/open.h"
#include "ptscope/roots.h"
#include "ptscope/torch_style.h"

using ptscope::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto source = ptscope::OpenMemory(ptscope::fuzz::Bytes(data, size));
  const auto checkpoint = ptscope::Open(*source, "",
                                        {.limits = ptscope::fuzz::kLimits,
                                         .locate = true,
                                         .metadata = true,
                                         .origin = true,
                                         .evidence = true});
  if (!checkpoint) {
    Require(!checkpoint.error().message.empty());
    return 0;
  }
  for (const ptscope::Tensor& t : checkpoint->tensors) {
    const auto offset = checkpoint->FileOffsetOf(t);
    // Its first byte at least is in the file.
    Require(!offset || *offset < size);
    Require(checkpoint->PathOf(t).empty() == (t.path == ptscope::kNone));
  }
  const auto choice = ptscope::ChooseRoot(*checkpoint, std::nullopt);
  Require(choice.has_value());
  ptscope::TakeInventory(*checkpoint, choice->tensors);
  const auto keys = ptscope::ListKeys(*checkpoint, *choice);
  Require(keys.classes.empty() || keys.classes.size() == keys.tensors.size());
  const auto evidence = ptscope::FindEvidence(*checkpoint);
  for (const ptscope::EvidenceRecord& record : evidence.records) {
    Require(!record.rule.empty() && !record.reason.empty());
  }
  return 0;
}
