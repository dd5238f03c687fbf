#include "evidence/dict.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

// A hash of two: the order of additions to a sum of these does not matter.
uint64_t Mix(uint64_t a, uint64_t b) {
  return HashNumber(a ^ HashNumber(b, HashKey()),
                    HashKey() ^ 0x5851F42D4C957F2D);
}

uint64_t HashStep(std::string_view step) { return HashText(step, HashKey()); }

}  // namespace

Dict::Dict(std::string place, StateDict::Kind of, std::vector<Key> all,
           std::span<const ModuleMetadata> named)
    : root(std::move(place)),
      kind(of),
      keys(std::move(all)),
      module_index_(keys.size()) {
  modules.push_back({});
  module_index_.Insert("", 0, [this](uint32_t i) { return modules[i].path; });
  IndexKeys();
  DropPartialPrefix();
  for (Key& key : keys) {
    const std::string_view path = ModuleOf(key.name);
    key.module = path == modules.back().path
                     ? static_cast<uint32_t>(modules.size() - 1)
                     : AddModule(path);
    const size_t at = modules[key.module].path.size();
    key.leaf = key.name.substr(at == 0 ? 0 : at + 1);
  }
  if (prefix.empty() && FitsMetadata(named)) {
    metadata = true;
    for (const ModuleMetadata& module : named) {
      Module& m = modules[AddModule(module.module)];
      // Steps beyond the deepest are none of ours.
      if (m.path != module.module) continue;
      m.named = true;
      m.version = module.version;
      ++named_count;
    }
  }
  PlaceKeys();
  SumUp();
  FindLists();
}

// Keys that were renamed leave an attribute behind that is of other modules.
bool Dict::FitsMetadata(std::span<const ModuleMetadata> named) const {
  if (named.empty()) return false;
  NameIndex index(named.size());
  const auto name_of = [&](uint32_t i) { return named[i].module; };
  for (uint32_t i = 0; i < named.size(); ++i) {
    index.Insert(named[i].module, i, name_of);
  }
  size_t known = 0;
  for (const Key& key : keys) {
    const std::string_view module = modules[key.module].path;
    known +=
        !module.empty() && index.Find(module, name_of) != NameIndex::kAbsent;
  }
  return known * 2 >= keys.size();
}

// A module that has keys with the prefix and without it; empty if there is
// none, or if a key is there both ways.
std::string Dict::SharedModule(std::string_view p) const {
  std::vector<std::string_view> stripped;
  const auto module_of = [&](uint32_t i) { return stripped[i]; };
  NameIndex with;
  for (const Key& key : keys) {
    if (!key.name.starts_with(p)) continue;
    const std::string_view rest = key.name.substr(p.size());
    if (FindKey(rest) != kNone) return {};
    const std::string_view module = ModuleOf(rest);
    if (module.empty() || (!stripped.empty() && module == stripped.back())) {
      continue;
    }
    const auto id = static_cast<uint32_t>(stripped.size());
    stripped.push_back(module);
    if (with.Insert(module, id, module_of) != id) stripped.pop_back();
  }
  for (const Key& key : keys) {
    const std::string_view module = ModuleOf(key.name);
    if (key.name.starts_with(p) || module.empty()) continue;
    if (with.Find(module, module_of) != NameIndex::kAbsent) {
      return std::string(module);
    }
  }
  return {};
}

// Some keys of a module have the prefix and some do not: what loads them sees
// two models. No key may be there both ways.
void Dict::DropPartialPrefix() {
  for (const std::string_view p : {"module.", "_orig_mod.", "model."}) {
    const auto prefixed = static_cast<size_t>(std::ranges::count_if(
        keys, [&](const Key& key) { return key.name.starts_with(p); }));
    if (prefixed == 0 || prefixed == keys.size()) continue;
    prefix_example = SharedModule(p);
    if (prefix_example.empty()) continue;
    prefix = p;
    for (Key& key : keys) {
      if (key.name.starts_with(p)) key.name.remove_prefix(p.size());
    }
    return IndexKeys();
  }
}

void Dict::IndexKeys() {
  key_index_ = std::make_unique<NameIndex>(keys.size());
  for (uint32_t i = 0; i < keys.size(); ++i) {
    key_index_->Insert(keys[i].name, i,
                       [this](uint32_t k) { return keys[k].name; });
  }
}

uint32_t Dict::FindKey(std::string_view name) const {
  return key_index_->Find(name, [this](uint32_t i) { return keys[i].name; });
}

uint32_t Dict::FindModule(std::string_view path) const {
  return module_index_.Find(path,
                            [this](uint32_t i) { return modules[i].path; });
}

uint32_t Dict::OwnKey(uint32_t module, std::string_view leaf) const {
  constexpr uint32_t kFew = 16;
  if (modules[module].keys > kFew) {
    const uint32_t key = FindKey(Join(modules[module].path, leaf));
    return key != kNone && keys[key].module == module ? key : kNone;
  }
  for (const uint32_t key : OwnKeys(module)) {
    if (keys[key].leaf == leaf) return key;
  }
  return kNone;
}

std::vector<uint32_t> Dict::KeysBelow(uint32_t module) const {
  std::vector<uint32_t> found;
  std::vector<uint32_t> open = {module};
  while (!open.empty()) {
    const uint32_t at = open.back();
    open.pop_back();
    const auto here = OwnKeys(at);
    found.insert(found.end(), here.begin(), here.end());
    for (uint32_t child = modules[at].child; child != kNone;
         child = modules[child].sibling) {
      if (modules[child].keys_below != 0) open.push_back(child);
    }
  }
  std::ranges::sort(found);
  return found;
}

std::string Dict::ListName(const NumberedList& list) const {
  return Join(modules[list.parent].path, "*");
}

// With its parents; of a path that is too deep the deepest one that is not.
uint32_t Dict::AddModule(std::string_view path) {
  if (const uint32_t known = FindModule(path); known != kNone) return known;
  size_t ends[kDeepest];  // of the path's steps
  uint32_t depth = 0;
  for (size_t at = 0; depth < kDeepest && at <= path.size();) {
    ends[depth] = std::min(path.find('.', at), path.size());
    at = ends[depth++] + 1;
  }
  // The nearest parent that is there; most often the first one.
  uint32_t module = 0;
  uint32_t next = depth;
  for (; next > 0; --next) {
    const uint32_t known = FindModule(path.substr(0, ends[next - 1]));
    if (known == kNone) continue;
    module = known;
    break;
  }
  for (; next < depth; ++next) {
    const auto id = static_cast<uint32_t>(modules.size());
    Module& m = modules.emplace_back();
    m.path = path.substr(0, ends[next]);
    m.step = m.path.substr(next == 0 ? 0 : ends[next - 1] + 1);
    m.parent = module;
    m.sibling = std::exchange(modules[module].child, id);
    module_index_.Insert(m.path, id,
                         [this](uint32_t i) { return modules[i].path; });
    module = id;
  }
  return module;
}

void Dict::PlaceKeys() {
  for (const Key& key : keys) ++modules[key.module].keys;
  uint32_t first = 0;
  for (Module& m : modules) {
    m.first = first;
    first += m.keys;
    m.keys = 0;
  }
  own.resize(keys.size());
  for (uint32_t i = 0; i < keys.size(); ++i) {
    Module& m = modules[keys[i].module];
    own[m.first + m.keys++] = i;
    m.key_set += Mix(1, HashStep(keys[i].leaf));
  }
}

// From the leaves to the model: a parent comes before its children.
void Dict::SumUp() {
  for (size_t i = modules.size(); i-- > 0;) {
    Module& m = modules[i];
    m.keys_below += m.keys;
    m.full_modules += m.keys != 0;
    if (i == 0) break;
    Module& p = modules[m.parent];
    const uint64_t step = HashStep(m.step);
    p.keys_below += m.keys_below;
    p.full_modules += m.full_modules;
    if (m.keys_below != 0) p.key_set += Mix(step, m.key_set);
    if (!m.named && m.submodules == 0) continue;
    const uint64_t version =
        !m.named ? 0 : 2 + static_cast<uint64_t>(m.version.value_or(-1));
    p.structure += Mix(Mix(step, version), m.structure);
    p.submodules += m.submodules + m.named;
    p.full_submodules += m.full_submodules + (m.named && m.keys != 0);
    p.depth = std::max(p.depth, m.depth + 1);
    const bool norm = m.named && m.version == 2;
    p.norm_below = p.norm_below || m.norm_below || norm;
    p.full_norm_below =
        p.full_norm_below || m.full_norm_below || (norm && m.keys != 0);
  }
  for (size_t i = 1; i < modules.size(); ++i) {
    Module& m = modules[i];
    const size_t digits = DigitsAtEnd(m.step).size();
    const uint64_t text = HashStep(m.step.substr(0, m.step.size() - digits));
    m.like = Mix(modules[m.parent].like + 1, text + (digits != 0));
  }
}

void Dict::FindLists() {
  struct Numbered {
    uint32_t parent, number, module;
  };
  std::vector<Numbered> found;
  for (uint32_t i = 1; i < modules.size(); ++i) {
    const Module& m = modules[i];
    const auto number = NumberOf(m.step);
    if (number && m.keys_below != 0) found.push_back({m.parent, *number, i});
  }
  std::ranges::stable_sort(found, {}, [](const Numbered& n) {
    return uint64_t{n.parent} << 32 | n.number;
  });
  blocks_.reserve(found.size());
  for (const Numbered& n : found) blocks_.push_back({n.number, n.module});
  for (size_t i = 0, end = 0; i < found.size(); i = end) {
    while (end < found.size() && found[end].parent == found[i].parent) ++end;
    lists.push_back({found[i].parent, {blocks_.data() + i, end - i}});
  }
}

}  // namespace ptscope::evidence
