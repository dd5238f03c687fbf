#!/usr/bin/env python3
"""Measures `check -r` of many checkpoints beside other ways to the same answer.

    many_files.py [--files N] [--tensors N] [--runs N] [--dir DIR] [BINARY]

Makes N small checkpoints in a scratch folder and holds each against one
reference: with one run of the program (-j 1, and -j for each processor), with
a shell loop that starts the program for each file, and with CPython and stubs
(stub_reader.py, all files in one process). Ways take turns, after one round
that does not count; figures are medians. docs/benchmarks.md says more.

Ends with 0 whatever the clock says; a program that fails ends it with 1.
"""
import argparse
import os
import pathlib
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile

import bench
import stub_reader

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def compare(reference, folder):
    """What a script does: reads each file, compares the lines. Ends with 1 if
    one differs."""
    expected = set(stub_reader.lines(reference))
    differ = 0
    for path in sorted(pathlib.Path(folder).iterdir()):
        found = set(stub_reader.lines(path))
        same = found == expected
        differ += not same
        print(path, "same" if same else "differs", len(found & expected),
              len(expected))
    return 1 if differ else 0


def make(scratch, files, tensors):
    """runs/ with that many checkpoints, and the reference."""
    first = scratch / "first.pt"
    subprocess.run([sys.executable, HERE / "make_checkpoint.py", first,
                    "--tensors", str(tensors), "--numel", "256"], check=True)
    bytes_ = first.read_bytes()
    for name, count in (("runs", files), ("few", max(1, files // 10))):
        (scratch / name).mkdir()
        for i in range(count):
            (scratch / name / f"step_{i:05}.pt").write_bytes(bytes_)
    return first


def ways(binary, scratch, first):
    """name: command."""
    reference = scratch / "reference.json"
    with reference.open("wb") as out:
        subprocess.run([binary, "manifest", first], stdout=out, check=True)
    check = [binary, "check", "-m", str(reference), "--summary", "-r"]
    runs, jobs = str(scratch / "runs"), os.cpu_count()
    loop = (f"for f in {shlex.quote(runs)}/*; do {shlex.quote(binary)} check "
            f"-m {shlex.quote(str(reference))} --summary \"$f\"; done")
    return {
        "check -r": [*check, runs],
        f"check -r -j {jobs}": [*check, "-j", str(jobs), runs],
        f"check -r -j {jobs}, a tenth of the files": [
            *check, "-j", str(jobs), str(scratch / "few")],
        "shell loop": ["/bin/sh", "-c", loop],
        "CPython and stubs": [sys.executable, str(HERE / "many_files.py"),
                              "--compare", str(first), runs],
    }


def main():
    if sys.argv[1:2] == ["--compare"]:
        sys.exit(compare(*sys.argv[2:]))
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?", type=pathlib.Path,
                        default=ROOT / "build/release/ptscope")
    parser.add_argument("--files", type=int, default=1000, metavar="N")
    parser.add_argument("--tensors", type=int, default=300, metavar="N",
                        help="of each file (default %(default)s)")
    parser.add_argument("--runs", type=int, default=5, metavar="N")
    parser.add_argument("--dir", metavar="DIR",
                        help="where the scratch folder is made")
    args = parser.parse_args()
    binary = str(args.binary.resolve())
    with tempfile.TemporaryDirectory(prefix="bench.", dir=args.dir) as scratch:
        scratch = pathlib.Path(scratch)
        bench.say(f"making {args.files} checkpoints of {args.tensors} tensors")
        first = make(scratch, args.files, args.tensors)
        measure = bench.compile_c("measure", scratch)
        commands = ways(binary, scratch, first)
        costs = {name: bench.Runs() for name in commands}
        bench.say("measuring")
        for turn in range(args.runs + 1):
            for name, command in commands.items():
                cost = bench.measured_by(measure, command)
                if turn:  # the first warms the page cache
                    costs[name].add(*cost, {})
    print(f"{bench.processor()}; CPython {platform.python_version()}; "
          f"{args.files} checkpoints of {args.tensors} tensors; medians of "
          f"{args.runs} runs\n")
    one = costs["check -r"]
    rows = []
    for name, cost in costs.items():
        wall, cpu = cost.median("wall"), cost.median("cpu")
        rows.append((name, f"{wall:.0f}", f"{cpu:.0f}",
                     f"{cpu / wall:.2f}", f"{cost.median('peak') / bench.MIB:.1f}",
                     f"{wall / one.median('wall'):.2f}"))
    bench.table(("way", "wall ms", "user+sys ms", "processors",
                 "peak MiB", "wall / check -r"), rows, 1)


if __name__ == "__main__":
    main()
