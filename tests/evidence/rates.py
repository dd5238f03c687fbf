#!/usr/bin/env python3
"""Measures how often `ptscope check` without a reference tells of a loss.

    rates.py [--seed S] nets.jsonl [BINARY]

Of each architecture (architectures.py prints them) it writes whole checkpoints
and ones with a random loss, in four forms, asks the program, and prints a table
of percentages: certain / at least likely. A tensor that is in the file and is
named as lost, and a whole file that is reported, are printed and end it with 1.
No test runs it.
"""
import argparse
import collections
import io
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import files
import nets
from files import values
from maker.zip_writer import Stream

SOURCE = pathlib.Path(__file__).resolve().parents[2]
FORMS = (("`_metadata`", True, 0), ("plain dict", False, 0),
         ("`_metadata` and optimizer", True, 1),
         ("plain and optimizer of two groups", False, 2))
BATCH = 40


def hollow(shape, dtype="float32"):
    """A tensor whose bytes are a hole in the file."""
    storage = values.Storage(dtype, values.product(shape), b"")
    return values.rebuild(storage, tuple(shape), dtype=dtype)


files.tensor = hollow


def write(path, root):
    out = io.BytesIO()
    pickler = values.Pickler(out, 2)
    pickler.dump(root)
    with open(path, "wb") as file:
        archive = Stream(file)
        archive.add("archive/data.pkl", out.getvalue())
        archive.add("archive/byteorder", b"little")
        for key, storage in pickler.storages.items():
            archive.add(f"archive/data/{key}", hole=storage.nbytes)
        archive.add("archive/version", b"3\n")
        archive.close()


def net_of(described):
    net = nets.Net()
    trained = set(described["trained"])
    net.keys = {key: nets.Leaf(tuple(shape), dtype, key in trained)
                for key, (shape, dtype) in described["keys"].items()}
    net.modules = described["modules"]
    net.order = described["trained"]
    return net


def blocks_of(net):
    """Of each numbered list its blocks with keys, in order."""
    lists = collections.defaultdict(dict)
    for key in net.keys:
        steps = key.split(".")
        for i, step in enumerate(steps[:-1]):
            if step.isdigit():
                lists[".".join(steps[:i])][int(step)] = ".".join(steps[:i + 1])
    return [[blocks[n] for n in sorted(blocks)] for blocks in lists.values()
            if len(blocks) >= 4]


def below(net, module):
    return [key for key in net.keys if key.startswith(module + ".")]


def module_of(key):
    return key.rpartition(".")[0]


def losses(net, rng):
    """(what, lost keys), one draw of each kind that the net can have."""
    keys = list(net.keys)
    yield "nothing", []
    yield "one tensor", [rng.choice(keys)]
    module = rng.choice(sorted({module_of(key) for key in keys}))
    yield "one module", [k for k in keys if module_of(k) == module]
    lists = blocks_of(net)
    if lists:
        blocks = rng.choice(lists)
        yield "a block inside", below(net, rng.choice(blocks[1:-1]))
        yield "the last block", below(net, blocks[-1])
    yield "the head", [k for k in keys if module_of(k) == module_of(keys[-1])]
    biases = [k for k in keys if k.endswith("bias")]
    if biases:
        yield "all biases", biases


def root_of(net, lost, metadata, groups):
    model = files.state_dict(net, set(lost), metadata)
    if groups == 0:
        return model
    trained = [(name, net.keys[name].shape) for name in net.order]
    parts = [trained] if groups == 1 else [
        [p for p in trained if len(p[1]) > 1],
        [p for p in trained if len(p[1]) <= 1]]
    return {"model": model, "epoch": 3,
            "optimizer": files.optimizer("adam", parts)}


def ask(binary, paths):
    done = subprocess.run(
        [binary, "check", "--format", "ndjson", *map(str, paths)],
        capture_output=True, timeout=600, check=False)
    found = {str(path): [] for path in paths}
    for line in done.stdout.decode().splitlines():
        record = json.loads(line)
        if "error" in record:
            sys.exit(f"{record['file']}: {record['error']}")
        found[record["file"]].append(record)
    return [found[str(path)] for path in paths]


class Tally:
    def __init__(self):
        self.counts = collections.defaultdict(lambda: [0, 0, 0])
        self.wrong = 0
        self.named = 0

    def add(self, name, net, form, what, lost, records):
        worst = {r.get("severity") for r in records}
        count = self.counts[what, form]
        count[0] += 1
        count[1] += "certain" in worst
        count[2] += bool(worst & {"certain", "likely"})
        present = set(net.keys) - set(lost)
        for record in records:
            if record.get("severity") not in ("certain", "likely"):
                continue
            told = {record.get("name"), *record.get("missing", ())} & present
            self.named += "name" in record
            if told or not lost:
                self.wrong += 1
                print(f"{name}, {form}, {what}: {record['severity']}: "
                      f"{record['reason']}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("nets")
    parser.add_argument("binary", nargs="?", default=os.environ.get(
        "PTSCOPE_BINARY", str(SOURCE / "build" / "release" / "ptscope")))
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    tally, asked, number = Tally(), [], 0
    with tempfile.TemporaryDirectory() as scratch:
        def flush():
            answers = ask(arguments.binary, [path for path, *_ in asked])
            for (path, *about), records in zip(asked, answers):
                tally.add(*about, records)
                path.unlink()
            asked.clear()
        with open(arguments.nets, encoding="utf-8") as lines:
            for line in lines:
                described = json.loads(line)
                net = net_of(described)
                number += 1
                if len(net.keys) < 2:
                    continue
                rng = random.Random(f"{arguments.seed}/{described['name']}")
                for what, lost in losses(net, rng):
                    for form, metadata, groups in FORMS:
                        path = pathlib.Path(scratch, f"{len(asked)}.pt")
                        write(path, root_of(net, lost, metadata, groups))
                        asked.append((path, described["name"], net, form, what,
                                      lost))
                if len(asked) >= BATCH:
                    flush()
        if asked:
            flush()
    forms = [form for form, *_ in FORMS]
    print(f"\n{number} architectures; {tally.named} findings with a name, "
          f"{tally.wrong} wrong findings\n")
    print("| what is lost | " + " | ".join(forms) + " |\n" + "|---" * 5 + "|")
    for what in dict.fromkeys(what for what, _ in tally.counts):
        cells = []
        for form in forms:
            n, certain, likely = tally.counts[what, form]
            cells.append(f"{100 * certain / n:.0f} / {100 * likely / n:.0f}")
        print(f"| {what} | " + " | ".join(cells) + " |")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
