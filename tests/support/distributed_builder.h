// Pieces of the metadata of a distributed checkpoint.
//
//   Metadata({{"w", TensorEntry("float32", {4}, {{{0}, {4}}})}},
//            {{Index("w", {{0}}), Range("__0_0.distcp", 0, 64)}})
#ifndef PTSCOPE_TESTS_SUPPORT_DISTRIBUTED_BUILDER_H_
#define PTSCOPE_TESTS_SUPPORT_DISTRIBUTED_BUILDER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/torch_pickle.h"

namespace ptscope::test::dcp {

inline constexpr std::string_view kModule =
    "torch.distributed.checkpoint.metadata";

using Dims = std::vector<int64_t>;
using Items = std::vector<std::pair<Piece, Piece>>;

inline Piece Object(std::string_view name, const Items& state) {
  return WithState(New(Global(kModule, name)), Dict(state));
}
inline Piece Size(const Dims& dims) {
  return Call(Global("torch", "Size"), {Ints(dims)});
}
inline Piece LayoutCall(std::string_view name = "torch.strided") {
  return Call(Global("torch.serialization", "_get_layout"), {Str(name)});
}
inline Piece Properties(std::string_view dtype) {
  return WithState(
      New(Global(kModule, "TensorProperties")),
      Tuple({Global("torch", dtype), LayoutCall(), False(),
             Call(Global(kModule, "_MEM_FORMAT_ENCODING"), {Int(0)}),
             False()}));
}
inline Piece ChunkPiece(const Dims& offsets, const Dims& sizes) {
  return Object("ChunkStorageMetadata",
                {{Str("offsets"), Size(offsets)}, {Str("sizes"), Size(sizes)}});
}
inline Piece EntryOf(const Piece& properties, const Piece& size,
                     const Piece& chunks) {
  return Object("TensorStorageMetadata", {{Str("properties"), properties},
                                          {Str("size"), size},
                                          {Str("chunks"), chunks}});
}
inline Piece TensorEntry(std::string_view dtype, const Dims& shape,
                         const std::vector<std::pair<Dims, Dims>>& chunks) {
  Pieces pieces;
  for (const auto& [offsets, sizes] : chunks) {
    pieces.push_back(ChunkPiece(offsets, sizes));
  }
  return EntryOf(Properties(dtype), Size(shape), MakeList(pieces));
}
inline Piece BytesEntry() {
  return New(Global(kModule, "BytesStorageMetadata"));
}
inline Piece Index(std::string_view name,
                   const std::optional<Dims>& offset = std::nullopt) {
  Items state = {{Str("fqn"), Str(name)}, {Str("index"), None()}};
  if (offset) state.emplace_back(Str("offset"), Size(*offset));
  return Object("MetadataIndex", state);
}
inline Piece Range(std::string_view file, int64_t offset, int64_t length) {
  return WithState(
      New(Global("torch.distributed.checkpoint.filesystem", "_StorageInfo")),
      Dict({{Str("relative_path"), Str(file)},
            {Str("offset"), Int(offset)},
            {Str("length"), Int(length)}}));
}

// A whole `.metadata`. `paths`: planner_data.
inline std::string Metadata(
    const std::vector<std::pair<std::string, Piece>>& values,
    const Items& ranges, const Items& paths = {}) {
  Items named;
  for (const auto& [name, entry] : values) named.emplace_back(Str(name), entry);
  return "\x80\x04" +
         Object("Metadata", {{Str("state_dict_metadata"), Dict(named)},
                             {Str("planner_data"), Dict(paths)},
                             {Str("storage_data"), Dict(ranges)},
                             {Str("version"), Str("1.0.0")}}) +
         ".";
}

}  // namespace ptscope::test::dcp

#endif  // PTSCOPE_TESTS_SUPPORT_DISTRIBUTED_BUILDER_H_
