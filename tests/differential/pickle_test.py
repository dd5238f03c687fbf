#!/usr/bin/env python3
"""Our pickle decoder against CPython's pickletools.genops.

    pickle_test.py DECODE_TOOL

On every fixture's pickle, on random objects of protocols 0 to 5, and on those
with bytes changed, cut and inserted: the same opcodes at the same offsets with
the same arguments; and where one fails, the other fails at the same opcode, but
for arguments whose text only pickletools (or only the machine) looks into.

The machine, which does look, must agree with CPython's own unpickler on what is
no pickle at all, where no class decides.
"""
import collections
import io
import os
import pathlib
import pickle
import pickletools
import random
import struct
import subprocess
import sys
import zipfile

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"
SANITIZED = "-fsanitize" in os.environ.get("PTSCOPE_CXX_FLAGS", "")
RANDOM = 500 if SANITIZED else 2000
MUTATIONS = 3  # of each random pickle

# The decoder leaves their text to the machine.
TEXT = {"INT", "LONG", "FLOAT", "STRING", "UNICODE", "GET", "PUT", "GLOBAL",
        "INST", "PERSID", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"}
# Globals, calls and what they give: a class decides what is accepted.
CLASSES = {"GLOBAL", "STACK_GLOBAL", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX",
           "REDUCE", "BUILD", "PERSID", "BINPERSID", "EXT1", "EXT2", "EXT4",
           "NEXT_BUFFER", "READONLY_BUFFER"}


# ------------------------------------------------------------------ pickles

def fixture_pickles():
    for path in sorted(FIXTURES.rglob("*")):
        if path.suffix in (".json", ".py", ".md", "") or path.is_dir():
            continue
        try:
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if name.lower().endswith(".pkl"):
                        yield f"{path.name}:{name}", archive.read(name)
        except Exception:  # damaged in one of many ways: no pickle to compare
            continue


def random_object(rng, depth=0):
    leaf = [
        lambda: None,
        lambda: rng.choice([True, False]),
        lambda: rng.randint(-3, 300),
        lambda: rng.choice([-1, 1]) * rng.getrandbits(rng.choice([16, 31, 63,
                                                                   64, 900])),
        lambda: rng.choice([0.0, -0.0, 1.5, 1e300, 5e-324, float("inf"),
                            rng.random()]),
        lambda: "".join(rng.choice("ab\n\\'é€😀\ud800\0")
                        for _ in range(rng.randint(0, 8))),
        lambda: rng.randbytes(rng.choice([0, 3, 300])),
        lambda: bytearray(rng.randbytes(3)),
        lambda: "x" * 300,
        lambda: collections.OrderedDict(a=1),
        lambda: complex(1, 2),
        lambda: range(3),
    ]
    if depth > 3 or rng.random() < 0.4:
        return rng.choice(leaf)()
    members = [random_object(rng, depth + 1) for _ in range(rng.randint(0, 5))]
    kind = rng.randint(0, 5)
    if kind == 0:
        return members
    if kind == 1:
        return tuple(members)
    if kind == 2:
        return {rng.choice(["k", 1, None, (1, "t")]): m for m in members}
    if kind == 3:
        return {1, "a", rng.randint(0, 9)}
    if kind == 4:
        return frozenset([rng.randint(0, 9)])
    shared = [members]
    shared.append(shared)
    return [shared, members, members]


def mutated(rng, data):
    data = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(data))
        how = rng.randint(0, 4)
        if how == 0:
            data[at] = rng.randrange(256)
        elif how == 1:
            data[at] ^= 1 << rng.randrange(8)
        elif how == 2:
            data[at] = ord(rng.choice(pickletools.opcodes).code)
        elif how == 3:
            data.insert(at, ord(rng.choice(pickletools.opcodes).code))
        else:
            del data[at:at + rng.randint(1, 4)]
        if not data:
            return b"\0"
    return bytes(data)


def random_pickles():
    rng = random.Random(20240501)
    for i in range(RANDOM):
        data = pickle.dumps(random_object(rng), protocol=i % 6)
        yield f"random {i}", data
        for j in range(MUTATIONS):
            yield f"random {i}, mutation {j}", mutated(rng, data)


# -------------------------------------------------------------- both readers

def theirs(data):
    """[(offset, name, argument)], and whether it ends with STOP."""
    found = []
    try:
        for opcode, argument, offset in pickletools.genops(data):
            found.append((offset, opcode.name, argument))
        return found, True
    except Exception:  # ValueError, UnicodeDecodeError, struct.error, …
        return found, False


BY_NAME = {opcode.name: opcode for opcode in pickletools.opcodes}


def argument_of(name, text):
    """Our argument as pickletools gives it."""
    reader = BY_NAME[name].arg
    if reader is None:
        return None
    if name == "BINFLOAT":
        return struct.unpack(">d", bytes.fromhex(text))[0]
    if name in ("GLOBAL", "INST"):
        module, attribute = (bytes.fromhex(t) for t in text.split(","))
        raw = module + b"\n" + attribute + b"\n"
    elif reader.n == pickletools.UP_TO_NEWLINE:
        raw = bytes.fromhex(text) + b"\n"
    elif reader.n == pickletools.TAKEN_FROM_ARGUMENT1:
        raw = bytes.fromhex(text)
        raw = struct.pack("<B", len(raw)) + raw
    elif reader.n in (pickletools.TAKEN_FROM_ARGUMENT4,
                      pickletools.TAKEN_FROM_ARGUMENT4U):
        raw = bytes.fromhex(text)
        raw = struct.pack("<I", len(raw)) + raw
    elif reader.n == pickletools.TAKEN_FROM_ARGUMENT8U:
        raw = bytes.fromhex(text)
        raw = struct.pack("<Q", len(raw)) + raw
    else:
        return int(text)
    return reader.reader(io.BytesIO(raw))


def ours(tool, pickles):
    sent = b"".join(struct.pack("<I", len(data)) + data for _, data in pickles)
    done = subprocess.run([tool], input=sent, capture_output=True, check=True)
    lines = iter(done.stdout.decode("latin-1").split("\n"))
    for _ in pickles:
        found = []
        for line in lines:
            if line == "end" or line.startswith("error "):
                break
            offset, name, argument = line.split(" ", 2)
            found.append((int(offset), name, argument))
        yield found, line == "end", next(lines)


class Refusing:
    def find_class(self, module, name):
        raise NotImplementedError

    def persistent_load(self, pid):
        raise NotImplementedError


class Inert(Refusing, pickle.Unpickler):
    pass


class InertInPython(Refusing, pickle._Unpickler):
    """Its memo is a dict; that of the other one is an array, and an index of a
    thousand million takes its time."""


LARGE = 1 << 20  # of an index of the memo


def large_memo(ops):
    return any(name == "LONG_BINPUT" and int(argument) > LARGE
               for _, name, argument in ops)


def cpython_refuses(data, ops):
    reader = InertInPython if large_memo(ops) else Inert
    try:
        reader(io.BytesIO(data)).load()
        return None
    except NotImplementedError:
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"


# ---------------------------------------------------------------- comparison

def same(a, b):
    return repr(a) == repr(b)  # 0.0 and -0.0 differ, nan is nan


def difference(data, our, their):
    """What differs, in words; None."""
    our_ops, our_end, _ = our
    their_ops, their_end = their
    for i, (a, b) in enumerate(zip(our_ops, their_ops)):
        if a[:2] != b[:2]:
            return f"instruction {i}: {a} and {b}"
        value = argument_of(a[1], a[2])
        if not same(value, b[2]):
            return f"argument of instruction {i}: {value!r} and {b}"
    n = len(their_ops)
    if len(our_ops) < n:
        return f"we end before {their_ops[len(our_ops)]}"
    if their_end:
        return None if our_end and len(our_ops) == n else "only we fail"
    if len(our_ops) == n:
        return "only pickletools fails" if our_end else None
    # pickletools failed at instruction n, which we have decoded.
    return None if our_ops[n][1] in TEXT else f"only we read {our_ops[n]}"


def machine_difference(data, our):
    """Where no class decides, machine and unpickler accept the same."""
    our_ops, _, verdict = our
    if any(name in CLASSES for _, name, _ in our_ops):
        return None
    refusal = cpython_refuses(data, our_ops)
    if (refusal is None) == (verdict == "ran"):
        return None
    return f"CPython: {refusal or 'accepts it'}; we: {verdict}"


# Where the machine and CPython differ on purpose, or CPython between its
# versions: words of either refusal.
KNOWN = [
    # A Python 2 str is kept as bytes, whatever its encoding.
    "codec can't decode",
    # One frame must hold what is in it; over memory only its size matters.
    "pickle exhausted before end of frame",
    "FRAME is longer than the pickle",
    "frame length",
    # A member of a list by index; nothing pickles so.
    "SETITEM sets an item of a list",
    "SETITEMS sets an item of a list",
    # Our limits, and CPython's own.
    "than the limit `value_bytes`",
    "Exceeds the limit (4300 digits)",
    "MemoryError",
    # Members of a set are not looked at; no tensor hangs on that.
    "unhashable type",
]


def main():
    tool = sys.argv[1]
    pickles = [*fixture_pickles(), *random_pickles()]
    failures = 0
    known = collections.Counter()
    for (name, data), our in zip(pickles, ours(tool, pickles)):
        words = difference(data, our, theirs(data))
        if words is None:
            words = machine_difference(data, our)
            for reason in KNOWN:
                if words is not None and reason in words:
                    known[reason] += 1
                    words = None
        if words is not None:
            failures += 1
            if failures <= 20:
                print(f"{name}: {words}\n  {data[:200]!r}")
    print(f"{len(pickles)} pickles, {failures} differ, "
          f"{sum(known.values())} differ as known")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
