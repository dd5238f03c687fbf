// Ctrl-C. Before the first file it ends the program at once; after that the
// files at hand are finished first. A second one always ends it at once.
#ifndef PTSCOPE_CLI_INTERRUPT_H_
#define PTSCOPE_CLI_INTERRUPT_H_

namespace ptscope::cli {

// Exit status after Ctrl-C.
inline constexpr int kInterrupted = 130;

// From here on SIGINT ends the program with kInterrupted. Where SIGINT is
// ignored it stays so, as for a job in a shell's background.
void WatchInterrupts();

// From here on it sets Interrupted() instead.
void FinishOnInterrupt();

// Safe to call from several threads.
bool Interrupted();

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_INTERRUPT_H_
