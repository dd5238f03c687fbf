#!/usr/bin/env python3
"""Holds `ptscope check --style torch` to the words of PyTorch, byte for byte.

    torch_style_test.py [--cases N] [--seed S] [--only SEED] [--keep FOLDER]
                        [--record]

torch_style.json has state_dicts and what the PyTorch that it names says of
them. Where an interpreter has PyTorch (Debian: python3-torch), random models
and state_dicts follow, made by torch_style/live.py from a seed each; `--only
SEED --keep FOLDER` makes one again and leaves its files. The last line says
which of the two was done. --record writes the table anew.

PTSCOPE_BINARY is the program (default build/release/ptscope).
"""
import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from torch_style import recorded

SOURCE = pathlib.Path(__file__).resolve().parent.parent
BINARY = os.environ.get(
    "PTSCOPE_BINARY", str(SOURCE / "build" / "release" / "ptscope"))
TABLE = SOURCE / "tests" / "torch_style.json"
INNER = "PTSCOPE_TORCH_STYLE_INTERPRETER"
RECORDED = 48
LONGEST = 1600  # characters of a recorded case
MATCHED = 8  # recorded cases at most of which nothing is said

# What the cases have to have met at least once: what they never meet, they do
# not test.
MEETS = {
    "all matched": "<All keys matched",
    "missing": "\tMissing key(s)",
    "unexpected": "\tUnexpected key(s)",
    "sizes": "\tsize mismatch for",
    "a scalar": "torch.Size([])",
    "no tensor": "expected torch.Tensor or Tensor-like object",
    "no values": "Cannot copy out of meta tensor",
    "a state": "_extra_state\"",
}


def check(arguments):
    done = subprocess.run(
        [BINARY, "check", "--style", "torch", *map(str, arguments)],
        capture_output=True, timeout=60, check=False)
    return (done.returncode, done.stdout.decode("utf-8", "backslashreplace"),
            done.stderr.decode("utf-8", "backslashreplace"))


def flags(root, prefix):
    # The usual roots need no flag.
    return ((["--root", ".".join(root)] if len(root) > 1 else [])
            + (["--strip-prefix", prefix] if prefix else []))


def difference(what, expected, arguments):
    """Words if ptscope does not say `expected`."""
    status, out, words = check(arguments)
    wanted = 0 if expected.startswith("<All") else 1
    if (status, out, words) == (wanted, expected + "\n", ""):
        return None
    return (f"{what}:\n  torch (exit {wanted}):\n{expected}\n"
            f"  ptscope (exit {status}):\n{out}{words}")


def unmet(texts):
    seen = collections.Counter(
        what for text in texts for what, words in MEETS.items()
        if words in text)
    return [f"no case met: {what}" for what in MEETS if not seen[what]]


# ------------------------------------------------------------------ recorded

def run_recorded(folder):
    table = json.loads(TABLE.read_text("utf-8"))
    wrong = []
    for case in table["cases"]:
        model, file = folder / "model.json", folder / "file.pt"
        model.write_text(json.dumps(case["model"]), "utf-8")
        recorded.write_file(file, case["file"])
        wrong.append(difference(
            f"recorded case {case['seed']}", case["text"],
            ["-m", model, *flags(case["root"], case["prefix"]), file]))
    wrong += unmet(case["text"] for case in table["cases"])
    return table["torch"], len(table["cases"]), [w for w in wrong if w]


# ---------------------------------------------------------------------- live

def prepare(live, case, folder):
    """Arguments of ptscope, and the path of the checkpoint."""
    import torch
    file = folder / f"{case.seed}.pt"
    torch.save(case.file, file)
    if case.reference == "checkpoint":
        reference = folder / f"{case.seed}_good.pt"
        good = case.model.state_dict()
        if len(case.root) > 1:  # --root counts for both sides
            for step in reversed(case.root):
                good = {step: good}
        torch.save(good, reference)
    else:
        reference = folder / f"{case.seed}.json"
        reference.write_text(json.dumps(live.manifest(case.model)), "utf-8")
    return ["-m", reference, *flags(case.root, case.prefix), file], file


def run_live(seeds, folder, keep):
    from torch_style import live
    quirks = live.Quirks()
    wrong, texts = [], []
    for seed in seeds:
        case = live.make_case(seed, quirks)
        arguments, file = prepare(live, case, folder)
        texts.append(live.answer(case, file, quirks))
        wrong.append(difference(f"seed {seed} ({', '.join(case.did)})",
                                texts[-1], arguments))
        if not keep:
            for path in folder.iterdir():
                path.unlink()
    if len(seeds) > 1:
        wrong += unmet(texts)
    return [w for w in wrong if w]


def record():
    import torch
    from torch_style import live
    quirks = live.Quirks()
    if not quirks.newest():
        print(f"torch {torch.__version__} is too old to record")
        return 1
    cases, texts, seed = [], collections.Counter(), 0
    with tempfile.TemporaryDirectory() as scratch:
        while len(cases) < RECORDED:
            seed += 1
            case = live.make_case(seed, quirks)
            case.reference = "manifest"
            _, file = prepare(live, case, pathlib.Path(scratch))
            row = {"seed": seed, "root": case.root, "prefix": case.prefix,
                   "model": live.manifest(case.model),
                   "file": live.plain(case.file),
                   "text": live.answer(case, file, quirks)}
            texts[row["text"]] += 1
            most = MATCHED if MEETS["all matched"] in row["text"] else 1
            if len(json.dumps(row)) <= LONGEST and texts[row["text"]] <= most:
                cases.append(row)
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in cases)
    TABLE.write_text(
        f'{{"torch": "{torch.__version__.split("+")[0]}", "cases": [\n'
        f"{rows}\n]}}\n", "utf-8")
    print(f"{len(cases)} cases, {TABLE.stat().st_size} bytes")
    return 0


def has_torch(python):
    try:
        return subprocess.run([python, "-c", "import torch"], timeout=120,
                              capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=300, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--only", type=int, metavar="SEED")
    parser.add_argument("--keep", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--record", action="store_true")
    arguments = parser.parse_args()
    if not pathlib.Path(BINARY).is_file():
        print(f"{BINARY} is not built")
        return 1
    if INNER not in os.environ:
        # The system's interpreter has python3-torch; ours may be another.
        for python in (sys.executable, "/usr/bin/python3"):
            if has_torch(python):
                return subprocess.run(
                    [python, __file__, *sys.argv[1:]], check=False,
                    env={**os.environ, INNER: "torch"}).returncode
    live = INNER in os.environ
    if arguments.record:
        return record() if live else 1
    wrong, said = [], "no PyTorch here"
    with tempfile.TemporaryDirectory() as scratch:
        version, count, wrong = run_recorded(pathlib.Path(scratch))
    if live:
        import torch
        first = arguments.seed * 100000
        seeds = ([arguments.only] if arguments.only is not None
                 else range(first, first + arguments.cases))
        with tempfile.TemporaryDirectory() as scratch:
            folder = arguments.keep or pathlib.Path(scratch)
            folder.mkdir(exist_ok=True)
            wrong += run_live(seeds, folder, arguments.keep is not None)
        said = f"{len(seeds)} random ones with torch {torch.__version__}"
    if wrong:
        print("\n".join(wrong[:5]))
        print(f"{len(wrong)} differ")
    print(f"{count} recorded cases of torch {version}; {said}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
