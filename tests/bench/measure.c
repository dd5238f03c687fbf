/* Runs a program and says what it cost.
 *
 *   cc -O2 -o measure measure.c && ./measure OUT PROGRAM [ARGUMENT...]
 *
 * The program's stdout goes to OUT. Prints wall, user and system milliseconds,
 * the peak resident memory in KiB, and the exit status (128 + the signal).
 *
 * A program of its own because a child's peak memory begins with that of the
 * process that started it: started from Python, every program would seem to
 * take 13 MiB. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double Seconds(struct timeval t) {
  return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static double Now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int Fail(const char* what) {
  fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
  return 2;
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: measure OUT PROGRAM [ARGUMENT...]\n");
    return 2;
  }
  const int out = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (out < 0) return Fail(argv[1]);
  const double start = Now();
  const pid_t child = vfork();
  if (child == 0) {
    dup2(out, STDOUT_FILENO);
    execv(argv[2], argv + 2);
    _exit(127);
  }
  if (child < 0) return Fail("vfork");
  int status = 0;
  struct rusage usage;
  while (wait4(child, &status, 0, &usage) < 0) {
    if (errno != EINTR) return Fail("wait4");
  }
  const double wall = Now() - start;
  printf("%.4f %.4f %.4f %ld %d\n", wall * 1e3, Seconds(usage.ru_utime) * 1e3,
         Seconds(usage.ru_stime) * 1e3, usage.ru_maxrss,
         WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return 0;
}
