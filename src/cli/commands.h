// The commands, in one table: help, dispatch and suggestions read it.
#ifndef PTSCOPE_CLI_COMMANDS_H_
#define PTSCOPE_CLI_COMMANDS_H_

#include <span>
#include <string_view>

#include "cli/options.h"

namespace ptscope::cli {

class Session;

// Sets of flags that a command has beside those of all.
enum Flags : unsigned {
  kFormat = 1u << 0,
  kSelect = 1u << 1,  // --root, --member, --match, --exclude
  kAll = 1u << 2,
  kHuman = 1u << 3,
  kName = 1u << 4,
  kCheck = 1u << 5,  // -m and what belongs to a reference
  kOneFile = 1u << 6,
  kCompare = 1u << 7,  // of a comparison of any two sides
  kTwoFiles = 1u << 8,
  kManyFiles = 1u << 9,  // -r, --files-from, -j
  kSort = 1u << 10,
  kDepth = 1u << 11,
  kRaw = 1u << 12,
  kOneFileAndPath = 1u << 13,
};

struct Command {
  std::string_view name;
  std::string_view summary;  // one line of help
  std::string_view usage;    // what follows `ptscope NAME`
  std::string_view example;  // runs in the source directory; a test runs it
  unsigned flags;
  // Returns the exit status.
  int (*run)(const Options& options, Session& session);
};

std::span<const Command> Commands();
// Null if there is none of that name.
const Command* FindCommand(std::string_view name);

int RunLs(const Options& options, Session& session);
int RunInfo(const Options& options, Session& session);
int RunTree(const Options& options, Session& session);
int RunShow(const Options& options, Session& session);
int RunManifest(const Options& options, Session& session);
int RunCheck(const Options& options, Session& session);
int RunDiff(const Options& options, Session& session);

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_COMMANDS_H_
