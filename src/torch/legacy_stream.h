// The legacy form of torch.save, from bytes at hand: five pickles, then the
// storages. docs/formats/legacy.md has the layout.
#ifndef PTSCOPE_TORCH_LEGACY_STREAM_H_
#define PTSCOPE_TORCH_LEGACY_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/key_table.h"
#include "base/pod_vector.h"
#include "pickle/values.h"
#include "ptscope/dtype.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"

namespace ptscope::torch {

// Pickles in front of the storages.
inline constexpr int kLegacyPickles = 5;

// The bytes begin with the magic number, which is a pickle of its own.
bool IsLegacyStream(std::span<const std::byte> head);

// "little" or "big", as sys_info says of its writer; empty if it does not.
// Nothing else of it tells how to read the file, so that any object will do.
std::string_view ByteOrderOf(const pickle::Values& values,
                             pickle::Ref sys_info);

// A storage as the stream lays it out: an i64 that counts elements, and they.
struct LegacyStorage {
  std::string_view key;
  uint64_t numel = 0;   // by its persistent id
  uint64_t nbytes = 0;  // of the elements
  uint64_t count = 0;   // offset of the i64 in the stream
};

class LegacyStream {
 public:
  // Reads the pickles at the start of `bytes`, which must outlive the stream;
  // what is behind them is not looked at. `record` names the stream in errors.
  // Errors: kDamaged, kUnsupported (another version), kLimit.
  Status Read(std::span<const std::byte> bytes, std::string_view record,
              const Limits& limits);

  // Of the object, its classes resolved.
  const pickle::Values& values() const { return values_; }
  pickle::Ref root() const { return root_; }
  // Where the object's pickle begins and ends.
  uint64_t object_begin() const { return object_begin_; }
  uint64_t object_end() const { return object_end_; }
  // "little" or "big": the writer's; the stream itself is always little.
  // Empty: it does not say.
  std::string_view byte_order() const { return byte_order_; }
  // Behind the pickles.
  uint64_t data() const { return data_; }

  // The storages in the order of their bytes, and their keys with the index of
  // each; of a storage that the object has but the list of keys has not, the
  // index is kUnplaced or more. Errors: kDamaged for keys that the object does
  // not have: how long such a storage is is not in the stream.
  Status Place(std::vector<LegacyStorage>& storages, KeyTable& by_key) const;
  static constexpr uint32_t kUnplaced = 1u << 31;

 private:
  Result<pickle::Ref> Next(pickle::Values& values);
  Status ReadHeader();
  Status ReadKeys();

  std::span<const std::byte> bytes_;
  std::string_view record_;
  const Limits* limits_ = nullptr;
  uint64_t at_ = 0;  // of the next pickle
  pickle::Values values_;
  pickle::Ref root_;
  pickle::Values key_values_;  // keys_ are of it
  PodVector<pickle::Ref> keys_;
  std::string_view byte_order_;
  uint64_t object_begin_ = 0;
  uint64_t object_end_ = 0;
  uint64_t keys_at_ = 0;
  uint64_t data_ = 0;
};

// The error where the i64 in front of a storage is not what the object says.
// `offset` is the i64's, in `record`.
Error WrongCount(const LegacyStorage& storage, int64_t count, uint64_t offset,
                 std::string_view record);

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_LEGACY_STREAM_H_
