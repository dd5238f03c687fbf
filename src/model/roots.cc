#include "ptscope/roots.h"

#include <algorithm>
#include <numeric>

namespace ptscope {

namespace {

void TakeAll(std::span<const Tensor> tensors, std::vector<uint32_t>& indices,
             std::vector<std::string_view>& names) {
  indices.resize(tensors.size());
  std::iota(indices.begin(), indices.end(), 0u);
  names.reserve(tensors.size());
  for (const Tensor& t : tensors) names.push_back(t.name);
}

RootChoice TakeEverything(const Checkpoint& checkpoint) {
  RootChoice choice;
  TakeAll(checkpoint.tensors, choice.tensors, choice.names);
  TakeAll(checkpoint.extras, choice.extras, choice.extra_names);
  return choice;
}

// For each container whether it is at `path` or below. A container comes
// behind its parent, so one pass is enough; and its joined name need not be
// built, since how far it agrees with `path` follows from its parent.
std::vector<bool> ContainersBelow(const Checkpoint& checkpoint,
                                  std::string_view path) {
  const auto& paths = checkpoint.paths;
  std::vector<bool> below(paths.size());
  std::vector<bool> agrees(paths.size());  // its joined name begins `path`
  agrees[0] = true;
  for (size_t i = 1; i < paths.size(); ++i) {
    const PathNode& node = paths[i];
    below[i] = below[node.parent];
    if (below[i] || !agrees[node.parent]) continue;
    std::string_view rest = path.substr(paths[node.parent].prefix);
    if (node.parent != 0) {
      if (!rest.starts_with('.')) continue;
      rest.remove_prefix(1);
    }
    if (!rest.starts_with(node.step)) continue;
    agrees[i] = true;
    below[i] = rest.size() == node.step.size();
  }
  return below;
}

void TakeSome(std::span<const Tensor> tensors, const std::vector<bool>& below,
              std::string_view path, std::vector<uint32_t>& indices,
              std::vector<std::string_view>& names) {
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& t = tensors[i];
    if (t.path != kNone && below[t.path]) {
      names.push_back(t.name.substr(path.size() + 1));
    } else if (t.path != kNone && t.name == path) {
      names.push_back({});
    } else {
      continue;
    }
    indices.push_back(static_cast<uint32_t>(i));
  }
}

RootChoice TakeBelow(const Checkpoint& checkpoint, std::string_view path) {
  const std::vector<bool> below = ContainersBelow(checkpoint, path);
  RootChoice choice;
  choice.root = path;
  TakeSome(checkpoint.tensors, below, path, choice.tensors, choice.names);
  TakeSome(checkpoint.extras, below, path, choice.extras, choice.extra_names);
  choice.outside = checkpoint.tensors.size() - choice.tensors.size();
  return choice;
}

void KeepSome(const NameFilter& filter, std::vector<uint32_t>& indices,
              std::vector<std::string_view>& names) {
  size_t kept = 0;
  for (size_t i = 0; i < names.size(); ++i) {
    if (!filter.Keeps(names[i])) continue;
    indices[kept] = indices[i];
    names[kept++] = names[i];
  }
  indices.resize(kept);
  names.resize(kept);
}

bool HoldsOthers(const Entry& entry) {
  return entry.type == "dict" || entry.type == "list" || entry.type == "module";
}

// The path that nobody had to name.
std::string_view UsualRoot(const Checkpoint& checkpoint) {
  switch (checkpoint.root_kind) {
    case RootKind::kTensor:
    case RootKind::kList:
    case RootKind::kModule:
      return {};
    case RootKind::kDict:
    case RootKind::kOther:
      break;
  }
  const auto direct = static_cast<uint64_t>(
      std::ranges::count(checkpoint.tensors, uint32_t{0}, &Tensor::path));
  for (const std::string_view name : kUsualRoots) {
    const auto entry =
        std::ranges::find(checkpoint.entries, name, &Entry::name);
    if (entry != checkpoint.entries.end() && HoldsOthers(*entry) &&
        entry->tensors >= direct) {
      return name;
    }
  }
  return {};
}

Error NothingAt(const Checkpoint& checkpoint, std::string_view path) {
  constexpr size_t kShown = 10;
  std::string there;
  size_t count = 0;
  for (const Entry& entry : checkpoint.entries) {
    if (entry.tensors == 0 || entry.type == "tensor") continue;
    if (++count > kShown) continue;
    if (count > 1) there += ", ";
    there += '"' + std::string(entry.name) + '"';
  }
  if (count > kShown) {
    there += " and " + std::to_string(count - kShown) + " more";
  }
  return {.code = ErrorCode::kUsage,
          .message = "no tensor is below the root \"" + std::string(path) + '"',
          .hint = count == 0 ? "the file has no roots but its own: leave "
                               "--root out"
                             : "its roots are " + there};
}

}  // namespace

void RootChoice::Keep(const NameFilter& filter) {
  if (filter.empty()) return;
  KeepSome(filter, tensors, names);
  KeepSome(filter, extras, extra_names);
}

Result<RootChoice> ChooseRoot(const Checkpoint& checkpoint,
                              std::optional<std::string_view> path) {
  const std::string_view root = path ? *path : UsualRoot(checkpoint);
  RootChoice choice =
      root.empty() ? TakeEverything(checkpoint) : TakeBelow(checkpoint, root);
  choice.automatic = !path;
  if (path && choice.tensors.empty() && choice.extras.empty() &&
      !root.empty()) {
    return NothingAt(checkpoint, root);
  }
  return choice;
}

}  // namespace ptscope
