#include "cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>

namespace ptscope::cli {

namespace {

enum class State { kEnd, kFinish, kInterrupted };

// A signal handler can reach nothing else.
std::atomic<State> state = State::kEnd;
static_assert(std::atomic<State>::is_always_lock_free);

// Ending here needs no care for calls that block, such as reading stdin:
// nothing has been answered yet.
void OnInterrupt(int) {
  State expected = State::kFinish;
  if (!state.compare_exchange_strong(expected, State::kInterrupted)) {
    ::_exit(kInterrupted);
  }
}

}  // namespace

void WatchInterrupts() {
  struct sigaction action = {};
  if (::sigaction(SIGINT, nullptr, &action) != 0 ||
      action.sa_handler == SIG_IGN) {
    return;
  }
  action = {};
  action.sa_handler = OnInterrupt;
  action.sa_flags = SA_RESTART | SA_RESETHAND;
  ::sigaction(SIGINT, &action, nullptr);
}

void FinishOnInterrupt() { state = State::kFinish; }

bool Interrupted() { return state == State::kInterrupted; }

}  // namespace ptscope::cli
