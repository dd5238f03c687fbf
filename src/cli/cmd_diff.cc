#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "cli/commands.h"
#include "cli/comparing.h"
#include "cli/open_checkpoint.h"
#include "cli/session.h"
#include "ptscope/compare.h"

namespace ptscope::cli {

namespace {

// One side: a checkpoint in whatever state, or a reference of any kind, which
// lends its tensors alone. Of NEW there may be none (left): all is missing.
Result<Reference> ReadSide(const std::string& file, const Options& options,
                           bool is_new) {
  if (file == "-") {
    return Error{.code = ErrorCode::kUsage,
                 .message = "stdin is no file to compare",
                 .hint = "save it to a file first"};
  }
  ReferenceOptions reading{.limits = options.limits,
                           .member = options.member,
                           .filter = NameFilter(options.match, options.exclude),
                           .take_damaged = true,
                           .take_empty = is_new};
  if (options.root && *options.root != "auto") reading.root = options.root;
  PTSCOPE_TRY(ReferenceSet set,
              ReadReference(std::filesystem::path(file), reading));
  auto chosen = set.versions.begin();
  if (set.has_versions()) {
    chosen = std::ranges::find(set.versions, options.manifest_version,
                               &Reference::version);
    if (chosen == set.versions.end()) {
      return Error{
          .code = ErrorCode::kManifest,
          .message =
              options.manifest_version.empty()
                  ? "has versions to choose from"
                  : "has no version \"" + options.manifest_version + "\"",
          .expected = "--manifest-version with one of " + set.VersionNames()};
    }
  }
  Reference side = std::move(*chosen);
  side.rules = {};
  return side;
}

bool HasMembers(const Reference& side) {
  return side.checkpoint != nullptr && ptscope::HasMembers(*side.checkpoint);
}

struct DiffReport final : Report {
  DiffReport(const Reference& before, const std::string& name, Reference now)
      : old(before), old_name(name), after(std::move(now)) {}

  void Show(std::string_view file, render::Renderer& to) const override {
    to.Show(render::Judgement{.file = file,
                              .manifest = old_name,
                              .reference = old,
                              .actual = after,
                              .root = after.root ? &*after.root : nullptr,
                              .comparison = comparison});
  }

  const Reference& old;
  const std::string& old_name;
  const Reference after;
  Comparison comparison;
};

}  // namespace

int RunDiff(const Options& options, Session& session) {
  CompareOptions comparing = ComparingOptions(options);
  comparing.use_tied = false;
  const Result<Reference> before = ReadSide(options.files[0], options, false);
  // The record is about NEW; or about OLD, if that cannot be read.
  Options about = options;
  about.files = {options.files[before ? 1 : 0]};
  return session.ForEachFile(
      about, [&](const std::string& file, Talk& talk) -> Result<Answer> {
        if (!before) return before.error();
        const auto say = [&](const std::string& name, const Reference& side) {
          if (side.checkpoint == nullptr) return;
          SayFindings(name, *side.checkpoint, options.verbose, talk);
        };
        say(options.files[0], *before);
        PTSCOPE_TRY(Reference after, ReadSide(file, options, true));
        say(file, after);
        if (!options.manifest_version.empty() && before->version.empty() &&
            after.version.empty()) {
          return Error{.code = ErrorCode::kManifest,
                       .message = "neither side has versions to choose from",
                       .hint = "leave out --manifest-version"};
        }
        if (!options.member.empty() && !HasMembers(*before) &&
            !HasMembers(after)) {
          return Error{.code = ErrorCode::kUsage,
                       .message = "neither side has members",
                       .hint = "leave out --member"};
        }
        auto report = std::make_unique<DiffReport>(*before, options.files[0],
                                                   std::move(after));
        PTSCOPE_TRY(report->comparison,
                    Compare(*before, report->after, comparing));
        AddRootHint("OLD", *before, report->comparison);
        if (const std::string& version = report->after.version;
            !version.empty()) {
          report->comparison.hints.push_back("NEW: version " + version);
        }
        const int status = report->comparison.differs() ? kFound : kAnswered;
        return Answer{status, std::move(report)};
      });
}

}  // namespace ptscope::cli
