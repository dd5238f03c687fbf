#include <filesystem>
#include <memory>
#include <utility>

#include "cli/commands.h"
#include "cli/open_checkpoint.h"
#include "cli/session.h"
#include "cli/stdin_source.h"
#include "ptscope/compare.h"
#include "ptscope/reference.h"

namespace ptscope::cli {

namespace {

Result<Reference> Read(const Options& options) {
  ReferenceOptions reading{
      .limits = options.limits,
      .filter = NameFilter(options.match, options.exclude)};
  if (options.root && *options.root != "auto") reading.root = options.root;
  PTSCOPE_TRY(const auto source, OpenReference(options));
  const std::string name =
      std::filesystem::path(options.manifest).filename().string();
  return ReadReference(*source, name, reading);
}

// --root wins over the manifest's, which wins over auto.
Result<RootChoice> Root(const Checkpoint& checkpoint, const Options& options,
                        const Reference& reference) {
  std::string root = "auto";
  if (reference.root) root = *reference.root;
  if (options.root) root = *options.root;
  if (root == "auto") return ChooseRoot(checkpoint, std::nullopt);
  return ChooseRoot(checkpoint, root);
}

CompareOptions Comparing(const Options& options) {
  CompareOptions to{.ignore_dtype = options.ignore_dtype,
                    .filter = NameFilter(options.match, options.exclude)};
  const auto rule = [](std::string_view flag, const std::string& glob) {
    return glob == "*" ? Allowance(flag) : Allowance(flag, glob);
  };
  for (const auto& glob : options.allow_extra) {
    to.may_add.push_back(rule("--allow-extra", glob));
  }
  for (const auto& glob : options.allow_missing) {
    to.may_miss.push_back(rule("--allow-missing", glob));
  }
  return to;
}

struct CheckReport final : Report {
  CheckReport(Checkpoint opened, const Reference& held,
              const std::string& its_name)
      : checkpoint(std::move(opened)), reference(held), manifest(its_name) {}

  void Show(std::string_view file, render::Renderer& to) const override {
    to.Show(render::Judgement{file, manifest, reference, checkpoint, root,
                              comparison});
  }

  const Checkpoint checkpoint;
  const Reference& reference;
  const std::string& manifest;
  RootChoice root;
  Comparison comparison;
};

}  // namespace

int RunCheck(const Options& options, Session& session) {
  if (options.manifest.empty()) {
    session.SayUsage(
        "check needs a reference: -m REF (a manifest, a list of names, or "
        "another checkpoint)");
    return kNoAnswer;
  }
  auto reference = Read(options);
  if (!reference) {
    session.SayError(options.manifest, reference.error());
    return kNoAnswer;
  }
  const CompareOptions comparing = Comparing(options);
  const std::string& manifest =
      reference->name.empty() ? options.manifest : reference->name;
  return session.ForEachFile(
      options, [&](const std::string& file, Talk& talk) -> Result<Answer> {
        PTSCOPE_TRY(Checkpoint checkpoint,
                    OpenCheckpoint(file, options, false, talk));
        auto report = std::make_unique<CheckReport>(std::move(checkpoint),
                                                    *reference, manifest);
        PTSCOPE_TRY(report->root,
                    Root(report->checkpoint, options, *reference));
        report->comparison =
            Compare(*reference, report->checkpoint, report->root, comparing);
        const int status = report->comparison.differs() ? kFound : kAnswered;
        return Answer{status, std::move(report)};
      });
}

}  // namespace ptscope::cli
