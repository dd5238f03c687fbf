/* Runs a program and says what it cost.
 *
 *   cc -O2 -o measure measure.c && ./measure OUT MIB PROGRAM [ARGUMENT...]
 *
 * The program's stdout goes to OUT. Prints wall, user and system milliseconds,
 * the peak resident memory in KiB, and the exit status (128 + the signal).
 *
 * Before that it touches MIB of memory and gives it back. A virtual machine
 * may have returned free memory to its host; the next program that takes much
 * then waits for the host, up to ten times its own time, and which one that
 * is depends on what ran before.
 *
 * A program of its own because a child's peak memory begins with that of the
 * process that started it: started from Python, every program would seem to
 * take 13 MiB. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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

/* In a process of its own, so that it does not count as this one's memory. */
static int TouchMemory(size_t size) {
  const pid_t child = fork();
  if (child == 0) {
    char* bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED) _exit(1);
    madvise(bytes, size, MADV_HUGEPAGE);
    for (size_t at = 0; at < size; at += 4096) bytes[at] = 1;
    _exit(0);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) < 0) return -1;
  return status;
}

int main(int argc, char** argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: measure OUT MIB PROGRAM [ARGUMENT...]\n");
    return 2;
  }
  const int out = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (out < 0) return Fail(argv[1]);
  const size_t touched = (size_t)atol(argv[2]) << 20;
  if (touched != 0 && TouchMemory(touched) != 0) return Fail("touch memory");
  const double start = Now();
  const pid_t child = vfork();
  if (child == 0) {
    dup2(out, STDOUT_FILENO);
    execv(argv[3], argv + 3);
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
