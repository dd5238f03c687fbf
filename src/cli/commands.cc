#include "cli/commands.h"

namespace ptscope::cli {

std::span<const Command> Commands() {
  static constexpr Command kCommands[] = {
      {"ls", "list the tensors, one a line", "[FLAGS] FILE...",
       "ptscope ls --match '*.weight' fixtures/demo.pt",
       kFormat | kSelect | kSort | kAll | kHuman | kManyFiles, &RunLs},
      {"info", "describe the file: format, roots, counts, bytes, tied tensors",
       "[FLAGS] FILE...", "ptscope info fixtures/demo.pt",
       kFormat | kSelect | kHuman | kManyFiles, &RunInfo},
      {"tree", "add up parameters and bytes by module", "[FLAGS] FILE...",
       "ptscope tree --depth 1 fixtures/demo.pt",
       kFormat | kSelect | kSort | kDepth | kHuman | kManyFiles, &RunTree},
      {"show", "show what is no tensor, as JSON: epoch, hyper-parameters",
       "[FLAGS] FILE [PATH]", "ptscope show fixtures/zip/training.pt args",
       kRaw | kOneFileAndPath, &RunShow},
      {"manifest", "write the reference manifest of a known-good checkpoint",
       "[FLAGS] FILE", "ptscope manifest --name demo fixtures/demo.pt",
       kSelect | kName | kOneFile, &RunManifest},
      {"check", "compare with a reference: was part of the model not saved?",
       "[-m REF] [FLAGS] FILE...",
       "ptscope check -m fixtures/demo.json fixtures/demo_missing.pt",
       kFormat | kSelect | kCheck | kCompare | kManyFiles, &RunCheck},
      {"diff", "compare two checkpoints, or references of any kind",
       "[FLAGS] OLD NEW",
       "ptscope diff fixtures/demo.pt fixtures/demo_missing.pt",
       kFormat | kSelect | kCompare | kTwoFiles, &RunDiff},
  };
  return kCommands;
}

const Command* FindCommand(std::string_view name) {
  for (const Command& command : Commands()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

}  // namespace ptscope::cli
