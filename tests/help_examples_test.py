#!/usr/bin/env python3
"""Runs the example at the end of each command's --help, in the source
directory: it must answer (exit 0 or 1), on stdout, without an error.

PTSCOPE_BINARY is the program (default build/release/ptscope).
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent
BINARY = pathlib.Path(os.environ.get(
    "PTSCOPE_BINARY", SOURCE / "build" / "release" / "ptscope")).resolve()


def run(words, **more):
    return subprocess.run(words, cwd=SOURCE, text=True, encoding="utf-8",
                          capture_output=True, timeout=60, check=False, **more)


def faults(environment):
    listed = run([BINARY, "--help"]).stdout
    commands = re.findall(r"^  (\w+) +\S", listed, re.MULTILINE)
    if not commands:
        yield "ptscope --help lists no command"
    for command in commands:
        done = run([BINARY, command, "--help"])
        if done.returncode or done.stderr:
            yield f"{command} --help: exit {done.returncode}: {done.stderr}"
        example = re.findall(r"^example: (ptscope .*)\n\Z", done.stdout,
                             re.MULTILINE)
        if len(example) != 1:
            yield f"{command} --help does not end with one example"
            continue
        if example[0].split()[1] != command:
            yield f"{command} --help shows another command: {example[0]}"
        done = run(["bash", "-c", example[0]], env=environment)
        if done.returncode not in (0, 1) or done.stderr or not done.stdout:
            yield f"$ {example[0]}\nexit {done.returncode}\n{done.stderr}"
        else:
            print(f"{example[0]}: exit {done.returncode}")


def main():
    if not BINARY.is_file():
        print(f"{BINARY} is not built")
        return 1
    with tempfile.TemporaryDirectory() as bin_folder:
        os.symlink(BINARY, pathlib.Path(bin_folder) / "ptscope")
        environment = {**os.environ, "LC_ALL": "C",
                       "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
        found = list(faults(environment))
    if found:
        print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
