// Dict: one state dict of the file, with the tree of its modules.
#ifndef PTSCOPE_EVIDENCE_DICT_H_
#define PTSCOPE_EVIDENCE_DICT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/name_index.h"
#include "ptscope/checkpoint.h"

namespace ptscope::evidence {

// A tensor under its name in the state dict.
struct Key {
  std::string_view name = {};
  std::string_view leaf = {};  // the last step
  uint32_t tensor = 0;         // in Checkpoint::tensors
  uint32_t module = 0;         // in Dict::modules
};

// A module that `_metadata` names, or that a key does.
struct Module {
  std::string_view path = {};
  std::string_view step = {};  // the last one
  uint32_t parent = kNone;
  uint32_t child = kNone;               // the last one
  uint32_t sibling = kNone;             // the one before it
  std::optional<int64_t> version = {};  // of _metadata
  bool named = false;                   // in _metadata
  bool norm_below = false;       // a submodule has version 2 (batch norm)
  bool full_norm_below = false;  // and tensors
  uint32_t first = 0;            // its own keys, in Dict::own
  uint32_t keys = 0;
  uint32_t keys_below = 0;       // at or below it
  uint32_t full_modules = 0;     // modules at or below with keys of their own
  uint32_t submodules = 0;       // below, in _metadata
  uint32_t full_submodules = 0;  // of these, with keys of their own
  uint32_t depth = 0;            // levels of these
  uint64_t structure = 0;        // of paths and versions of the submodules
  uint64_t key_set = 0;          // of the names at or below it
  uint64_t like = 0;             // of the path, numbers aside
};

// A block of a numbered list.
struct Block {
  uint32_t number = 0;
  uint32_t module = 0;
};
// Modules below one parent whose last steps are numbers, and which have keys.
struct NumberedList {
  uint32_t parent = 0;
  std::span<const Block> blocks;  // by number
};

// Steps beyond this depth count as one: a name of thousands must cost no more.
inline constexpr uint32_t kDeepest = 64;

class Dict {
 public:
  // `place` is its place in the file; `named` what _metadata has.
  // The modules of the keys are worked out.
  Dict(std::string place, StateDict::Kind of, std::vector<Key> all,
       std::span<const ModuleMetadata> named);
  Dict(Dict&&) = default;

  std::string root;
  StateDict::Kind kind;
  std::vector<Key> keys;      // file order
  Table<Module> modules;      // [0] is the model; parents come first
  std::vector<uint32_t> own;  // keys, module by module
  std::vector<NumberedList> lists;
  bool metadata = false;     // it is there, and of these names
  uint64_t named_count = 0;  // modules in it
  // A part of the keys has this prefix: the names here are without it.
  std::string_view prefix;
  std::string prefix_example;

  uint32_t FindKey(std::string_view name) const;  // kNone
  uint32_t FindModule(std::string_view path) const;
  std::span<const uint32_t> OwnKeys(uint32_t module) const {
    const Module& m = modules[module];
    return {own.data() + m.first, m.keys};
  }
  // The own key of that last step; kNone.
  uint32_t OwnKey(uint32_t module, std::string_view leaf) const;
  // All keys at or below it, in file order.
  std::vector<uint32_t> KeysBelow(uint32_t module) const;
  // "layers.*"
  std::string ListName(const NumberedList& list) const;

 private:
  bool FitsMetadata(std::span<const ModuleMetadata> named) const;
  void DropPartialPrefix();
  std::string SharedModule(std::string_view prefix) const;
  uint32_t AddModule(std::string_view path);
  void PlaceKeys();
  void SumUp();
  void FindLists();

  void IndexKeys();

  std::unique_ptr<NameIndex> key_index_;
  NameIndex module_index_;
  std::vector<Block> blocks_;
};

}  // namespace ptscope::evidence

#endif  // PTSCOPE_EVIDENCE_DICT_H_
