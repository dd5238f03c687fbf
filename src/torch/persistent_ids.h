// Persistent ids: what torch.save puts in the place of storages and classes.
#ifndef PTSCOPE_TORCH_PERSISTENT_IDS_H_
#define PTSCOPE_TORCH_PERSISTENT_IDS_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "pickle/values.h"
#include "ptscope/dtype.h"
#include "ptscope/result.h"
#include "torch/globals.h"

namespace ptscope::torch {

// ("storage", class, key, location, numel), in the legacy form with a sixth
// part: None, or the view (key, offset, size) that it stands for. Source:
// torch/serialization.py, persistent_id.
struct PersistentStorage {
  std::string_view key;  // of the pickle, or into `digits`
  std::array<char, 24> digits;
  std::string_view location;  // empty: none
  Dtype dtype = Dtype::kUnknown;
  uint64_t numel = 0;  // in the file's own unit: see ElementBytes
  uint64_t nbytes = 0;
  pickle::Ref view = pickle::Ref::kNone;
};

// Bytes of what the numbers in persistent ids and in front of legacy storages
// count: of the packed types that is bytes.
uint64_t ElementBytes(Dtype dtype);

// Reads the id of a kPersistent. `to` must stay where it is while its key is
// used. Errors: kDamaged, kUnsupported.
Status ReadStorageId(const pickle::Values& values, Globals& globals,
                     pickle::Ref persistent, PersistentStorage& to);

// In the legacy form a module's class is ("module", class, file, source) where
// it comes first, and a plain global from then on. Makes each the class itself.
void ResolveClasses(pickle::Values& values);

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_PERSISTENT_IDS_H_
