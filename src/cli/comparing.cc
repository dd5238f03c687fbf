#include "cli/comparing.h"

#include <fmt/format.h>

namespace ptscope::cli {

CompareOptions ComparingOptions(const Options& options) {
  CompareOptions to{.ignore_dtype = options.ignore_dtype,
                    .strict = options.strict,
                    .filter = NameFilter(options.match, options.exclude),
                    .auto_prefix = options.auto_prefix};
  const auto rule = [](std::string_view flag, const std::string& glob) {
    return glob == "*" ? Allowance(flag) : Allowance(flag, glob);
  };
  for (const auto& glob : options.allow_extra) {
    to.may_add.push_back(rule("--allow-extra", glob));
  }
  for (const auto& glob : options.allow_missing) {
    to.may_miss.push_back(rule("--allow-missing", glob));
  }
  if (!options.strip_prefix.empty()) {
    to.prefixes.push_back({PrefixChange::Kind::kStrip, options.strip_prefix});
  }
  if (!options.add_prefix.empty()) {
    to.prefixes.push_back({PrefixChange::Kind::kAdd, options.add_prefix});
  }
  return to;
}

Result<RootChoice> RootFor(const Checkpoint& checkpoint, const Options& options,
                           const std::optional<std::string>& of_manifest) {
  std::string root = of_manifest.value_or("auto");
  if (options.root) root = *options.root;
  if (root == "auto") return ChooseRoot(checkpoint, std::nullopt);
  return ChooseRoot(checkpoint, root);
}

void AddRootHint(std::string_view side, const Reference& reference,
                 Comparison& comparison) {
  if (!reference.root) return;
  const RootSummary& root = *reference.root;
  if (root.root.empty() && root.outside == 0) return;
  comparison.hints.push_back(
      fmt::format("{}: root {}{}, {} tensor{} outside", side,
                  root.root.empty() ? "is the top level" : root.root,
                  root.automatic ? " (auto)" : "", root.outside,
                  root.outside == 1 ? "" : "s"));
}

Error NothingLeft(const Reference& version) {
  return {.code = ErrorCode::kManifest,
          .message =
              "--match and --exclude leave no tensor of the "
              "reference's version " +
              version.version};
}

}  // namespace ptscope::cli
