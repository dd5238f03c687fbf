#!/usr/bin/env python3
"""Holds the `writer` of `ptscope info` against files whose writer is known.

    writer_test.py

The fixtures below torch-X.Y were written by that release. What the program says
of them may be open at either end, but the release must lie within.

PTSCOPE_BINARY is the program (default build/release/ptscope).
"""
import json
import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parent.parent
BINARY = os.environ.get("PTSCOPE_BINARY", SOURCE / "build/release/ptscope")
# Written by that release, then zipped anew by Python's zipfile.
ZIPPED_ANEW = {"resaved_deflated.pt"}


def release(text):
    return tuple(int(part) for part in text.split("."))


def reports(files):
    """What `info` says of each file; those that it cannot read are left out."""
    process = subprocess.run(
        [BINARY, "info", "--format", "ndjson", *files], capture_output=True,
        stdin=subprocess.DEVNULL, check=False, timeout=300)
    for line in process.stdout.decode().splitlines():
        report = json.loads(line)
        if "error" not in report:
            yield pathlib.Path(report["file"]), report.get("writer")


def fault(path, writer, truth):
    if writer is None:
        # safetensors is not torch's format, and pickle.dump is Python's.
        others = "safetensors" in path.name or path.suffix == ".pkl"
        return None if others else "no writer is named"
    program = "other" if path.name in ZIPPED_ANEW else "torch"
    if writer["program"] != program:
        return f"program is {writer['program']}, not {program}"
    if "since" in writer and release(writer["since"]) > truth:
        return f"since {writer['since']}: {writer['because']}"
    if "last" in writer and release(writer["last"]) < truth:
        return f"last {writer['last']}: {writer['because']}"
    return None


def main():
    held = wrong = 0
    for folder in sorted((SOURCE / "fixtures").glob("torch-*")):
        truth = release(folder.name.removeprefix("torch-"))
        files = sorted(p for p in folder.iterdir()
                       if p.suffix not in (".json", ".py", ".md"))
        for path, writer in reports(files):
            held += 1
            words = fault(path, writer, truth)
            if words is not None:
                wrong += 1
                print(f"{path.relative_to(SOURCE)}: {words}")
    print(f"{held} files of known writers, {wrong} named wrongly")
    return 1 if wrong or held < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
