#!/usr/bin/env python3
"""Measures the program beside other ways to the same answer.

    bench.py [--quick] [--runs N] [--dir DIR] [BINARY]

Makes checkpoints of 20 to 1,000,000 tensors in a scratch folder and lists them
with the program, with a bare walk over their bytes (floor.c; of safetensors
json_floor.cc), with `unzip -l`
and with CPython and stubs (stub_reader.py). Programs take turns, after one
round that does not count; figures are medians. docs/benchmarks.md says what
each row means.

Ends with 0 whatever the clock says: a "no" is a figure, not a failure. A
program that fails ends it with 1.
"""
import argparse
import dataclasses
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MIB = 1 << 20
SHORT_MS, LONG_MS = 12, 5000  # below: ten times the runs; above: two
SMALL_PEAK = 8 * MIB  # below: measure.c touches no memory first


@dataclasses.dataclass(frozen=True)
class File:
    name: str
    tensors: int  # what a listing shows
    arguments: str  # of the script
    script: str = "make_checkpoint.py"

FILES = (
    File("20", 20, "--tensors 20 --numel 4096"),
    File("1,000 in 10 GB", 1000, "--tensors 1000 --numel 2500000"),
    File("100,000", 100_000, "--tensors 100000 --numel 16"),
    File("30,000 and Adam", 90_000, "--tensors 30000 --numel 16 --optimizer"),
    File("30,000, Adam, a loss", 89_999,
         "--tensors 30000 --numel 16 --optimizer --lose 12345"),
    File("1,000,000", 1_000_000, "--tensors 1000000 --numel 16"),
    File("100,000 in the legacy form", 100_000,
         "--tensors 100000 --numel 16 --legacy"),
    File("100,000 in safetensors", 100_000, "--tensors 100000 --numel 16",
         "make_safetensors.py"),
    File("100,000 in 1,000 shards", 100_000,
         "--tensors 100000 --numel 16 --shards 1000", "make_safetensors.py"),
)
SMALL, SPARSE, MANY, TRAINING, LOSS, MOST, LEGACY, SAFETENSORS, SHARDS = (
    file.name for file in FILES)


class Runs:
    """What the runs of one program on one file cost."""

    def __init__(self):
        self.wall, self.cpu, self.peak, self.told = [], [], [], []

    def add(self, wall, cpu, peak, told):
        self.wall.append(wall)
        self.cpu.append(cpu)
        self.peak.append(peak)
        self.told.append(told)

    def median(self, what):
        """Milliseconds of `wall` and `cpu`, bytes of `peak`; another name is
        one that the program itself printed."""
        if what in ("wall", "cpu", "peak"):
            return statistics.median(getattr(self, what))
        return statistics.median(told[what] for told in self.told)


def compile_c(name, scratch):
    compiler = os.environ.get("CC", "cc")
    program = scratch / name
    subprocess.run([compiler, "-O2", "-o", program, HERE / f"{name}.c"],
                   check=True)
    return str(program)


def measured_by(measure, command, out="/dev/null", touch=0):
    """(wall ms, user+sys ms, peak bytes) of one run, with that many bytes of
    memory at hand."""
    done = subprocess.run(
        [measure, out, str(touch // MIB), *command], check=True,
        stdout=subprocess.PIPE, text=True)
    wall, user, system, peak, status = done.stdout.split()
    found = "check" in command and status == "1"
    if status != "0" and not found:
        sys.exit(f"bench: exit {status}: {' '.join(command)}")
    return float(wall), float(user) + float(system), int(peak) * 1024


class Bench:
    def __init__(self, args, scratch):
        self.scratch, self.runs = scratch, args.runs
        self.binary = str(args.binary.resolve())
        self.read_bench = str(args.binary.resolve().parent / "tests/read_bench")
        self.json_floor = str(args.binary.resolve().parent / "tests/json_floor")
        self.floor = compile_c("floor", scratch)
        self.measure = compile_c("measure", scratch)
        self.unzip = shutil.which("unzip")
        self.results = {}  # (file, program): Runs

    def run(self, command, touch=0):
        """The same, and the named numbers of a program that tells some."""
        if command[0] not in (self.floor, self.json_floor, self.read_bench):
            return *measured_by(self.measure, command, touch=touch), {}
        out = self.scratch / "told"
        cost = measured_by(self.measure, command, str(out), touch)
        told = (line.split() for line in out.read_text().splitlines())
        return *cost, {name: float(number) for name, number in told}

    def programs(self, file, path):
        """name: command, in the order in which they take turns."""
        if file.name in (LEGACY, SAFETENSORS, SHARDS):
            return self.programs_without_zip(file, path)
        tool, path = self.binary, str(path)
        python = [sys.executable, "-I", str(HERE / "stub_reader.py")]
        all_ = {
            "floor": [self.floor, path],
            "ls": [tool, "ls", path],
            "ls --format ndjson": [tool, "ls", "--format", "ndjson", path],
            "info": [tool, "info", path],
            "unzip -l": [self.unzip, "-l", path],
            "CPython and stubs": [*python, path],
            "library's read": [self.read_bench, path],
            "with file_offset": [self.read_bench, "--locate", path],
        }
        if file.name == MANY:
            reference = str(self.scratch / "reference.json")
            measured_by(self.measure, [tool, "manifest", path], reference)
            all_["check -m MANIFEST"] = [tool, "check", "-m", reference, path]
        if file.name in (MANY, TRAINING, LOSS):
            all_["check"] = [tool, "check", path]
        if self.unzip is None:
            del all_["unzip -l"]
        if not os.path.exists(self.read_bench):
            del all_["library's read"], all_["with file_offset"]
        return all_

    def programs_without_zip(self, file, path):
        tool, files = self.binary, sorted(map(str, path.glob("*.safetensors")))
        all_ = {
            "floor": [self.json_floor, *(files or [str(path)])],
            "ls": [tool, "ls", str(path)],
            "ls --format ndjson": [tool, "ls", "--format", "ndjson", str(path)],
            "info": [tool, "info", str(path)],
        }
        if file.name == LEGACY:
            del all_["floor"]  # that of safetensors
        if file.name == SAFETENSORS and os.path.exists(self.read_bench):
            all_["library's read"] = [self.read_bench, str(path)]
        return all_

    def rounds_of(self, wall):
        if wall < SHORT_MS:
            return 10 * self.runs
        return min(2, self.runs) if wall > LONG_MS else self.runs

    def file(self, file):
        say(f"making {file.name} tensors")
        path = self.scratch / "model.pt"
        subprocess.run([sys.executable, HERE / file.script, path,
                        *file.arguments.split()], check=True)
        programs = self.programs(file, path)
        rounds, touch = {}, {}
        for name, command in programs.items():
            wall, _, peak, told = self.run(command)  # warms the page cache
            if told.get("tensors", file.tensors) != file.tensors:
                sys.exit(f"bench: {name} found {told['tensors']:.0f} tensors, "
                         f"not {file.tensors}")
            rounds[name] = self.rounds_of(wall)
            touch[name] = peak * 3 // 2 if peak > SMALL_PEAK else 0
            self.results[file.name, name] = Runs()
        say(f"measuring {file.name} tensors")
        most = max(rounds.values())
        for turn in range(most):
            for name, command in programs.items():
                # those with fewer runs are spread over all turns
                if turn * rounds[name] // most != (
                        (turn + 1) * rounds[name] // most):
                    self.results[file.name, name].add(
                        *self.run(command, touch[name]))
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


class Targets:
    """The rows of the second table."""

    def __init__(self, results):
        self.results, self.rows = results, []

    def median(self, file, program, what):
        runs = self.results.get((file, program))
        return runs.median(what) if runs else None

    def row(self, what, figures, ratio, most, unit="x"):
        """`most` is the target, as a bound from above."""
        self.rows.append((what, figures, f"{ratio:.2f}{unit}",
                          f"at most {most:g}{unit}",
                          "yes" if ratio <= most else "no"))

    def times(self, file, program, base, most, at_least=False):
        """A program's time over another's; `at_least`: the other way round.
        The clock decides; user+sys stands beside it because it is what less
        of the machine's other work gets into."""
        pairs = [(self.median(file, program, what),
                  self.median(file, base, what)) for what in ("wall", "cpu")]
        if None in pairs[0]:
            return
        (a, b), (cpu_a, cpu_b) = pairs
        if at_least:
            (a, b), (cpu_a, cpu_b) = (b, a), (cpu_b, cpu_a)
        cpu = f"user+sys {cpu_a / max(cpu_b, 1e-6):.2f}x"
        figures = f"{ms(a)} / {ms(b)}, {cpu}"
        if not at_least:
            self.row(f"{file}: {program} / {base}", figures, a / b, most)
            return
        self.rows.append((f"{file}: {base} / {program}", figures,
                          f"{a / b:.2f}x", f"at least {most:g}x",
                          "yes" if a / b >= most else "no"))

    def read(self, file, most):
        read, floor, cpu_read, cpu_floor = (
            self.median(file, program, what)
            for what in ("first_ms", "first_cpu_ms")
            for program in ("library's read", "floor"))
        if read is not None:
            self.row(f"{file}: library's read / the floor's walk",
                     f"{ms(read)} / {ms(floor)}, user+sys "
                     f"{cpu_read / cpu_floor:.2f}x", read / floor, most)

    def growth(self, program, what, most):
        """Time a tensor of the largest file over that of the large one."""
        few, many = (self.median(file, program, what) for file in (MANY, MOST))
        if few is None or many is None:
            return
        cpu = {"wall": "cpu", "first_ms": "first_cpu_ms"}[what]
        cpu = (self.median(MOST, program, cpu) /
               self.median(MANY, program, cpu) / 10)
        figures = f"{ms(many)} / 10 x {ms(few)}, user+sys {cpu:.2f}x"
        self.row(f"{MOST} / 10 x {MANY}: {program}", figures, many / few / 10,
                 most)

    def forms(self, file, other, most):
        """`ls` of one form over `ls` of another."""
        times = [self.median(f, "ls", what)
                 for what in ("wall", "cpu") for f in (file, other)]
        if None in times:
            return
        a, b, cpu_a, cpu_b = times
        self.row(f"ls: {file} / {other}", f"{ms(a)} / {ms(b)}, user+sys "
                 f"{cpu_a / cpu_b:.2f}x", a / b, most)

    def metadata(self, file):
        """Bytes of directory and pickle, or of the headers."""
        if file in (SAFETENSORS, SHARDS):
            return self.median(file, "floor", "metadata")
        return (self.median(file, "floor", "directory") +
                self.median(file, "floor", "pickle"))

    def memory(self, file):
        """Allowed are 16 MiB + 6 x (directory + pickle)."""
        peak, program = max(
            (self.median(file, program, "peak"), program)
            for program in ("ls", "ls --format ndjson", "info"))
        allowed = 16 * MIB + 6 * self.metadata(file)
        self.row(f"{file}: peak memory ({program}) / allowed",
                 f"{mib(peak)} / {mib(allowed)}", peak / allowed, 1)

    def bytes_read(self, file):
        read = self.median(file, "library's read", "bytes")
        if read is None:
            return
        metadata = self.metadata(file)
        self.row(f"{file}: bytes read beside directory and pickle",
                 f"{read:,.0f} - {metadata:,.0f}", (read - metadata) / 1024, 64,
                 " KiB")

    def headers(self, file):
        plain, located = (self.results.get((file, name)) for name in
                          ("library's read", "with file_offset"))
        if not plain:
            return
        bytes_ = located.median("bytes") - plain.median("bytes")
        reads = located.median("reads") - plain.median("reads")
        entries = self.median(file, "floor", "entries")
        figures = (f"{bytes_:,.0f} bytes in {reads:,.0f} reads for "
                   f"{entries:,.0f} headers")
        if file == SPARSE:  # too far apart for a read of several
            self.row(f"{file}: local headers, bytes each", figures,
                     bytes_ / entries, 256, " B")
        else:
            self.row(f"{file}: local headers, reads for 1,000", figures,
                     1000 * reads / entries, 1, "")

    def all(self):
        self.read(MANY, 3)
        self.times(MANY, "ls", "floor", 4)
        self.times(MANY, "ls", "CPython and stubs", 15, at_least=True)
        self.times(MANY, "ls --format ndjson", "floor", 6)
        self.times(MANY, "ls --format ndjson", "CPython and stubs", 10,
                   at_least=True)
        self.times(SMALL, "ls", "unzip -l", 1.6)
        self.times(SPARSE, "ls", "unzip -l", 1)
        self.times(MANY, "check -m MANIFEST", "ls --format ndjson", 2)
        self.times(MANY, "check", "ls --format ndjson", 2)
        self.times(LOSS, "check", "ls --format ndjson", 3)
        self.growth("ls", "wall", 1.2)
        self.growth("ls --format ndjson", "wall", 1.2)
        self.growth("library's read", "first_ms", 1.2)
        files = [file.name for file in FILES
                 if (file.name, "floor") in self.results]
        for file in files:
            self.memory(file)
        for file in files:
            self.bytes_read(file)
        self.headers(SPARSE)
        self.headers(MANY)
        self.read(SAFETENSORS, 2)
        self.forms(LEGACY, MANY, 2)
        self.forms(SAFETENSORS, MANY, 2)
        self.forms(SHARDS, SAFETENSORS, 3)
        return self.rows


def cost_rows(results):
    """The first table: what each program cost on each file."""
    rows = []
    for (file, program), runs in results.items():
        if program in ("library's read", "with file_offset"):
            continue  # only their inside is of interest: inner_rows
        floor = results.get((file, "floor"))
        rows.append((file, program, f"{runs.median('wall'):.2f}",
                     f"{runs.median('cpu'):.2f}",
                     f"{runs.median('peak') / MIB:.1f}",
                     *(f"{runs.median(what) / floor.median(what):.2f}"
                       if floor else "" for what in ("wall", "cpu")),
                     str(len(runs.wall))))
    return rows


def inner_rows(results):
    """Times that programs take of themselves, start and end left out."""
    rows = []
    for (file, program), runs in results.items():
        if "first_ms" not in runs.told[0]:
            continue
        floor = results[file, "floor"]
        rows.append((file, program,
                     *(f"{runs.median(name):.3f}"
                       for name in ("first_ms", "first_cpu_ms")),
                     *(f"{runs.median(name) / floor.median(name):.2f}"
                       for name in ("first_ms", "first_cpu_ms")),
                     *(f"{runs.median(name):,.0f}" if name in runs.told[0]
                       else "" for name in ("bytes", "reads"))))
    return rows


def ms(value):
    return f"{value:.1f} ms" if value >= 10 else f"{value:.2f} ms"


def mib(value):
    return f"{value / MIB:.1f} MiB"


def table(head, rows, left):
    """Markdown, aligned; the first `left` columns to the left."""
    widths = [max(map(len, column)) for column in zip(head, *rows)]

    def line(cells):
        return "| " + " | ".join(
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths))) + " |"
    rule = "|" + "|".join(
        "-" * (width + 2) if i < left else "-" * (width + 1) + ":"
        for i, width in enumerate(widths)) + "|"
    print("\n".join([line(head), rule, *map(line, rows)]), end="\n\n")


def say(words):
    print(f"bench: {words}", file=sys.stderr, flush=True)


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            model = next(line.partition(":")[2].strip() for line in file
                         if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.machine()
    return f"{os.cpu_count()} x {model}"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?", type=pathlib.Path,
                        default=ROOT / "build/release/ptscope")
    parser.add_argument("--quick", action="store_true",
                        help="without the 1,000,000 tensors")
    parser.add_argument("--runs", type=int, default=7, metavar="N",
                        help="runs of each program (default %(default)s); ten "
                        "times as many where one is short, two where it is "
                        "long")
    parser.add_argument("--dir", metavar="DIR",
                        help="where the scratch folder is made; its file "
                        "system must know holes")
    args = parser.parse_args()
    if args.runs < 1:
        parser.error("--runs N is at least 1")
    with tempfile.TemporaryDirectory(prefix="bench.", dir=args.dir) as scratch:
        bench = Bench(args, pathlib.Path(scratch))
        for file in FILES:
            if not (args.quick and file.name == MOST):
                bench.file(file)
    print(f"{processor()}; CPython {platform.python_version()}; medians of "
          f"{args.runs} runs, the page cache warm\n")
    table(("tensors", "program", "wall ms", "user+sys ms", "peak MiB",
           "wall / floor", "user+sys / floor", "runs"),
          cost_rows(bench.results), 2)
    table(("tensors", "inside", "wall ms", "user+sys ms", "wall / floor",
           "user+sys / floor", "bytes read", "reads"),
          inner_rows(bench.results), 2)
    table(("what", "figures", "measured", "target", "reached"),
          Targets(bench.results).all(), 2)
    if not os.path.exists(bench.read_bench):
        say(f"{bench.read_bench} is not built: its rows are left out")


if __name__ == "__main__":
    main()
