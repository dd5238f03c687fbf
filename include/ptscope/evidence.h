// Evidence: what a checkpoint alone tells of its missing parts.
//
// The file is held against itself: against torch's record of the modules
// (`_metadata`), the optimizer beside the model, the blocks that repeat, a
// configuration. What is found is evidence with a severity; that nothing is
// found proves nothing (docs/evidence.md).
#ifndef PTSCOPE_EVIDENCE_H_
#define PTSCOPE_EVIDENCE_H_

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ptscope/checkpoint.h"
#include "ptscope/open.h"
#include "ptscope/result.h"
#include "ptscope/source.h"

namespace ptscope {

//   kCertain  the file contradicts itself
//   kLikely   it differs from itself where whole models practically never do
//   kNote     has an honest explanation that is as common as a loss
#define PTSCOPE_CERTAINTIES(X) \
  X(kCertain, "certain")       \
  X(kLikely, "likely")         \
  X(kNote, "note")

enum class Certainty : uint8_t {
#define X(name, word) name,
  PTSCOPE_CERTAINTIES(X)
#undef X
};
std::string_view ToWord(Certainty certainty);

struct EvidenceRecord {
  Certainty certainty = Certainty::kNote;
  std::string_view rule = {};  // its id: "optimizer", "module"
  std::string reason = {};     // the fact, and where it comes from
  std::string name = {};       // the lost tensor or module; empty: not known
  std::string root = {};    // the state dict or the optimizer; empty: the root
  std::string module = {};  // the lost tensor's
  std::optional<Dtype> dtype = {};
  std::optional<std::vector<int64_t>> shape = {};
  std::vector<std::string> missing = {};  // names, where it is more than one
  std::optional<uint64_t> param = {};     // its number in the optimizer
  std::string after = {};  // the tensors between which it belongs
  std::string before = {};
  std::string guess = {};  // at its name
};

// What there was to hold the file against.
struct EvidenceSources {
  uint64_t metadata = 0;   // modules that _metadata names
  uint64_t optimizer = 0;  // parameters of optimizers
  uint64_t lists = 0;      // numbered lists
  bool config = false;     // a configuration says how many blocks there are
};

struct EvidenceReport {
  std::vector<EvidenceRecord> records;  // certain first, then in rule order
  std::array<uint64_t, 3> counts = {};  // by certainty, omitted ones too
  std::vector<std::string> omitted;     // words: more than a hundred of a rule
  EvidenceSources sources;
  bool shard = false;  // the file is a part: little can be told

  uint64_t count(Certainty certainty) const {
    return counts[static_cast<size_t>(certainty)];
  }
  // "incomplete", "suspect" or "no_evidence".
  std::string_view result() const;
  // "_metadata of 62 modules, optimizer of 62 parameters, 3 numbered lists".
  std::string LookedAt() const;
};

struct EvidenceOptions {
  // The name of the file, without its folder: shards are known by it.
  std::string_view file_name = {};
  // Where it lies: a config.json may be beside it. May be null.
  const Folder* beside = nullptr;
  Limits limits = {};
};

// `checkpoint` was opened with OpenOptions::metadata and ::evidence. A
// config.json that cannot be read is as if it were not there.
EvidenceReport FindEvidence(const Checkpoint& checkpoint,
                            const EvidenceOptions& options = {});

// Opens the file or the folder, and looks at what lies beside it. Errors: those
// of Open.
Result<EvidenceReport> FindEvidence(const std::filesystem::path& path,
                                    const Limits& limits = {});

// The same of a checkpoint that was opened from there.
EvidenceReport FindEvidenceBeside(const Checkpoint& checkpoint,
                                  const std::filesystem::path& path,
                                  const Limits& limits = {});

}  // namespace ptscope

#endif  // PTSCOPE_EVIDENCE_H_
