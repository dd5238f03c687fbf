// The bytes are the index of a sharded checkpoint whose folder has two shards.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "format/shard_index.h"
#include "format/sharded.h"
#include "fuzz/limits.h"
#include "support/memory_folder.h"
#include "support/pickle_builder.h"

namespace {

std::string Shard(std::string_view name) {
  const std::string header =
      "{\"" + std::string(name) +
      R"(":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})";
  return ptscope::test::Little(header.size(), 8) + header + "v";
}

}  // namespace

using ptscope::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const ptscope::OpenOptions kOptions{.limits = ptscope::fuzz::kLimits};
  ptscope::test::MemoryFolder folder;
  folder.files["1"] = Shard("a");
  folder.files["model-00001-of-00002.safetensors"] = Shard("embed.weight");
  const auto source = ptscope::OpenMemory(ptscope::fuzz::Bytes(data, size));
  Require(ptscope::format::IsShardIndex(*source).has_value());
  const auto checkpoint = ptscope::format::ReadSharded(
      {*source, "m.index.json", &folder, kOptions, 0});
  if (!checkpoint) {
    Require(!checkpoint.error().message.empty());
    return 0;
  }
  Require(checkpoint->tensors.size() <= size);
  uint32_t last = 0;
  for (const ptscope::Tensor& t : checkpoint->tensors) {
    Require(t.part >= last && t.part < checkpoint->parts.size());
    Require(t.only_name == !checkpoint->ProblemOf(t).empty());
    last = t.part;
  }
  return 0;
}
