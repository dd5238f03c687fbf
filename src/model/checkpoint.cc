#include "ptscope/checkpoint.h"

#include <algorithm>

#include "base/arena.h"
#include "base/checked_math.h"

namespace ptscope {

Checkpoint::Checkpoint() : arena_(std::make_unique<Arena>()) {
  paths.push_back({});
}
Checkpoint::~Checkpoint() = default;
Checkpoint::Checkpoint(Checkpoint&&) noexcept = default;
Checkpoint& Checkpoint::operator=(Checkpoint&&) noexcept = default;

void Checkpoint::AddFinding(Finding finding) {
  constexpr size_t kMost = 1000;
  if (findings.size() < kMost) {
    findings.push_back(std::move(finding));
  } else {
    ++findings_omitted;
  }
}

std::string_view Checkpoint::DeviceOf(const Tensor& t) const {
  if (t.storage != kNone) return storages[t.storage].location;
  if (t.detail != kNone) return details[t.detail].device;
  return {};
}

std::optional<uint64_t> Checkpoint::FileOffsetOf(const Tensor& t) const {
  if (t.storage == kNone || t.numel == 0) return std::nullopt;
  const uint32_t index = storages[t.storage].record;
  if (index == kNone) return std::nullopt;
  const Record& record = records[index];
  if (record.data == kUnknown || record.encrypted ||
      record.method != Record::Method::kStored) {
    return std::nullopt;
  }
  // A storage that is cut short may still have the element, and a tensor may
  // reach past its storage.
  const uint64_t bits = BitsPerElement(t.dtype);
  const auto elements = CheckedMul(t.storage_offset, bits);
  const auto begin =
      elements ? CheckedAdd(*elements / 8, storages[t.storage].view_offset)
               : std::nullopt;
  const uint64_t least = std::max<uint64_t>(bits / 8, 1);
  if (!begin || record.stored < least || *begin > record.stored - least) {
    return std::nullopt;
  }
  return record.data + *begin;
}

const StateDict* Checkpoint::StateDictAt(std::string_view root) const {
  // From the last step to the first, which seldom goes far.
  const auto is_at = [&](uint32_t path) {
    size_t end = root.size();
    for (uint32_t i = path; i != 0; i = paths[i].parent) {
      const PathNode& node = paths[i];
      if (!root.substr(0, end).ends_with(node.step)) return false;
      end -= node.step.size();
      if (node.parent == 0) break;
      if (end == 0 || root[--end] != '.') return false;
    }
    return end == 0;
  };
  for (const StateDict& dict : state_dicts) {
    if (paths[dict.path].prefix == root.size() && is_at(dict.path)) {
      return &dict;
    }
  }
  return nullptr;
}

std::vector<std::string_view> Checkpoint::PathOf(const Tensor& t) const {
  std::vector<std::string_view> steps;
  if (t.path == kNone) return steps;  // the tensor is the root
  const PathNode& node = paths[t.path];
  steps.push_back(t.name.substr(
      t.path == 0 ? 0 : std::min<size_t>(node.prefix + 1, t.name.size())));
  for (uint32_t i = t.path; i != 0; i = paths[i].parent) {
    steps.push_back(paths[i].step);
  }
  std::reverse(steps.begin(), steps.end());
  return steps;
}

bool HasMembers(const Checkpoint& checkpoint) {
  return std::ranges::find(checkpoint.parts, Part::Kind::kMember,
                           &Part::kind) != checkpoint.parts.end();
}

std::string_view ToWord(Severity severity) {
  switch (severity) {
#define X(name, word)  \
  case Severity::name: \
    return word;
    PTSCOPE_SEVERITIES(X)
#undef X
  }
  return "";
}

std::string_view ToWord(FindingId id) {
  switch (id) {
#define X(name, word, severity, text) \
  case FindingId::name:               \
    return word;
    PTSCOPE_FINDINGS(X)
#undef X
  }
  return "";
}

Severity DefaultSeverity(FindingId id) {
  switch (id) {
#define X(name, word, severity, text) \
  case FindingId::name:               \
    return Severity::severity;
    PTSCOPE_FINDINGS(X)
#undef X
  }
  return Severity::kError;
}

}  // namespace ptscope
