/* The floor under any reader of a zip checkpoint: finds the end record, reads
 * the central directory and data.pkl, and steps over each entry and each
 * opcode once. It builds nothing and checks next to nothing.
 *
 *   cc -O2 -o floor floor.c && ./floor FILE [RUNS]
 *
 * Prints lines of a name and a number. Times are milliseconds of a whole walk,
 * from the open file to the last opcode: the first of this process (and its
 * user+sys), and of all RUNS the best and the median.
 *
 * A yardstick: it reads what make_checkpoint.py writes (stored data.pkl,
 * protocol 2) and stops at anything else. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef unsigned char Byte;

struct Walk {
  uint64_t entries, directory, pickle, opcodes;
  uint64_t sum; /* of the sizes, so that no step is optimised away */
};

static void Stop(const char* why) {
  fprintf(stderr, "floor: %s\n", why);
  exit(2);
}

static uint64_t Load(const Byte* p, size_t size) {
  uint64_t v = 0;
  memcpy(&v, p, size); /* on a little-endian machine */
  return v;
}
static uint64_t Load16(const Byte* p) { return Load(p, 2); }
static uint64_t Load32(const Byte* p) { return Load(p, 4); }
static uint64_t Load64(const Byte* p) { return Load(p, 8); }

static double Milliseconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static void ReadInto(int fd, void* to, size_t size, uint64_t offset) {
  if (pread(fd, to, size, (off_t)offset) != (ssize_t)size) Stop("short read");
}

static Byte* ReadNew(int fd, size_t size, uint64_t offset) {
  Byte* bytes = malloc(size + 1);
  if (bytes == NULL) Stop("no memory");
  ReadInto(fd, bytes, size, offset);
  return bytes;
}

/* Steps over the directory; returns the entry of data.pkl. */
static const Byte* StepEntries(const Byte* at, struct Walk* walk) {
  static const char kPickle[] = "/data.pkl";
  const size_t suffix = sizeof kPickle - 1;
  const Byte* pickle = NULL;
  for (uint64_t i = 0; i < walk->entries; ++i) {
    const size_t name = Load16(at + 28);
    walk->sum += Load32(at + 24);
    if (name >= suffix && !memcmp(at + 46 + name - suffix, kPickle, suffix)) {
      pickle = at;
    }
    at += 46 + name + Load16(at + 30) + Load16(at + 32);
  }
  return pickle;
}

static const Byte* AfterLine(const Byte* at, const Byte* end) {
  const Byte* newline = memchr(at, '\n', (size_t)(end - at));
  if (newline == NULL) Stop("a line without an end");
  return newline + 1;
}

static void StepOpcodes(const Byte* at, const Byte* end, struct Walk* walk) {
  while (at < end) {
    ++walk->opcodes;
    /* clang-format off */
    switch (*at++) {
      case 0x80: case 'K': case 'q': case 'h': at += 1; break;
      case 'M': at += 2; break;
      case 'J': case 'r': case 'j': at += 4; break;
      case 'G': at += 8; break;
      case 'X': at += 4 + Load32(at); break;
      case 0x8a: at += 1 + *at; break;
      case 'c': at = AfterLine(AfterLine(at, end), end); break;
      case '.': return;
      default: break; /* no argument */
    }
    /* clang-format on */
  }
  Stop("a pickle without STOP");
}

static struct Walk WalkFile(int fd, uint64_t file_size) {
  struct Walk walk = {0};
  Byte end[22], end64[56], locator[20];
  if (file_size < sizeof end + sizeof locator) Stop("no zip");
  ReadInto(fd, end, sizeof end, file_size - sizeof end);
  if (memcmp(end, "PK\5\6", 4) != 0) Stop("no end record in the last bytes");
  ReadInto(fd, locator, sizeof locator,
           file_size - sizeof end - sizeof locator);
  if (memcmp(locator, "PK\6\7", 4) != 0) Stop("no ZIP64 locator");
  ReadInto(fd, end64, sizeof end64, Load64(locator + 8));
  walk.entries = Load64(end64 + 32);
  walk.directory = Load64(end64 + 40);
  Byte* directory = ReadNew(fd, walk.directory, Load64(end64 + 48));
  const Byte* entry = StepEntries(directory, &walk);
  if (entry == NULL) Stop("no data.pkl");
  walk.pickle = Load32(entry + 24);
  const uint64_t header = Load32(entry + 42);
  Byte local[30];
  ReadInto(fd, local, sizeof local, header);
  Byte* pickle =
      ReadNew(fd, walk.pickle,
              header + sizeof local + Load16(local + 26) + Load16(local + 28));
  StepOpcodes(pickle, pickle + walk.pickle, &walk);
  free(pickle);
  free(directory);
  return walk;
}

static int Compare(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

int main(int argc, char** argv) {
  const int runs = argc == 3 ? atoi(argv[2]) : 1;
  if (argc < 2 || argc > 3 || runs < 1) Stop("usage: floor FILE [RUNS]");
  const int fd = open(argv[1], O_RDONLY);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) Stop("cannot open the file");
  double* times = calloc((size_t)runs, sizeof *times);
  struct Walk walk = {0};
  double first_cpu = 0;
  for (int i = 0; i < runs; ++i) {
    const double cpu = Milliseconds(CLOCK_PROCESS_CPUTIME_ID);
    const double start = Milliseconds(CLOCK_MONOTONIC);
    walk = WalkFile(fd, (uint64_t)status.st_size);
    times[i] = Milliseconds(CLOCK_MONOTONIC) - start;
    if (i == 0) first_cpu = Milliseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  }
  printf("first_ms %.4f\nfirst_cpu_ms %.4f\n", times[0], first_cpu);
  qsort(times, (size_t)runs, sizeof *times, Compare);
  printf("best_ms %.4f\nmedian_ms %.4f\n", times[0], times[runs / 2]);
  printf("entries %llu\ndirectory %llu\npickle %llu\nopcodes %llu\nsum %llu\n",
         (unsigned long long)walk.entries, (unsigned long long)walk.directory,
         (unsigned long long)walk.pickle, (unsigned long long)walk.opcodes,
         (unsigned long long)walk.sum);
  free(times);
  return 0;
}
