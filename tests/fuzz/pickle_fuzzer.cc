// The bytes are a pickle: decoded, executed, shown, and its tensors listed.
#include <cstddef>
#include <cstdint>

#include "base/key_table.h"
#include "fuzz/limits.h"
#include "pickle/decoder.h"
#include "pickle/machine.h"
#include "ptscope/checkpoint.h"
#include "support/value_dump.h"
#include "torch/walk.h"

using ptscope::fuzz::kLimits;
using ptscope::fuzz::Require;

namespace {

// Offset behind the first STOP; 0 if the decoder does not get there.
uint64_t Decode(std::span<const std::byte> bytes) {
  ptscope::pickle::Decoder decoder(bytes, "");
  ptscope::pickle::Instruction in;
  uint64_t next = 0;
  while (decoder.Next(in)) {
    Require(in.offset == next && decoder.offset() > next);
    next = decoder.offset();
    if (in.op == ptscope::pickle::Opcode::kStop) return next;
  }
  Require(!decoder.error().message.empty());
  return 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = ptscope::fuzz::Bytes(data, size);
  const uint64_t end = Decode(bytes);

  ptscope::pickle::Values values;
  const auto program = ptscope::pickle::Run(bytes, "", kLimits, values);
  if (!program) return 0;
  Require(program->end == end);
  ptscope::test::DumpValue(values, program->root, 1000);

  ptscope::KeyTable by_key;
  by_key.Insert("0", 0);
  ptscope::Checkpoint checkpoint;
  checkpoint.records.push_back({.name = "0", .stored = 16, .size = 16});
  const ptscope::torch::StorageRecords records{by_key, "data/"};
  const auto status = ptscope::torch::ListTensors(
      values, program->root, records, "", size, kLimits, checkpoint);
  if (!status) return 0;
  for (const ptscope::Tensor& t : checkpoint.tensors) {
    Require(t.storage == ptscope::kNone ||
            t.storage < checkpoint.storages.size());
    checkpoint.PathOf(t);
    checkpoint.FileOffsetOf(t);
  }
  return 0;
}
