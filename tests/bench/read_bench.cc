// What the library takes from an open file to its Checkpoint.
//
//   read_bench [--locate] FILE [RUNS]
//
// Prints lines of a name and a number. Times are milliseconds of Open(source):
// the first of this process (and its user+sys), and of all RUNS the best and
// the median. `bytes` and `reads` are those of one more Open, through a
// CountingSource.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "ptscope/open.h"

namespace {

using Clock = std::chrono::steady_clock;

double Since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start)
      .count();
}

// User and system time of this process, milliseconds.
double CpuTime() {
  return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

int Fail(std::string_view words) {
  std::fprintf(stderr, "read_bench: %.*s\n", static_cast<int>(words.size()),
               words.data());
  return 2;
}

// One reading: the file stays open, the Checkpoint is thrown away.
struct Run {
  double ms = 0;
  double cpu_ms = 0;
  size_t tensors = 0;
};

ptscope::Result<Run> Read(const ptscope::Source& source,
                          const ptscope::OpenOptions& options) {
  const double cpu = CpuTime();
  const auto start = Clock::now();
  PTSCOPE_TRY(const ptscope::Checkpoint checkpoint,
              ptscope::Open(source, "", options));
  return Run{Since(start), CpuTime() - cpu, checkpoint.tensors.size()};
}

int Measure(const char* file, size_t runs,
            const ptscope::OpenOptions& options) {
  const auto source = ptscope::OpenFile(file);
  if (!source) return Fail(source.error().Text());
  std::vector<double> times;
  Run first;
  for (size_t i = 0; i < runs; ++i) {
    const auto run = Read(**source, options);
    if (!run) return Fail(run.error().Text());
    if (times.empty()) first = *run;
    times.push_back(run->ms);
  }
  std::printf("first_ms %.4f\nfirst_cpu_ms %.4f\n", first.ms, first.cpu_ms);
  std::sort(times.begin(), times.end());
  std::printf("best_ms %.4f\nmedian_ms %.4f\n", times[0], times[runs / 2]);
  const ptscope::CountingSource counting(**source);
  if (const auto run = Read(counting, options); !run) {
    return Fail(run.error().Text());
  }
  std::printf("tensors %zu\nbytes %llu\nreads %llu\n", first.tensors,
              static_cast<unsigned long long>(counting.bytes()),
              static_cast<unsigned long long>(counting.reads()));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  ptscope::OpenOptions options;
  int at = 1;
  if (at < argc && std::string_view(argv[at]) == "--locate") {
    options.locate = true;
    ++at;
  }
  const int runs = at + 1 < argc ? std::atoi(argv[at + 1]) : 1;
  if (at >= argc || at + 2 < argc || runs < 1) {
    return Fail("usage: read_bench [--locate] FILE [RUNS]");
  }
  return Measure(argv[at], static_cast<size_t>(runs), options);
}
