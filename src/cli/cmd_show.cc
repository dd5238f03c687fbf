#include "cli/commands.h"
#include "cli/open_checkpoint.h"
#include "cli/session.h"
#include "ptscope/show.h"

namespace ptscope::cli {

namespace {

Status Show(const Options& options, Output& out, Talk& talk) {
  PTSCOPE_TRY(
      const Checkpoint checkpoint,
      OpenCheckpoint(options.files[0], options, {.values = true}, talk));
  const ShowOptions show{.raw = options.raw, .limits = options.limits};
  return ShowValues(checkpoint, options.path, show, [&](std::string_view text) {
    if (!options.quiet) out.Write(text);
  });
}

}  // namespace

int RunShow(const Options& options, Session& session) {
  Talk talk;
  const Status status = Show(options, session.out(), talk);
  if (!status) talk.SayError(options.files[0], status.error());
  session.Write(talk);
  return status ? kAnswered : kNoAnswer;
}

}  // namespace ptscope::cli
