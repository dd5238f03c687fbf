#!/usr/bin/env python3
"""Holds `ptscope check` against a second, plain implementation of what the
documents say of it, over random cases.

    comparison_test.py [--cases N] [--seed S] [--only RUN] [--keep FOLDER]
                       [--self-test]

comparison/oracle.py is that implementation, comparison/cases.py makes the
manifests, flags and checkpoints, comparison/checkpoint.py writes the files.
Several checkpoints share a process. Each run is made from the seed and its
number alone: `--only RUN --keep FOLDER` makes one again and leaves its files.
Before all that, cases made by hand for every two verdicts that can meet show
that the oracle itself knows the table.

PTSCOPE_BINARY is the program (default build/release/ptscope).
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

from comparison import cases, checkpoint, oracle, self_test

SOURCE = pathlib.Path(__file__).resolve().parent.parent
BINARY = os.environ.get(
    "PTSCOPE_BINARY", str(SOURCE / "build" / "release" / "ptscope"))
SANITIZED = "-fsanitize" in os.environ.get("PTSCOPE_CXX_FLAGS", "")
SHOWN = 3  # differences that are printed whole
FILES = (1, 1, 2, 4, 6, 8)  # checkpoints of a run
SUMMARY = ("result", "matched", "of", "counts", "version", "unused_rules",
           "runner_up")

# What the random cases have to have met at least once: what they never meet,
# they do not test.
NEEDED = {
    *oracle.VERDICTS, "same", "differs", None, "rule", "from", "runner_up",
    "matched 0 of many", "strict",
    *((kind, oracle.NO_NAME_FITS) for kind in oracle.RULES),
    ("may_miss", oracle.ALL_ARE_THERE),
}


def without_nothing(record):
    return {key: value for key, value in record.items()
            if value is not None and value != [] and value != {}}


def expected_output(answer):
    """(records, summary) of one FILE, as far as they are compared."""
    if answer.result is None:
        return [], None
    return list(answer.records), without_nothing({
        "result": answer.result, "matched": answer.matched, "of": answer.of,
        "counts": answer.counts, "version": answer.version,
        "unused_rules": list(answer.unused), "runner_up": answer.runner_up})


def comparable(record):
    keys = ("name", "verdict", "rule", "from", "actual")
    return {key: record[key] for key in keys if key in record}


def comparable_summary(record):
    out = {key: record[key] for key in SUMMARY if key in record}
    if "runner_up" in out:
        out["runner_up"] = {key: out["runner_up"].get(key)
                            for key in ("version", "failures", "matched")}
    return without_nothing(out)


def output_of(text, files):
    """file: (records, summary) as the program has written them."""
    out = {file: ([], None) for file in files}
    for line in text.splitlines():
        record = json.loads(line)
        file = record["file"]
        if "summary" in record:
            out[file] = out[file][0], comparable_summary(record)
        elif "verdict" in record:
            if out[file][1] is not None:
                raise ValueError("a record behind the summary")
            out[file][0].append(comparable(record))
    return out


# -------------------------------------------------------------- differences

def differences(want, have):
    """Words for what differs between two (records, summary)."""
    for i, (w, h) in enumerate(zip(want[0], have[0])):
        if w != h:
            yield f"record {i}: expected {as_json(w)}"
            yield f"{'':{len(f'record {i}')}}       got {as_json(h)}"
    for word, one, other in (("lacks", want[0], have[0]),
                             ("has too", have[0], want[0])):
        for record in one[len(other):]:
            yield f"{word} {as_json(record)}"
    if want[1] != have[1]:
        yield f"summary: expected {as_json(want[1])}"
        yield f"              got {as_json(have[1])}"


def as_json(value):
    return json.dumps(value, ensure_ascii=False)


def described(run, words, number, found):
    lines = [f"==== run {number}: {len(found)} differ",
             f"$ {shlex.join(words)}", "manifest:",
             json.dumps(run.manifest, ensure_ascii=False, indent=1)]
    for what, file, tensors, faults in found:
        lines.append(f"---- {what} {file}")
        for t in tensors:
            lines.append(f"  {as_json(t.name)} {t.dtype} {t.shape}"
                         + ("" if t.has_data else " without its bytes"))
        lines += faults
    return "\n".join(lines)


# ---------------------------------------------------------------------- run

Outcome = collections.namedtuple("Outcome", "cases faults met")


def met_in(answer, flags):
    yield answer.result
    yield from answer.counts or ()
    for record in answer.records:
        yield from (key for key in ("rule", "from") if key in record)
    for entry in answer.unused:
        yield entry["rule"], entry["why"]
    if answer.runner_up:
        yield "runner_up"
    if answer.result == "differs" and not answer.failures():
        yield "strict" if answer.matched and flags.strict \
            else "matched 0 of many"


def run_one(number, seed, files, folder):
    """One process, in a folder of its own; its Outcome."""
    run = cases.random_run(cases.Dice(f"{seed}.{number}"), files)
    folder = pathlib.Path(folder, str(number))
    folder.mkdir()
    (folder / "ref.json").write_text(
        json.dumps(run.manifest, ensure_ascii=False), "utf-8")
    names, lists = [f"{i}.pt" for i in range(len(run.trees))], []
    for name, tree in zip(names, run.trees):
        checkpoint.write(folder / name, tree)
        lists.append(checkpoint.listing(tree))
    words = ["ptscope", "check", "-m", "ref.json", "--format", "ndjson",
             *run.flags.words(), *names]
    done = subprocess.run([BINARY, *words[1:]], cwd=folder, timeout=300,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, encoding="utf-8", check=False)
    answers = [oracle.check(run.manifest, file, run.flags) for file in lists]
    found = []
    try:
        got = output_of(done.stdout, names)
    except (ValueError, KeyError) as error:
        found.append(("stdout", "", [], [repr(error), done.stdout[:2000]]))
        got = {}
    for name, tensors, answer in zip(names, lists, answers):
        if name in got and (faults := list(differences(
                expected_output(answer), got[name]))):
            found.append(("file", name, tensors, faults))
    status = max(a.status for a in answers)
    if done.returncode != status or status == 2 and not done.stderr:
        found.append(("exit", "", [], [
            f"expected {status}, got {done.returncode}", done.stderr[:2000]]))
    met = collections.Counter(
        what for answer in answers for what in met_in(answer, run.flags))
    return Outcome(len(names),
                   described(run, words, number, found) if found else "", met)


def numbered(cases_wanted):
    """(number of the run, its checkpoints) for so many cases."""
    number = total = 0
    while total < cases_wanted:
        files = FILES[number % len(FILES)]
        yield number, files
        number, total = number + 1, total + files


def run_all(arguments, folder):
    runs = list(numbered(arguments.cases))
    if arguments.only is not None:
        runs = [(arguments.only, FILES[arguments.only % len(FILES)])]
    count, wrong, met = 0, 0, collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for outcome in pool.map(lambda run: run_one(
                run[0], arguments.seed, run[1], folder), runs):
            count += outcome.cases
            met += outcome.met
            if outcome.faults:
                wrong += 1
                if wrong <= SHOWN:
                    print(outcome.faults)
    print(f"{count} cases in {len(runs)} runs, {wrong} runs differ")
    print("met: " + ", ".join(
        f"{' '.join(what) if isinstance(what, tuple) else what} {times}"
        for what, times in met.most_common()))
    if arguments.cases >= 3000 and arguments.only is None:
        if never := NEEDED - set(met):
            print(f"never met: {never}; tests/comparison/cases.py has to")
            return 1
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int,
                        default=300 if SANITIZED else 3000)
    parser.add_argument("--seed", default="ptscope")
    parser.add_argument("--only", type=int, metavar="RUN")
    parser.add_argument("--keep", metavar="FOLDER")
    parser.add_argument("--self-test", action="store_true",
                        help="of the oracle alone; the program is not run")
    arguments = parser.parse_args()
    self_test.run()
    if arguments.self_test:
        return 0
    if not pathlib.Path(BINARY).is_file():
        print(f"{BINARY} is not built")
        return 1
    if arguments.keep:
        pathlib.Path(arguments.keep).mkdir(parents=True, exist_ok=True)
        return run_all(arguments, arguments.keep)
    with tempfile.TemporaryDirectory() as folder:
        return run_all(arguments, folder)


if __name__ == "__main__":
    sys.exit(main())
