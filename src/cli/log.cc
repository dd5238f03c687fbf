#include "cli/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include "base/escape.h"
#include "ptscope/roots.h"

namespace ptscope::cli {

namespace {

spdlog::logger& Log() {
  static spdlog::logger logger = [] {
    spdlog::logger log("ptscope",
                       std::make_shared<spdlog::sinks::stderr_sink_st>());
    log.set_pattern("%v");  // no time stamps: same bytes in, same bytes out
    return log;
  }();
  return logger;
}

double Since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(
             std::chrono::steady_clock::now() - start)
      .count();
}

}  // namespace

Result<Checkpoint> OpenVerbosely(const std::string& file,
                                 const OpenOptions& options) {
  std::string name;
  EscapeText(name, file, EscapeFor::kStderr);
  auto start = std::chrono::steady_clock::now();
  PTSCOPE_TRY(const auto source, OpenFile(file));
  const CountingSource counting(*source);
  Log().info("{}: opened in {:.3f} ms, {} bytes", name, Since(start),
             source->size());
  start = std::chrono::steady_clock::now();
  auto checkpoint = ptscope::Open(
      counting, std::filesystem::path(file).filename().string(), options);
  Log().info("{}: read in {:.3f} ms: {} bytes in {} reads", name, Since(start),
             counting.bytes(), counting.reads());
  if (checkpoint) {
    const auto root = ChooseRoot(*checkpoint, std::nullopt);
    std::string words;
    EscapeText(words, root ? root->root : "", EscapeFor::kStderr);
    Log().info(
        "{}: {}, {} records, {} tensors, {} storages, --root auto is "
        "\"{}\"",
        name, checkpoint->format, checkpoint->records.size(),
        checkpoint->tensors.size(), checkpoint->storages.size(), words);
  }
  return checkpoint;
}

}  // namespace ptscope::cli
