#!/usr/bin/env python3
"""Holds `ptscope check` without a reference to what is known of files that were
made: whole ones, and the same with a part lost.

    evidence_test.py [--cases N] [--seed S] [--only CASE] [--keep FOLDER]

First come cases by hand, for each rule: a whole file that stays silent, a
damaged one that does not, and what looks like a loss and is none. Then random
nets, optimizers and losses; what has to be found is stated here from the lost
keys alone, in a few lines that know nothing of how the program finds it:

- a whole file gives neither `certain` nor `likely`;
- no finding names a tensor that is in the file;
- where the optimizer has trained more tensors of a shape than are there, the
  result is `incomplete`, and the place is right but for tensors of one shape;
- a block that _metadata names and half of a batch norm are certain, a key that
  one block of many lacks is at least likely, and each is named.

PTSCOPE_BINARY is the program (default build/release/ptscope).
"""
import argparse
import collections
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

from evidence import by_hand, files, look_alikes, nets  # noqa: F401

SOURCE = pathlib.Path(__file__).resolve().parent.parent
BINARY = os.environ.get(
    "PTSCOPE_BINARY", str(SOURCE / "build" / "release" / "ptscope"))
BATCH = 200
SHOWN = 5


def ask(paths, *flags):
    """Per file (records, summary); the exit status."""
    done = subprocess.run(
        [BINARY, "check", "--format", "ndjson", *flags, *map(str, paths)],
        capture_output=True, timeout=300, check=False)
    answers = {str(path): ([], None) for path in paths}
    for line in done.stdout.decode().splitlines():
        record = json.loads(line)
        if "error" in record:
            raise SystemExit(f"{record['file']}: {record['error']}")
        if record.get("summary"):
            answers[record["file"]] = (answers[record["file"]][0], record)
        else:
            answers[record["file"]][0].append(record)
    return [answers[str(path)] for path in paths], done.returncode


def named(record):
    return [record.get("name"), record.get("guess"), *record.get("missing", ())]


# -------------------------------------------------------------------- random
def random_net(rng):
    return rng.choice((
        lambda: nets.transformer(rng.randint(4, 9), head=rng.random() < 0.7),
        lambda: nets.resnet(rng.randint(2, 3), rng.randint(2, 4)),
        lambda: nets.tagger(rng.randint(1, 3), rng.random() < 0.5),
        lambda: nets.chain(rng.randint(4, 9))))()


def blocks_of(net):
    """The paths of numbered blocks, list by list."""
    lists = collections.defaultdict(dict)
    for path in net.modules:
        parent, _, step = path.rpartition(".")
        if step.isdigit() and any(k.startswith(path + ".") for k in net.keys):
            lists[parent][int(step)] = path
    return {parent: [blocks[i] for i in sorted(blocks)]
            for parent, blocks in lists.items()}


LOSSES = ("nothing", "nothing", "tensor", "tensor", "statistic", "block",
          "last block", "module", "head")


def random_loss(rng, net):
    """(what, keys that are lost)."""
    kind = rng.choice(LOSSES)
    keys = list(net.keys)
    if kind == "tensor":
        return kind, [rng.choice(keys)]
    if kind == "statistic":
        of = [k for k in keys if k.endswith(("running_mean", "running_var"))]
        return (kind, [rng.choice(of)]) if of else ("nothing", [])
    if kind in ("block", "last block"):
        lists = [b for b in blocks_of(net).values() if len(b) >= 4]
        if not lists:
            return "nothing", []
        blocks = rng.choice(lists)
        block = blocks[-1] if kind == "last block" else rng.choice(blocks[1:-1])
        return kind, [k for k in keys if k.startswith(block + ".")]
    if kind == "module":
        module = rng.choice([k.rpartition(".")[0] for k in keys])
        return kind, [k for k in keys if k.rpartition(".")[0] == module]
    if kind == "head":
        last = keys[-1].rpartition(".")[0]
        return kind, [k for k in keys if k.rpartition(".")[0] == last]
    return "nothing", []


class Case:
    def __init__(self, seed, number):
        rng = random.Random(f"{seed}/{number}")
        self.number = number
        self.net = random_net(rng)
        self.kind, self.lost = random_loss(rng, self.net)
        self.metadata = rng.random() < 0.6
        self.optimizer = rng.choice((None, "adam", *files.KINDS))
        self.two_groups = rng.random() < 0.4
        self.names = rng.random() < 0.2
        self.frozen = rng.random() < 0.15
        self.ema = rng.random() < 0.1
        trained = [(name, leaf.shape) for name, leaf in self.net.keys.items()
                   if leaf.trained]
        if self.frozen:
            trained = trained[len(trained) // 3:]
        self.groups = [trained]
        if self.two_groups:
            self.groups = [[p for p in trained if len(p[1]) > 1],
                           [p for p in trained if len(p[1]) <= 1]]
        self.trained = [p for group in self.groups for p in group]

    def write(self, path):
        root = {"epoch": 3, "model": files.state_dict(
            self.net, self.lost, self.metadata)}
        if self.optimizer:
            root["optimizer"] = files.optimizer(
                self.optimizer, self.groups, self.names)
        if self.ema:
            shadow = nets.Net()
            shadow.keys = {k: v for k, v in self.net.keys.items() if v.trained}
            root["ema"] = files.state_dict(shadow, self.lost, False)
        files.write(path, root)

    # What is known of it.
    def present(self):
        return {k: v for k, v in self.net.keys.items() if k not in self.lost}

    def lacking_shapes(self):
        """Shapes of which more were trained than are there."""
        if not self.optimizer:
            return {}
        there = collections.Counter(
            leaf.shape for name, leaf in self.present().items()
            if leaf.dtype == "float32"
            and not name.endswith(("running_mean", "running_var")))
        if self.ema:
            there += collections.Counter(
                leaf.shape for leaf in self.present().values() if leaf.trained)
        lacks = collections.Counter(s for _, s in self.trained) - there
        return dict(lacks)

    def tells(self):
        """Few enough lack for the optimizer to be this model's."""
        lacks = sum(self.lacking_shapes().values())
        there = len({k for k, leaf in self.present().items()
                     if leaf.dtype == "float32" and not k.endswith(
                         ("running_mean", "running_var"))})
        there += self.ema * sum(
            leaf.trained for leaf in self.present().values())
        found = len(self.trained) - lacks
        return lacks and (lacks * 2 <= len(self.trained)
                          or (there >= 8 and found * 10 >= there * 9))

    def faults(self, records, summary):
        worst = {r["severity"] for r in records}
        lost = set(self.lost)
        if not lost and worst - {"note"}:
            yield "a whole file is reported"
        present = set(self.present())
        for record in records:
            for name in named(record):
                if name in present and record["severity"] != "note":
                    yield f"{name} is named, and it is in the file"
        found = {n for r in records for n in named(r) if n}
        certain = [r for r in records if r["severity"] == "certain"]
        certainly = {n for r in certain for n in named(r) if n}
        trained = {name for name, _ in self.trained}
        if self.optimizer and self.names and 2 * len(
                trained & present) >= len(trained):
            for name in lost & trained:
                if name not in certainly:
                    yield f"the optimizer has trained {name}"
        elif self.tells() and not certain:
            yield f"the optimizer has more of {self.lacking_shapes()}"
        if self.kind == "tensor":
            yield from self.place_faults(certain)
        if self.kind == "statistic" and lost - found:
            yield "half of a batch norm"
        if self.kind in ("block", "last block") and self.metadata:
            if not lost <= certainly:
                yield "_metadata names the block"
        if self.kind == "block" and not self.metadata and summary[
                "result"] == "no_evidence" and self.plain_block():
            yield "a number is missing"
        if self.kind == "tensor" and self.in_inner_block() and not (
                lost & found or certain):
            yield "all other blocks have it"

    def plain_block(self):
        block = self.lost[0].split(".")[:2]
        blocks = blocks_of(self.net)[block[0]]
        left = [i for i in range(len(blocks)) if i != int(block[1])]
        keys = collections.Counter(
            frozenset(k[len(blocks[i]):] for k in self.net.keys
                      if k.startswith(blocks[i] + ".")) for i in left)
        if keys.most_common(1)[0][1] * 4 < len(left) * 3:
            return False
        return len({b - a for a, b in zip(left, left[1:])}) > 1

    def in_inner_block(self):
        """All blocks of four or more have the key, and the lost one's is
        neither the first nor the last."""
        name = self.lost[0]
        for blocks in blocks_of(self.net).values():
            for block in blocks[1:-1]:
                if not name.startswith(block + ".") or len(blocks) < 4:
                    continue
                rest = name[len(block):]
                keys = [{k[len(b):] for k in self.net.keys
                         if k.startswith(b + ".")} for b in blocks]
                if all(rest in of for of in keys) and len(
                        {frozenset(of) for of in keys}) == 1:
                    return True
        return False

    def place_faults(self, certain):
        """Between its place and the one that is told only tensors of its shape
        lie: these cannot be told apart."""
        name = self.lost[0]
        shape = self.net.keys[name].shape
        if self.two_groups or self.names or not self.lacking_shapes():
            return
        order = [n for n, _ in self.trained]
        told = [r for r in certain if r["rule"] == "optimizer"
                and r.get("param") is not None]
        if not told:
            return
        if len(told) > 1:
            yield "one tensor is lost, and several are told"
            return
        if tuple(told[0]["expected"]["shape"]) != shape:
            yield "the shape that is told is not the lost one's"
        a, b = sorted((order.index(name), told[0]["param"]))
        if {s for _, s in self.trained[a:b + 1]} != {shape}:
            yield f"its place is parameter {order.index(name)}"


def run_random(arguments, folder):
    numbers = ([arguments.only] if arguments.only is not None
               else range(arguments.cases))
    wrong, met = [], collections.Counter()
    numbers = list(numbers)
    for begin in range(0, len(numbers), BATCH):
        cases = [Case(arguments.seed, n) for n in numbers[begin:begin + BATCH]]
        paths = [folder / f"case{case.number}.pt" for case in cases]
        for case, path in zip(cases, paths):
            case.write(path)
        answers, _ = ask(paths)
        for case, path, (records, summary) in zip(cases, paths, answers):
            met[case.kind] += 1
            for record in records:
                met[f"{record['severity']} {record['rule']}"] += 1
            for fault in case.faults(records, summary):
                wrong.append(f"case {case.number} ({case.kind} {case.lost[:3]}, "
                             f"optimizer {case.optimizer}): {fault}\n  "
                             + "\n  ".join(r["severity"] + ": " + r["reason"]
                                           for r in records[:4]))
            if arguments.keep is None:
                path.unlink()
    return wrong, met


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int)
    parser.add_argument("--keep", type=pathlib.Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or pathlib.Path(temporary)
        wrong = []
        if arguments.only is None:
            wrong += by_hand.run(ask, folder)
        more, met = run_random(arguments, folder)
        wrong += more
    for what in wrong[:SHOWN]:
        print(what)
    if arguments.only is None:
        for kind in LOSSES:
            if arguments.cases >= 500 and not met[kind]:
                wrong.append(f"no case met: {kind}")
    print(f"{sum(met[k] for k in set(LOSSES))} random cases, "
          f"{len(wrong)} wrong; "
          + ", ".join(f"{n} {k}" for k, n in sorted(met.items())))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
