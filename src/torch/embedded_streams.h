// Storages that pickle, not torch.save, has written: as the bytes of a legacy
// stream of their own, torch.storage._load_from_bytes(bytes).
#ifndef PTSCOPE_TORCH_EMBEDDED_STREAMS_H_
#define PTSCOPE_TORCH_EMBEDDED_STREAMS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/pod_vector.h"
#include "pickle/values.h"
#include "ptscope/dtype.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"
#include "torch/globals.h"

namespace ptscope::torch {

// The storage that is the whole object of such a stream.
struct EmbeddedStorage {
  std::string key;  // in its stream; "@0:7" if that only holds another stream
  std::string location;
  Dtype dtype = Dtype::kUnknown;
  uint64_t nbytes = 0;
  uint64_t present = 0;  // of those, before the stream ends
  // Its first byte, where that is a byte of the outermost pickle: bytes that
  // are written as text are not.
  const std::byte* data = nullptr;
};

class EmbeddedStreams {
 public:
  EmbeddedStreams(const pickle::Values& values, Globals& globals,
                  const Limits& limits)
      : values_(values), globals_(globals), limits_(limits) {}

  // The value is a call of _load_from_bytes.
  bool IsStream(pickle::Ref ref);

  // Of which call it is the result, counted from 0 in the order in which the
  // pickle makes them.
  uint32_t NumberOf(pickle::Ref call);

  // Its storage. Equal bytes are read once, however many calls refer to them.
  // Errors: kDamaged, kLimit; kUnsupported if it is no legacy stream, if its
  // object is no storage, or if it lies too deep in others.
  Result<EmbeddedStorage> Read(pickle::Ref call);

  // Calls whose streams cannot be read as a storage.
  uint32_t CountUnread();

 private:
  void FindCalls();

  const pickle::Values& values_;
  Globals& globals_;
  const Limits& limits_;
  bool found_ = false;
  PodVector<pickle::Ref> calls_;  // in order of their nodes
  // By the node of the bytes.
  std::unordered_map<uint32_t, EmbeddedStorage> read_;
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_EMBEDDED_STREAMS_H_
