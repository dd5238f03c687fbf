#include "cli/commands.h"
#include "cli/open_checkpoint.h"
#include "cli/session.h"
#include "ptscope/reference.h"
#include "render/manifest_json.h"

namespace ptscope::cli {

namespace {

Status Write(const Options& options, Output& out, Talk& talk) {
  const std::string& file = options.files[0];
  PTSCOPE_TRY(Checkpoint checkpoint, OpenCheckpoint(file, options, {}, talk));
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
    if (!options.quiet) out.Write(text);
  });
}

}  // namespace

int RunManifest(const Options& options, Session& session) {
  Talk talk;
  const Status status = Write(options, session.out(), talk);
  if (!status) talk.SayError(options.files[0], status.error());
  session.Write(talk);
  return status ? kAnswered : kNoAnswer;
}

}  // namespace ptscope::cli
