// References: what `check` holds each FILE against.
#ifndef PTSCOPE_CLI_REFERENCES_H_
#define PTSCOPE_CLI_REFERENCES_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/options.h"
#include "ptscope/model_config.h"
#include "ptscope/reference.h"
#include "ptscope/result.h"

namespace ptscope::cli {

// Reads -m REF once: a manifest, a list, a checkpoint, or with --config a
// folder of manifests. Safe to use from several threads.
class References {
 public:
  // Errors: those of ReadReference and ReadModelConfig and, of the request
  // itself, kUsage. `about` becomes the file that an error is about: REF, a
  // manifest in that folder, the configuration.
  static Result<References> Load(const Options& options, std::string& about);

  // One or more to choose from (--manifest-version auto), and whose they are.
  struct Choice {
    const ReferenceSet* set;
    std::span<const Reference> versions;
    std::string name;  // of the model, or how REF was given
  };
  // For one FILE: a configuration may lie beside it. Error: kConfig.
  Result<Choice> For(const std::string& file) const;

 private:
  explicit References(const Options& options) : options_(&options) {}

  Status LoadSets(const ReferenceOptions& reading, std::string& about);
  Status CheckVersion() const;
  Choice Whole(const ReferenceSet& set,
               std::span<const Reference> versions) const;

  const Options* options_;
  std::vector<ReferenceSet> sets_;     // one, unless REF is a folder
  std::optional<ModelConfig> config_;  // of --config with a path
};

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_REFERENCES_H_
