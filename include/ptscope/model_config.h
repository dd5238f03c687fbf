// ModelConfig: which model and which version a configuration beside a
// checkpoint says it is.
#ifndef PTSCOPE_MODEL_CONFIG_H_
#define PTSCOPE_MODEL_CONFIG_H_

#include <optional>
#include <string>
#include <vector>

#include "ptscope/limits.h"
#include "ptscope/reference.h"
#include "ptscope/result.h"
#include "ptscope/source.h"

namespace ptscope {

struct ModelConfig {
  std::string class_name;              // "class_name", or "architectures"[0]
  std::optional<std::string> version;  // "version", or "model_version"; of a
                                       // number its digits as written
};

// Reads a JSON object; other keys are left alone. Errors: kConfig, with their
// place; kIo; kLimit.
Result<ModelConfig> ReadModelConfig(const Source& source,
                                    const Limits& limits = {});

struct ConfiguredReference {
  const ReferenceSet* set;
  const Reference* reference;
};

// The manifest of that model, and in it that version. Error: kConfig, naming
// what there is.
Result<ConfiguredReference> FindConfigured(
    const std::vector<ReferenceSet>& manifests, const ModelConfig& config);

}  // namespace ptscope

#endif  // PTSCOPE_MODEL_CONFIG_H_
