#!/usr/bin/env python3
"""Runs the transcripts of tests/golden/*.txt and compares them.

    golden_test.py [--update] [NAME...]

A transcript holds, as often as it likes:

    $ ptscope ls fixtures/demo.pt
    what the command writes to stdout, exactly
    stderr: what it writes to stderr, line by line
    exit 0

Lines between one command's `exit` and the next `$` are comments and stay. A
command with pipes or redirections is run by bash, with ptscope first in PATH;
the others without a shell. `$ cd DIR` is for the commands after it. Output
without a newline at its end is followed by a line `\\ no newline`. Everything
runs in the source directory. --update writes what is said today into the
files; the diff is for review.

PTSCOPE_BINARY is the program (default build/release/ptscope).
"""
import argparse
import difflib
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent
GOLDEN = SOURCE / "tests" / "golden"
SHELL = set("|<>&;$`*?(){}#\n")
EXIT = re.compile(r"exit -?\d+")


class Runner:
    """Runs command lines as a person at a dumb terminal in `folder`."""

    def __init__(self, binary, scratch, folder):
        os.symlink(binary, pathlib.Path(scratch) / "ptscope")
        self.folder = pathlib.Path(folder)
        self.environment = {
            "PATH": f"{scratch}{os.pathsep}{os.environ.get('PATH', '')}",
            "LC_ALL": "C", "TERM": "dumb", "COLUMNS": "80",
            "TZ": "UTC", "HOME": str(scratch),
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LD_LIBRARY_PATH"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def run(self, command):
        """(stdout, stderr, exit status)."""
        try:
            words = shlex.split(command)
        except ValueError:
            words = []
        if words and words[0] == "cd" and len(words) == 2:
            self.folder = self.folder / words[1]
            return "", "", 0 if self.folder.is_dir() else 1
        unquoted = re.sub(r"'[^']*'|\"[^\"$`]*\"", "", command)
        if not words or words[0] != "ptscope" or SHELL & set(unquoted):
            words = ["bash", "-c", command]
        done = subprocess.run(
            words, cwd=self.folder, env=self.environment, timeout=120,
            stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return (done.stdout.decode("utf-8", "surrogateescape"),
                done.stderr.decode("utf-8", "surrogateescape"),
                done.returncode)


def transcript(command, stdout, stderr, status):
    lines = [f"$ {command}"]
    for text, prefix in ((stdout, ""), (stderr, "stderr: ")):
        if text:
            whole = text.endswith("\n")
            body = text[:-1] if whole else text
            lines += [prefix + line if line else prefix.rstrip()
                      for line in body.split("\n")]
            if not whole:
                lines.append("\\ no newline")
    return lines + [f"exit {status}"]


def replay(text, runner):
    """The transcript as it would be written today."""
    out, inside, commands = [], False, 0
    for line in text.split("\n"):
        if inside:
            inside = not EXIT.fullmatch(line)
        elif line.startswith("$ "):
            command = line[2:]
            out += transcript(command, *runner.run(command))
            inside, commands = True, commands + 1
        else:
            out.append(line)
    return "\n".join(out) + ("\n" if inside else ""), commands


def read(path):
    return path.read_bytes().decode("utf-8", "surrogateescape")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    binary = pathlib.Path(os.environ.get(
        "PTSCOPE_BINARY", SOURCE / "build" / "release" / "ptscope")).resolve()
    if not binary.is_file():
        print(f"{binary} is not built")
        return 1
    paths = [p for p in sorted(GOLDEN.glob("*.txt"))
             if not arguments.names or p.stem in arguments.names]
    if not paths:
        print(f"no transcript in {GOLDEN}")
        return 1
    wrong = commands = 0
    for path in paths:
        with tempfile.TemporaryDirectory() as scratch:
            was = read(path)
            now, count = replay(was, Runner(binary, scratch, SOURCE))
        commands += count
        if not count:
            print(f"{path.name}: no command in it")
            wrong += 1
        elif was != now and arguments.update:
            path.write_bytes(now.encode("utf-8", "surrogateescape"))
            print(f"{path.name}: updated")
        elif was != now:
            wrong += 1
            diff = difflib.unified_diff(
                was.split("\n"), now.split("\n"), f"{path.name} (golden)",
                f"{path.name} (now)", lineterm="")
            sys.stdout.write("".join(
                line.encode("utf-8", "backslashreplace").decode() + "\n"
                for line in diff))
    print(f"{len(paths)} transcripts, {commands} commands, {wrong} differ")
    if wrong:
        print("tests/golden_test.py --update writes them anew; review the diff")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
