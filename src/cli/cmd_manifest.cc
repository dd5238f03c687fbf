#include "cli/commands.h"
#include "cli/session.h"
#include "ptscope/reference.h"
#include "render/manifest_json.h"

namespace ptscope::cli {

namespace {

Status Write(const Options& options, Session& session) {
  const std::string& file = options.files[0];
  PTSCOPE_TRY(Checkpoint checkpoint, session.Open(file, options, false));
  ReferenceOptions reference_options{
      .limits = options.limits,
      .filter = NameFilter(options.match, options.exclude)};
  if (options.root && *options.root != "auto") {
    reference_options.root = options.root;
  }
  PTSCOPE_TRY(
      const Reference reference,
      ReferenceFromCheckpoint(std::move(checkpoint), reference_options));
  const render::ManifestHead head{
      .name = options.name, .root = reference_options.root.value_or("auto")};
  return render::WriteManifest(head, reference, [&](std::string_view text) {
    if (!options.quiet) session.out().Write(text);
  });
}

}  // namespace

int RunManifest(const Options& options, Session& session) {
  const Status status = Write(options, session);
  if (status) return kAnswered;
  session.SayError(options.files[0], status.error());
  return kNoAnswer;
}

}  // namespace ptscope::cli
