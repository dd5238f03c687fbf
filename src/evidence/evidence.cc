#include "ptscope/evidence.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope {

std::string_view ToWord(Certainty certainty) {
  switch (certainty) {
#define X(name, word)   \
  case Certainty::name: \
    return word;
    PTSCOPE_CERTAINTIES(X)
#undef X
  }
  return "";
}

std::string_view EvidenceReport::result() const {
  if (count(Certainty::kCertain) != 0) return "incomplete";
  if (count(Certainty::kLikely) != 0) return "suspect";
  return "no_evidence";
}

std::string EvidenceReport::LookedAt() const {
  if (shard) return "one part of a checkpoint";
  std::string words;
  const auto add = [&](const std::string& what) {
    words += (words.empty() ? "" : ", ") + what;
  };
  if (sources.metadata != 0) {
    add("_metadata of " + evidence::Count(sources.metadata, "module"));
  }
  if (sources.optimizer != 0) {
    add("optimizer of " + evidence::Count(sources.optimizer, "parameter"));
  }
  if (sources.lists != 0) {
    add(evidence::Count(sources.lists, "numbered list"));
  }
  if (sources.config) add("a configuration");
  return words.empty() ? "its names and shapes alone" : words;
}

EvidenceReport FindEvidence(const Checkpoint& checkpoint,
                            const EvidenceOptions& options) {
  const evidence::Facts facts(checkpoint, options);
  evidence::Findings findings;
  evidence::ApplyRules(facts, findings);
  return findings.Finish();
}

EvidenceReport FindEvidenceBeside(const Checkpoint& checkpoint,
                                  const std::filesystem::path& path,
                                  const Limits& limits) {
  std::error_code ec;
  const bool is_folder = std::filesystem::is_directory(path, ec);
  const std::string name = is_folder ? "" : path.filename().string();
  std::filesystem::path place = is_folder ? path : path.parent_path();
  if (place.empty()) place = ".";
  const auto folder = OpenFolder(place);
  return FindEvidence(checkpoint, {.file_name = name,
                                   .beside = folder ? folder->get() : nullptr,
                                   .limits = limits});
}

Result<EvidenceReport> FindEvidence(const std::filesystem::path& path,
                                    const Limits& limits) {
  PTSCOPE_TRY(
      const Checkpoint checkpoint,
      Open(path, {.limits = limits, .metadata = true, .evidence = true}));
  return FindEvidenceBeside(checkpoint, path, limits);
}

}  // namespace ptscope
