#!/usr/bin/env python3
"""Lists every fixture that has a NAME.json beside it, and compares.

    expected_test.py [--big] [-v] [PATTERN...]

`ptscope ls --format ndjson` must give the tensors of NAME.json in their order,
`ls --all` the names under `extra` besides. fixtures/README.md says what the
fields of NAME.json mean. --big makes the large fixtures in a scratch folder
and takes those instead; the scratch folder must know sparse files. PATTERN
picks by part of the path.

PTSCOPE_BINARY is the program (default build/release/ptscope).
"""
import argparse
import collections
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time
import zipfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = SOURCE / "fixtures"
ALWAYS = ("name", "dtype", "shape", "numel", "nbytes")
PLACED = ("stride", "storage", "storage_offset")
PACKED = {"quint4x2", "quint2x4"}  # no element begins at a byte of its own
# What a file must not cost. Sanitizers take their own share.
SECONDS, MEBIBYTES = 2, 256
SANITIZED = "-fsanitize" in os.environ.get("PTSCOPE_CXX_FLAGS", "")


class Wrong(Exception):
    """The program's answer is not the expected one."""


Answer = collections.namedtuple("Answer", "status records words seconds mebibytes")


def ask(binary, *arguments):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.monotonic()
        process = subprocess.Popen(  # pylint: disable=consider-using-with
            [binary, *map(str, arguments)], stdin=subprocess.DEVNULL,
            stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        process.returncode = status = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        words = err.read().decode("utf-8", "replace").strip()
        try:
            records = [json.loads(line)
                       for line in out.read().decode("utf-8").splitlines()]
        except ValueError as error:
            raise Wrong(f"stdout is not ndjson: {error}") from error
    if status not in (0, 1, 2):
        raise Wrong(f"crashed with {status}: {words[-300:]}")
    return Answer(status, records, words, seconds, usage.ru_maxrss / 1024)


def as_set(value):
    """A field that holds one name or a list of names."""
    return {value} if isinstance(value, str) else set(value or ())


def data_offsets(path, storages):
    """storage key: absolute offset of its bytes, for records that are plainly
    stored; by CPython's zipfile where NAME.json does not tell."""
    offsets = {key: s["data_offset"] for key, s in storages.items()
               if "data_offset" in s}
    wanted = {s["record"]: key for key, s in storages.items()
              if "record" in s and key not in offsets}
    if not wanted or not zipfile.is_zipfile(path):
        return offsets
    with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
        entries = archive.infolist()
        count = collections.Counter(e.filename for e in entries)
        for entry in entries:
            key = wanted.get(entry.filename)
            if key and count[entry.filename] == 1 and not entry.compress_type:
                file.seek(entry.header_offset + 26)
                name, extra = struct.unpack("<HH", file.read(4))
                offsets[key] = entry.header_offset + 30 + name + extra
    return offsets


def compare(want, have, storages, offsets):
    fields = [*ALWAYS]
    strided = want.get("layout") in (None, "strided")
    if not strided:
        fields = ["name", "dtype", "shape"]
    elif want["storage"] is None:
        fields.append("stride")
    else:
        fields += PLACED
    name = want["name"]
    if any(0xD800 <= ord(c) < 0xE000 for c in name):
        fields.remove("name")  # it is in name_b64
    told = {field: want[field] for field in fields}
    if not strided:
        told["layout"] = want["layout"]
    if "class" in want:
        told["class"] = want["class"]
    if want.get("requires_grad") is not None:
        told["requires_grad"] = want["requires_grad"]
    if want.get("is_parameter") or "kind" in want:
        told["kind"] = want.get("kind", "parameter")
    storage = storages.get(want["storage"])
    if storage and want["dtype"] not in PACKED and want["numel"]:
        told["storage_nbytes"] = storage["nbytes"]
        if want["storage"] in offsets:
            item = want["nbytes"] // want["numel"]
            told["file_offset"] = (
                offsets[want["storage"]] + item * want["storage_offset"])
    for field, value in told.items():
        if have.get(field) != value:
            raise Wrong(f"{name!r}: {field} is {have.get(field)!r}, "
                        f"expected {value!r}")


Wanted = collections.namedtuple("Wanted", "tensor member storages offsets")


def wanted_of(path, expected, member=None):
    """Of the file, then of its members one after the other. The storages of a
    package are not its members' own."""
    storages = expected.get("storages") or {}
    offsets = data_offsets(path, storages)
    out = [Wanted(tensor, member, storages, offsets)
           for tensor in expected.get("tensors") or ()]
    for name, inner in (expected.get("members") or {}).items():
        inner = {"storages": storages, **inner}
        out += wanted_of(path, inner, name)
    return out


def compare_all(path, expected, got):
    names = as_set(expected.get("bad_tensor"))
    keys = as_set(expected.get("bad_storage"))
    problems = as_set(expected.get("problem"))

    def counts(record):
        return (record.get("name") not in names
                and record.get("storage") not in keys)
    wanted = [w for w in wanted_of(path, expected) if counts(w.tensor)]
    listed = [r for r in got if counts(r)]
    if len(wanted) != len(listed):
        want = collections.Counter(w.tensor["name"] for w in wanted)
        have = collections.Counter(r.get("name", "") for r in listed)
        raise Wrong(f"{len(listed)} tensors, expected {len(wanted)}; lacks "
                    f"{sorted(want - have)[:3]}, has {sorted(have - want)[:3]}")
    for (want, member, storages, offsets), have in zip(wanted, listed):
        if have.get("member") != member:
            raise Wrong(f"{want['name']!r}: member is {have.get('member')!r}, "
                        f"expected {member!r}")
        if "problem" in expected:
            if want["name"] != have.get("name"):
                raise Wrong(f"{have.get('name')!r} in the place of "
                            f"{want['name']!r}")
            if (want["name"] in problems) != bool(have.get("problem")):
                raise Wrong(f"{want['name']!r}: problem is "
                            f"{have.get('problem')!r}")
            if want["name"] in problems:
                continue
        compare(want, have, storages, offsets)


def judge(binary, path, expected):
    answer = ask(binary, "ls", "--format", "ndjson", path)
    expect, status = expected["expect"], expected.get("exit")
    if "limits" in expected and not SANITIZED:
        if answer.seconds > SECONDS or answer.mebibytes > MEBIBYTES:
            raise Wrong(f"took {answer.seconds:.1f} s and "
                        f"{answer.mebibytes:.0f} MiB")
    if answer.status and not answer.words:
        raise Wrong(f"exit {answer.status} without a word on stderr")
    if status is not None and answer.status != status:
        raise Wrong(f"exit {answer.status}, expected {status}: "
                    f"{answer.words[:200]}")
    if expect == "ok" and answer.status:
        raise Wrong(f"exit {answer.status}: {answer.words[:200]}")
    if expect == "error" and not answer.status:
        raise Wrong("listed, but an error was expected")
    if answer.status == 2:
        error = (answer.records or [{}])[-1].get("error")
        if len(answer.records) != 1 or not error or not error.get("message"):
            raise Wrong(f"exit 2, but no error record: {answer.records[:1]}")
        if expected.get("code", error["code"]) != error["code"]:
            raise Wrong(f"error.code is {error['code']}, expected "
                        f"{expected['code']}: {error['message']}")
        return
    if "tensors" in expected or "members" in expected:
        compare_all(path, expected, answer.records)
    extra = [*(expected.get("extra") or ()),
             *(expected.get("constants") or ())]
    if extra or (expect == "ok" and "storages" in expected):
        both = ask(binary, "ls", "--all", "--format", "ndjson", path)
        added = (collections.Counter(r["name"] for r in both.records)
                 - collections.Counter(r["name"] for r in answer.records))
        wanted = collections.Counter(r["name"] for r in extra)
        if added != wanted:
            raise Wrong(f"ls --all adds {sorted(added)[:5]}, expected "
                        f"{sorted(wanted)[:5]}")


def fixtures(root):
    for note in sorted(root.rglob("*.json")):
        path = note.with_name(note.name[:-len(".json")])
        if path.exists():
            expected = json.loads(note.read_text("utf-8"))
            if "file" in expected:
                expected.setdefault("expect", "ok")
                yield path, expected


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--big", action="store_true")
    parser.add_argument("-v", action="store_true", help="name the right ones")
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    arguments = parser.parse_args()
    binary = pathlib.Path(os.environ.get(
        "PTSCOPE_BINARY", SOURCE / "build" / "release" / "ptscope")).resolve()
    if not binary.is_file():
        print(f"{binary} is not built")
        return 1
    right = wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        root = FIXTURES
        if arguments.big:
            root = pathlib.Path(scratch)
            subprocess.run([sys.executable, FIXTURES / "make_fixtures.py",
                            "--big", root], check=True)
        for path, expected in fixtures(root):
            name = str(path.relative_to(root))
            if arguments.patterns and not any(
                    p in name for p in arguments.patterns):
                continue
            try:
                judge(binary, path, expected)
                right += 1
                if arguments.v:
                    print(f"right {name}")
            except Wrong as words:
                wrong += 1
                print(f"WRONG {name} ({expected.get('why', '')}): "
                      + " ".join(str(words).split()))
    print(f"{right} right, {wrong} wrong")
    return 1 if wrong or not right else 0


if __name__ == "__main__":
    sys.exit(main())
