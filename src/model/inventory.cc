#include "ptscope/inventory.h"

#include <algorithm>

#include "model/extents.h"

namespace ptscope {

namespace {

uint64_t Sum(uint64_t a, uint64_t b) {
  return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

// Bytes that extents cover together. They must come in order of their begins.
class Coverage {
 public:
  void Add(const Extent& e) {
    const uint64_t begin = std::max(e.begin, end_);
    if (e.end <= begin) return;
    bytes_ += e.end - begin;
    end_ = e.end;
  }
  uint64_t bytes() const { return bytes_; }

 private:
  uint64_t end_ = 0;
  uint64_t bytes_ = 0;
};

// After FindTied: of a tied group only the first counts as parameters.
void CountTensors(const Checkpoint& checkpoint,
                  std::span<const uint32_t> tensors, Inventory& inventory) {
  std::vector<bool> again(tensors.size());
  for (const auto& group : inventory.tied) {
    for (size_t i = 1; i < group.size(); ++i) again[group[i]] = true;
  }
  constexpr uint8_t kUnseen = 0xFF;
  std::vector<uint8_t> row(256, kUnseen);  // of each dtype in by_dtype
  inventory.tensors = tensors.size();
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& t = checkpoint.tensors[tensors[i]];
    if (!again[i]) inventory.parameters = Sum(inventory.parameters, t.numel);
    inventory.logical = Sum(inventory.logical, t.nbytes);
    uint8_t& at = row[static_cast<uint8_t>(t.dtype)];
    if (at == kUnseen) {
      at = static_cast<uint8_t>(inventory.by_dtype.size());
      inventory.by_dtype.push_back({.dtype = t.dtype});
    }
    Inventory::OfDtype& of = inventory.by_dtype[at];
    ++of.tensors;
    of.bytes = Sum(of.bytes, t.nbytes);
    const TensorDetail* detail = checkpoint.DetailOf(t);
    if (detail == nullptr || detail->chunks == 0) continue;
    inventory.chunks += detail->chunks;
    inventory.unique = Sum(inventory.unique, t.nbytes);
    inventory.on_disk = Sum(inventory.on_disk, detail->chunk_bytes);
  }
}

// Keeps the worst few.
void AddWaste(std::span<const Extent> extents, uint64_t bytes,
              Inventory& inventory) {
  constexpr size_t kMost = 3;
  auto& wasteful = inventory.wasteful;
  if (bytes == 0 ||
      (wasteful.size() == kMost && wasteful.back().bytes >= bytes)) {
    return;
  }
  Inventory::Waste waste{.storage = extents[0].storage, .bytes = bytes};
  std::vector<uint32_t>& users = waste.first_users;
  for (const Extent& e : extents) {
    if (e.owner != kNone) users.push_back(e.owner);
  }
  std::ranges::sort(users);
  users.erase(std::unique(users.begin(), users.end()), users.end());
  waste.users = users.size();
  users.resize(std::min(users.size(), kMost));
  if (wasteful.size() == kMost) wasteful.pop_back();
  const auto worse = std::ranges::find_if(
      wasteful, [bytes](const auto& other) { return other.bytes < bytes; });
  wasteful.insert(worse, std::move(waste));
}

// Of the extents of one storage.
void CountStorage(const Checkpoint& checkpoint, std::span<const Extent> extents,
                  std::vector<bool>& record_seen, Inventory& inventory) {
  const auto is_listed = [](const Extent& e) { return e.owner != kNone; };
  if (std::ranges::none_of(extents, is_listed)) return;
  ++inventory.storages;
  Coverage listed;
  Coverage all;
  for (const Extent& e : extents) {
    if (is_listed(e)) listed.Add(e);
    all.Add(e);
  }
  const Storage& storage = checkpoint.storages[extents[0].storage];
  inventory.unique = Sum(inventory.unique, listed.bytes());
  inventory.allocated = Sum(inventory.allocated, storage.nbytes);
  const uint64_t wasted = storage.nbytes - all.bytes();
  inventory.wasted = Sum(inventory.wasted, wasted);
  AddWaste(extents, wasted, inventory);
  if (storage.record == kNone || record_seen[storage.record]) return;
  record_seen[storage.record] = true;
  inventory.on_disk =
      Sum(inventory.on_disk, checkpoint.records[storage.record].stored);
}

// Tied names are neighbours.
void FindTied(std::span<const Extent> extents, Inventory& inventory) {
  size_t next = 0;
  for (size_t first = 0; first < extents.size(); first = next) {
    const Tensor& tensor = *extents[first].tensor;
    next = first + 1;
    while (next < extents.size() && AreTied(tensor, *extents[next].tensor)) {
      ++next;
    }
    if (next - first == 1) continue;
    std::vector<uint32_t> group;
    for (const Extent& e : extents.subspan(first, next - first)) {
      if (e.position != kNone) group.push_back(e.position);
    }
    if (group.size() > 1) inventory.tied.push_back(std::move(group));
  }
  std::ranges::sort(inventory.tied, {},
                    [](const auto& group) { return group[0]; });
}

}  // namespace

Inventory TakeInventory(const Checkpoint& checkpoint,
                        std::span<const uint32_t> tensors) {
  Inventory inventory;
  const std::vector<Extent> extents = ExtentsOf(checkpoint, tensors);
  FindTied(extents, inventory);
  CountTensors(checkpoint, tensors, inventory);
  std::vector<bool> record_seen(checkpoint.records.size());
  for (size_t first = 0; first < extents.size();) {
    size_t next = first;
    while (next < extents.size() &&
           extents[next].storage == extents[first].storage) {
      ++next;
    }
    CountStorage(checkpoint, std::span(extents).subspan(first, next - first),
                 record_seen, inventory);
    first = next;
  }
  return inventory;
}

}  // namespace ptscope
