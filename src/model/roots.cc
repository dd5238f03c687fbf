#include "ptscope/roots.h"

#include <algorithm>
#include <numeric>

namespace ptscope {

namespace {

RootChoice TakeEverything(const Checkpoint& checkpoint) {
  RootChoice choice;
  choice.tensors.resize(checkpoint.tensors.size());
  std::iota(choice.tensors.begin(), choice.tensors.end(), 0u);
  choice.names.reserve(checkpoint.tensors.size());
  for (const Tensor& t : checkpoint.tensors) choice.names.push_back(t.name);
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

RootChoice TakeBelow(const Checkpoint& checkpoint, std::string_view path) {
  const std::vector<bool> below = ContainersBelow(checkpoint, path);
  RootChoice choice;
  choice.root = path;
  for (size_t i = 0; i < checkpoint.tensors.size(); ++i) {
    const Tensor& t = checkpoint.tensors[i];
    if (t.path != kNone && below[t.path]) {
      choice.names.push_back(t.name.substr(path.size() + 1));
    } else if (t.path != kNone && t.name == path) {
      choice.names.push_back({});
    } else {
      continue;
    }
    choice.tensors.push_back(static_cast<uint32_t>(i));
  }
  choice.outside = checkpoint.tensors.size() - choice.tensors.size();
  return choice;
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

Result<RootChoice> ChooseRoot(const Checkpoint& checkpoint,
                              std::optional<std::string_view> path) {
  const std::string_view root = path ? *path : UsualRoot(checkpoint);
  RootChoice choice =
      root.empty() ? TakeEverything(checkpoint) : TakeBelow(checkpoint, root);
  choice.automatic = !path;
  if (path && choice.tensors.empty() && !root.empty()) {
    return NothingAt(checkpoint, root);
  }
  return choice;
}

}  // namespace ptscope
