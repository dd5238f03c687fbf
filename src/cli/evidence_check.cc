#include "cli/evidence_check.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "cli/commands.h"
#include "cli/open_checkpoint.h"
#include "cli/session.h"
#include "ptscope/evidence.h"

namespace ptscope::cli {

namespace {

struct EvidenceAnswer final : Report {
  void Show(std::string_view file, render::Renderer& to) const override {
    to.Show(render::EvidenceShown{file, evidence});
  }

  EvidenceReport evidence;
};

Result<Answer> Look(const std::string& file, const Options& options,
                    Talk& talk) {
  PTSCOPE_TRY(const Checkpoint checkpoint,
              OpenCheckpoint(file, options, {.evidence = true}, talk));
  auto report = std::make_unique<EvidenceAnswer>();
  report->evidence = FindEvidenceBeside(checkpoint, file, options.limits);
  const EvidenceReport& found = report->evidence;
  const bool fails = found.count(Certainty::kCertain) != 0 ||
                     (options.strict && found.count(Certainty::kLikely) != 0);
  return Answer{fails ? kFound : kAnswered, std::move(report)};
}

}  // namespace

std::string NeedsReference(const Options& o) {
  const std::pair<bool, std::string_view> flags[] = {
      {o.torch_style, "--style torch"},
      {o.root.has_value(), "--root"},
      {!o.match.empty(), "--match"},
      {!o.exclude.empty(), "--exclude"},
      {!o.allow_extra.empty(), "--allow-extra"},
      {!o.allow_missing.empty(), "--allow-missing"},
      {o.ignore_dtype, "--ignore-dtype"},
      {!o.config.empty(), "--config"},
      {!o.manifest_version.empty(), "--manifest-version"},
      {!o.strip_prefix.empty(), "--strip-prefix"},
      {!o.add_prefix.empty(), "--add-prefix"},
      {o.auto_prefix, "--auto-prefix"},
      {o.show_ok, "--show-ok"}};
  for (const auto& [given, name] : flags) {
    if (!given) continue;
    return fmt::format(
        "{} needs a reference: -m REF (a manifest, a list of names, or another "
        "checkpoint)",
        name);
  }
  return {};
}

int RunEvidence(const Options& options, Session& session) {
  session.SayUsage("no reference (-m): only what the file tells of itself");
  Options with = options;
  with.records = "evidence";
  return session.ForEachFile(with, [&](const std::string& file, Talk& talk) {
    return Look(file, with, talk);
  });
}

}  // namespace ptscope::cli
