#!/usr/bin/env python3
"""Holds `ptscope show` to what the values of fixtures/values are to Python, which
wrote them (NAME.values.json, by the script beside them):

- the document is that, key by key in its order, and numbers have their types;
- each part of it is what `show` says at its path, also of a scalar by --raw.

And over all fixtures: show answers with one JSON document without a key twice,
or with an error and nothing on stdout; what is said twice is said alike.

PTSCOPE_BINARY is the program (default build/release/ptscope).
"""
import concurrent.futures
import json
import os
import pathlib
import resource
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = SOURCE / "fixtures"
BINARY = os.environ.get(
    "PTSCOPE_BINARY", str(SOURCE / "build" / "release" / "ptscope"))
SANITIZED = "-fsanitize" in os.environ.get("PTSCOPE_CXX_FLAGS", "")
SECONDS = 60 if SANITIZED else 10
MEBIBYTES = 64  # beside eight times the file


def run(*arguments):
    return subprocess.run([BINARY, "show", *map(str, arguments)],
                          capture_output=True, timeout=300, check=False)


def once(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"a key twice: {[key for key, _ in pairs]}")
    return found


def parse(text):
    return json.loads(text, object_pairs_hook=once)


def exact(value):
    """Text that is equal only for equal values: the types and the order too."""
    return json.dumps(value)


def difference(found, expected, path=""):
    if isinstance(found, dict) and isinstance(expected, dict) and (
            list(found) == list(expected)):
        for key in found:
            if words := difference(found[key], expected[key], f"{path}.{key}"):
                return words
        return None
    if isinstance(found, list) and isinstance(expected, list) and (
            len(found) == len(expected)):
        for i, (a, b) in enumerate(zip(found, expected)):
            if words := difference(a, b, f"{path}.{i}"):
                return words
        return None
    if exact(found) != exact(expected):
        return f"{path}: {exact(found)[:300]}\n  not {exact(expected)[:300]}"
    return None


def has_ref(value):
    if isinstance(value, dict):
        return "ref" in value or any(map(has_ref, value.values()))
    return isinstance(value, list) and any(map(has_ref, value))


def paths_of(value, path=()):
    """Paths that are steps of what is shown, with what is there."""
    yield path, value
    if isinstance(value, dict) and not {"class", "ref", "tensor", "ndarray",
                                        "complex", "bytes", "global"} & set(value):
        for key in value:
            yield from paths_of(value[key], (*path, key))
    if isinstance(value, list):
        for i, member in enumerate(value):
            yield from paths_of(member, (*path, str(i)))


def escaped(text):
    """As in the cells of tsv."""
    def one(c):
        if c == "\\":
            return "\\\\"
        n = ord(c)
        if n < 0x20 or n == 0x7f:
            return f"\\x{n:02x}"
        if 0x80 <= n < 0xa0 or n in (0x61c, 0x200e, 0x200f) or (
                0x2028 <= n <= 0x202e) or 0x2066 <= n <= 0x2069:
            return f"\\u{{{n:x}}}"
        return c
    return "".join(map(one, text)) + "\n"


def compare(file):
    expected = json.loads(file.with_name(file.name + ".values.json").read_text())
    done = run(file)
    if done.returncode != 0:
        yield f"{file}: exit {done.returncode}: {done.stderr.decode()}"
        return
    if words := difference(parse(done.stdout), expected):
        yield f"{file}: {words}"
        return
    arrays = "numpy" in file.name  # their elements are no steps
    asked = [(path, value) for path, value in paths_of(expected)
             if path and all(path) and not has_ref(value)
             and not (arrays and len(path) > 1)]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answers = pool.map(
            lambda path: (run(file, "--", ".".join(path)),
                          run("--raw", file, "--", ".".join(path))),
            (path for path, _ in asked))
        for (path, value), (one, raw) in zip(asked, answers):
            if one.returncode != 0 or exact(parse(one.stdout)) != exact(value):
                yield (f"{file} {'.'.join(path)}: exit {one.returncode}, "
                       f"{(one.stdout + one.stderr).decode()[:300]}\n"
                       f"  not {exact(value)[:300]}")
            right = (escaped(value) if isinstance(value, str)
                     else one.stdout.decode())
            if raw.stdout.decode() != right:
                yield f"{file} --raw {'.'.join(path)}: {raw.stdout[:300]!r}"


def answers(file):
    """Words on what is wrong with the answer about any file."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = run(file)
    seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    if done.returncode not in (0, 2):
        return f"exit {done.returncode}: {done.stderr.decode()[-300:]}"
    if seconds > SECONDS:
        return f"took {seconds} s"
    if done.returncode == 2:
        return "an error, and something on stdout" if done.stdout else None
    try:
        parse(done.stdout)
    except ValueError as error:
        return f"no JSON: {error}"
    return None


def main():
    if not pathlib.Path(BINARY).is_file():
        print(f"{BINARY} is not built")
        return 1
    found = []
    compared = sorted((FIXTURES / "values").glob("*.pt"))
    for file in compared:
        found += compare(file)
    files = [f for f in sorted(FIXTURES.rglob("*")) if f.is_file()
             and f.suffix not in (".json", ".py", ".md", ".txt")]
    for file in files:
        if words := answers(file):
            found.append(f"{file}: {words}")
    # The largest of all children; the fixtures are small.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    largest = max(f.stat().st_size for f in files) >> 20
    if not SANITIZED and peak > MEBIBYTES + 8 * (largest + 1):
        found.append(f"{peak} MiB of memory")
    print("\n".join(found) if found else
          f"{len(compared)} files compared, {len(files)} shown or refused")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
