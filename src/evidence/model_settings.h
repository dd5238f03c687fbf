// Configurations: config.json beside the file, and mappings of plain values in
// it.
#ifndef PTSCOPE_EVIDENCE_MODEL_SETTINGS_H_
#define PTSCOPE_EVIDENCE_MODEL_SETTINGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ptscope/checkpoint.h"
#include "ptscope/evidence.h"

namespace ptscope::evidence {

struct ModelSettings {
  std::string place = {};  // "config.json", or a name in the file
  std::vector<std::pair<std::string, int64_t>> blocks = {};  // kBlockCounts
  std::optional<int64_t> vocabulary = {};                    // vocab_size
  bool untied = false;  // tie_word_embeddings is false
  bool writes = false;  // architectures[0] ends in ForCausalLM
};

std::vector<ModelSettings> ReadModelSettings(const Checkpoint& checkpoint,
                                             const EvidenceOptions& options);

}  // namespace ptscope::evidence

#endif  // PTSCOPE_EVIDENCE_MODEL_SETTINGS_H_
