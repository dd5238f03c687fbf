#include "ptscope/module_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "base/hash.h"
#include "base/natural_order.h"
#include "base/pod_vector.h"
#include "base/wide.h"
#include "ptscope/inventory.h"

namespace ptscope {

namespace {

// What a module costs besides its name.
constexpr uint64_t kModuleBytes = 160;

// Limits::module_bytes where it is 0. A name that is nothing but dots has a
// module for each of its bytes.
uint64_t Budget(const Limits& limits, uint64_t tensors) {
  if (limits.module_bytes != 0) return limits.module_bytes;
  return (24ull << 20) + 512 * tensors;
}

// A module before it is known what lies below it.
struct Node {
  const char* name;  // from the root on
  uint32_t length;
  uint32_t step;  // where its last step begins
  uint32_t parent = kNone;
  uint32_t depth = 0;
  uint32_t first_child = kNone;
  uint32_t last_child = kNone;
  uint32_t next = kNone;  // sibling
  uint32_t tensors = 0;   // 20 million at most (Limits::tensors)
  uint64_t parameters = 0;
  uint64_t nbytes = 0;

  std::string_view text() const { return {name, length}; }
  std::string_view last_step() const { return text().substr(step); }
};

void AddTo(uint64_t& sum, uint64_t n) {
  sum = sum > UINT64_MAX - n ? UINT64_MAX : sum + n;
}

class Builder {
 public:
  Builder(const Checkpoint& checkpoint, const RootChoice& root,
          const ModuleTreeOptions& options)
      : checkpoint_(checkpoint),
        root_(root),
        options_(options),
        budget_(Budget(options.limits, checkpoint.tensors.size())),
        hash_key_(HashKey()) {}

  Result<std::vector<Module>> Build() {
    nodes_.push_back({"", 0, 0});
    containers_.resize(checkpoint_.paths.size(), kNone);
    PodVector<uint32_t> at;  // the innermost module of each tensor
    for (size_t i = 0; i < root_.tensors.size(); ++i) {
      const Tensor& t = checkpoint_.tensors[root_.tensors[i]];
      PTSCOPE_TRY(const uint32_t node, ModuleOf(t, root_.names[i]));
      at.push_back(node);
      ++nodes_[node].tensors;
      AddTo(nodes_[node].nbytes, t.nbytes);
    }
    CountParameters(at);
    AddUp();
    return InOrder();
  }

 private:
  // The module that a tensor belongs to, not deeper than is asked for.
  Result<uint32_t> ModuleOf(const Tensor& t, std::string_view name) {
    if (t.path == kNone || name.empty()) return 0u;
    PTSCOPE_TRY(uint32_t node, ContainerAt(t.path, name));
    if (nodes_[node].depth == options_.depth) return node;
    // What is left of the name is its key there.
    size_t begin = IsRoot(t.path) ? 0 : LengthOf(t.path) + 1;
    for (size_t dot; (dot = name.find('.', begin)) != name.npos &&
                     nodes_[node].depth < options_.depth;
         begin = dot + 1) {
      PTSCOPE_TRY(node, Child(node, name.substr(0, dot), begin));
    }
    return node;
  }

  // Length of the joined name, from the root that was asked for, of a container
  // below it.
  size_t LengthOf(uint32_t path) const {
    const uint32_t prefix = checkpoint_.paths[path].prefix;
    return root_.root.empty() ? prefix : prefix - root_.root.size() - 1;
  }

  // It is the root that was asked for, or what that lies in.
  bool IsRoot(uint32_t path) const {
    return path == 0 || (!root_.root.empty() &&
                         checkpoint_.paths[path].prefix <= root_.root.size());
  }

  // The module of a container; `name` begins with its joined name.
  Result<uint32_t> ContainerAt(uint32_t path, std::string_view name) {
    chain_.clear();
    uint32_t node = 0;
    for (; !IsRoot(path); path = checkpoint_.paths[path].parent) {
      if (containers_[path] != kNone) {
        node = containers_[path];
        break;
      }
      chain_.push_back(path);
    }
    while (!chain_.empty()) {
      const uint32_t next = chain_.back();
      chain_.pop_back();
      if (nodes_[node].depth < options_.depth) {
        const size_t length = LengthOf(next);
        const size_t step = length - checkpoint_.paths[next].step.size();
        PTSCOPE_TRY(node, Child(node, name.substr(0, length), step));
      }
      containers_[next] = node;
    }
    return node;
  }

  // The child of that name, which is made on first mention.
  Result<uint32_t> Child(uint32_t parent, std::string_view name, size_t step) {
    if (2 * nodes_.size() >= slots_.size()) Rehash();
    uint32_t& slot = slots_[SlotOf(parent, name.substr(step))];
    if (slot != kNone) return slot;
    used_ += kModuleBytes + name.size();
    if (used_ > budget_) {
      return Error{.code = ErrorCode::kLimit,
                   .message =
                       "its modules need more memory than the limit "
                       "`module_bytes`",
                   .expected = fmt::format("at most {} bytes", budget_),
                   .hint = "--depth leaves out the innermost"};
    }
    slot = static_cast<uint32_t>(nodes_.size());
    Node& above = nodes_[parent];
    Node node{.name = name.data(),
              .length = static_cast<uint32_t>(name.size()),
              .step = static_cast<uint32_t>(step),
              .parent = parent,
              .depth = above.depth + 1};
    if (above.last_child == kNone) {
      above.first_child = slot;
    } else {
      nodes_[above.last_child].next = slot;
    }
    above.last_child = slot;
    nodes_.push_back(node);
    return slot;
  }

  // Where the child is in the hash table, or would be put.
  size_t SlotOf(uint32_t parent, std::string_view step) const {
    const size_t mask = slots_.size() - 1;
    size_t at = HashText(step, HashNumber(parent, hash_key_)) & mask;
    while (slots_[at] != kNone) {
      const Node& node = nodes_[slots_[at]];
      if (node.parent == parent && node.last_step() == step) break;
      at = (at + 1) & mask;
    }
    return at;
  }

  void Rehash() {
    const size_t size = slots_.empty() ? 64 : 2 * slots_.size();
    slots_.clear();
    slots_.resize(size, kNone);
    for (uint32_t i = 1; i < nodes_.size(); ++i) {
      slots_[SlotOf(nodes_[i].parent, nodes_[i].last_step())] = i;
    }
  }

  // Each tensor counts in its module and above; of a tied group, where its
  // names meet, all but one are taken off again.
  void CountParameters(const PodVector<uint32_t>& at) {
    surplus_.resize(nodes_.size(), Wide{0});
    parameters_.resize(nodes_.size(), Wide{0});
    for (size_t i = 0; i < at.size(); ++i) {
      parameters_[at[i]] += checkpoint_.tensors[root_.tensors[i]].numel;
    }
    const Inventory inventory = TakeInventory(checkpoint_, root_.tensors);
    if (inventory.tied.empty()) return;
    const std::vector<uint32_t> rank = Ranks();
    std::vector<uint32_t> group;
    for (const std::vector<uint32_t>& tied : inventory.tied) {
      group.clear();
      for (const uint32_t i : tied) group.push_back(at[i]);
      std::ranges::sort(group, {}, [&](uint32_t node) { return rank[node]; });
      const uint64_t numel = checkpoint_.tensors[root_.tensors[tied[0]]].numel;
      for (size_t i = 1; i < group.size(); ++i) {
        surplus_[Meeting(group[i - 1], group[i])] += numel;
      }
    }
  }

  // The innermost module that both are in.
  uint32_t Meeting(uint32_t a, uint32_t b) const {
    while (nodes_[a].depth > nodes_[b].depth) a = nodes_[a].parent;
    while (nodes_[b].depth > nodes_[a].depth) b = nodes_[b].parent;
    while (a != b) {
      a = nodes_[a].parent;
      b = nodes_[b].parent;
    }
    return a;
  }

  // Calls visit(node) for each, parents first, siblings in their order.
  template <typename Arrange, typename Visit>
  void ForEach(Arrange arrange, Visit visit) const {
    std::vector<uint32_t> open = {0};
    std::vector<uint32_t> children;
    while (!open.empty()) {
      const uint32_t node = open.back();
      open.pop_back();
      visit(node);
      children.clear();
      for (uint32_t c = nodes_[node].first_child; c != kNone;
           c = nodes_[c].next) {
        children.push_back(c);
      }
      arrange(children);
      open.insert(open.end(), children.rbegin(), children.rend());
    }
  }

  // The place of each module in the file's order.
  std::vector<uint32_t> Ranks() const {
    std::vector<uint32_t> rank(nodes_.size());
    uint32_t next = 0;
    ForEach([](auto&) {}, [&](uint32_t node) { rank[node] = next++; });
    return rank;
  }

  // A module comes behind its parent.
  void AddUp() {
    for (size_t i = nodes_.size(); i-- > 0;) {
      Node& node = nodes_[i];
      parameters_[i] -= surplus_[i];
      node.parameters = parameters_[i] > UINT64_MAX
                            ? UINT64_MAX
                            : static_cast<uint64_t>(parameters_[i]);
      if (i == 0) break;
      parameters_[node.parent] += parameters_[i];
      nodes_[node.parent].tensors += node.tensors;
      AddTo(nodes_[node.parent].nbytes, node.nbytes);
    }
  }

  void Arrange(std::vector<uint32_t>& siblings) const {
    using Order = ModuleTreeOptions::Order;
    if (options_.order == Order::kName) {
      std::ranges::stable_sort(siblings, [this](uint32_t a, uint32_t b) {
        return NaturalLess(nodes_[a].last_step(), nodes_[b].last_step());
      });
    } else if (options_.order == Order::kSize) {
      std::ranges::stable_sort(siblings, [this](uint32_t a, uint32_t b) {
        return nodes_[a].nbytes > nodes_[b].nbytes;
      });
    }
  }

  std::vector<Module> InOrder() const {
    std::vector<Module> modules;
    modules.reserve(nodes_.size());
    ForEach([this](auto& siblings) { Arrange(siblings); },
            [&](uint32_t i) {
              const Node& node = nodes_[i];
              modules.push_back({.name = node.text(),
                                 .depth = node.depth,
                                 .tensors = node.tensors,
                                 .parameters = node.parameters,
                                 .nbytes = node.nbytes});
            });
    return modules;
  }

  const Checkpoint& checkpoint_;
  const RootChoice& root_;
  const ModuleTreeOptions& options_;
  const uint64_t budget_;
  const uint64_t hash_key_;
  uint64_t used_ = 0;
  PodVector<Node> nodes_;
  PodVector<uint32_t> containers_;  // node of each container of the checkpoint
  PodVector<uint32_t> chain_;       // containers without a node, outermost last
  PodVector<uint32_t> slots_;       // a power of two, at most half full
  PodVector<Wide> parameters_;      // of each node
  PodVector<Wide> surplus_;         // elements counted twice below it
};

}  // namespace

Result<std::vector<Module>> ModuleTree(const Checkpoint& checkpoint,
                                       const RootChoice& root,
                                       const ModuleTreeOptions& options) {
  return Builder(checkpoint, root, options).Build();
}

}  // namespace ptscope
