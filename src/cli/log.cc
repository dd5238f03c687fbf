#include "cli/log.h"

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <filesystem>
#include <system_error>

#include "ptscope/roots.h"

namespace ptscope::cli {

namespace {

// Lines of the log become lines of the talk: they wait for their turn too.
class TalkSink final
    : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  TalkSink(std::string_view file, Talk& talk)
      : file_(Escaped(file)), talk_(talk) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    talk_.Say(file_, {message.payload.data(), message.payload.size()});
  }
  void flush_() override {}

  const std::string file_;
  Talk& talk_;
};

double Since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(
             std::chrono::steady_clock::now() - start)
      .count();
}

}  // namespace

Result<Checkpoint> OpenVerbosely(const std::string& file,
                                 const OpenOptions& options, Talk& talk) {
  std::error_code ec;
  if (std::filesystem::is_directory(file, ec)) return Open(file, options);
  spdlog::logger log("ptscope", std::make_shared<TalkSink>(file, talk));
  auto start = std::chrono::steady_clock::now();
  PTSCOPE_TRY(const auto source, OpenFile(file));
  const CountingSource counting(*source);
  log.info("opened in {:.3f} ms, {} bytes", Since(start), source->size());
  start = std::chrono::steady_clock::now();
  auto checkpoint =
      Open(counting, std::filesystem::path(file).filename().string(), options);
  log.info("read in {:.3f} ms: {} bytes in {} reads", Since(start),
           counting.bytes(), counting.reads());
  if (checkpoint) {
    const auto root = ChooseRoot(*checkpoint, std::nullopt);
    log.info("{}, {} records, {} tensors, {} storages, --root auto is \"{}\"",
             checkpoint->format, checkpoint->records.size(),
             checkpoint->tensors.size(), checkpoint->storages.size(),
             Escaped(root ? root->root : ""));
  }
  return checkpoint;
}

}  // namespace ptscope::cli
