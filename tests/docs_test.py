#!/usr/bin/env python3
"""Runs what README.md and docs/*.md show.

    docs_test.py [FILE...]

Blocks marked ```console hold `$ command` lines, each followed by what the
command writes (stdout and stderr as they come); the output must be the same. A
line `...` stands for any lines. The commands of a block share a shell, so `$
echo $?` shows a status. Blocks marked ```sh are run and must end with 0. A
block after an HTML comment

    <!-- not run: reason -->

is not run; those are listed. Blocks run in a scratch folder with a copy of
fixtures/, one folder for each document, in the document's order.

PTSCOPE_BINARY is the program (default build/release/ptscope).
"""
import difflib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^(\s*)(```+|~~~+)\s*(\S*)")
NOT_RUN = re.compile(r"<!--\s*not run:\s*(.*?)\s*-->\s*$")
# Tells the output of one command from the next one's; the status of the
# command before it survives it.
MARK = "\x01ptscope-docs-test\x01"


def blocks(text):
    """(line, language, lines, reason not to run it) of each fenced block."""
    fence = reason = None
    body, start, language, indent = [], 0, "", 0
    for number, line in enumerate(text.split("\n"), 1):
        match = FENCE.match(line)
        if fence is None:
            if match:
                indent, fence, language = len(match[1]), match[2], match[3]
                body, start = [], number
            elif line.strip():
                found = NOT_RUN.search(line)
                reason = found[1] if found else None
        elif match and match[2].startswith(fence) and not match[3]:
            yield start, language, body, reason
            fence = reason = None
        else:
            body.append(line[indent:] if not line[:indent].strip() else line)


def commands(lines):
    """(command, expected output lines); a command goes on after a final
    backslash."""
    out = []
    for line in lines:
        if line.startswith("$ "):
            out.append([line[2:], []])
        elif out and not out[-1][1] and out[-1][0].endswith("\\"):
            out[-1][0] += "\n" + line.removeprefix("> ")
        elif out:
            out[-1][1].append(line)
        elif line.strip():
            raise ValueError(f"output before the first command: {line}")
    return out


def same(expected, found):
    """Whether the lines agree; `...` stands for any lines."""
    if "..." not in expected:
        return expected == found
    parts, part = [], []
    for line in expected:
        if line == "...":
            parts.append(part)
            part = []
        else:
            part.append(line)
    parts.append(part)
    if found[:len(parts[0])] != parts[0]:
        return False
    at = len(parts[0])
    for part in parts[1:-1]:
        while found[at:at + len(part)] != part:
            at += 1
            if at + len(part) > len(found):
                return False
        at += len(part)
    last = parts[-1]
    return len(found) - at >= len(last) and (
        not last or found[-len(last):] == last)


def trimmed(lines):
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines


def shell(script, folder, environment):
    done = subprocess.run(
        ["bash"], input=script.encode(), cwd=folder, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600,
        check=False)
    return done.returncode, done.stdout.decode("utf-8", "backslashreplace")


def run_console(lines, folder, environment):
    """Words for each command whose output differs."""
    wanted = commands(lines)
    script = "".join(
        f"{{ {command}\n}} </dev/null; set -- $?; printf '%s' $'{MARK}'; "
        f"(exit $1)\n" for command, _ in wanted)
    script = script.replace("\x01", "\\x01")
    _, text = shell(script, folder, environment)
    outputs = text.split(MARK)
    for (command, expected), output in zip(wanted, outputs):
        found = trimmed(output.split("\n"))
        expected = trimmed(expected)
        if not same(expected, found):
            yield "\n".join([f"$ {command}"] + list(difflib.unified_diff(
                expected, found, "document", "now", lineterm="")))
    if len(outputs) != len(wanted) + 1:
        yield f"the shell ended after {len(outputs) - 1} of {len(wanted)}"


def run_document(path, environment):
    ran, skipped, wrong = 0, [], []
    with tempfile.TemporaryDirectory() as scratch:
        if (SOURCE / "fixtures").is_dir():
            shutil.copytree(SOURCE / "fixtures", f"{scratch}/fixtures")
        for line, language, body, reason in blocks(path.read_text("utf-8")):
            where = f"{path.relative_to(SOURCE)}:{line}"
            if language not in ("console", "sh"):
                continue
            if reason is not None:
                skipped.append(f"{where}: not run: {reason}")
                continue
            ran += 1
            if language == "console":
                try:
                    wrong += [f"{where}: {words}" for words in
                              run_console(body, scratch, environment)]
                except ValueError as error:
                    wrong.append(f"{where}: {error}")
            else:
                status, text = shell("set -e\n" + "\n".join(body) + "\n",
                                     scratch, environment)
                if status:
                    wrong.append(f"{where}: exit {status}\n{text}")
    return ran, skipped, wrong


def self_test():
    text = ("<!-- not run: needs a network -->\n```sh\nx\n```\n"
            "```console\n$ echo a\na\n$ false\n$ echo $?\n1\n$ seq 5\n1\n...\n5\n```\n"
            "```console\n$ seq 3\n1\n2\n```\n```c++\nint x;\n```\n")
    found = list(blocks(text))
    assert [b[1] for b in found] == ["sh", "console", "console", "c++"], found
    assert found[0][3] == "needs a network" and found[1][3] is None, found
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}
    assert not list(run_console(found[1][2], ".", environment))
    assert len(list(run_console(found[2][2], ".", environment))) == 1
    assert same(["..."], []) and same(["a", "..."], ["a"])
    assert not same(["a", "...", "a"], ["a"])
    assert same(["...", "b", "..."], ["a", "b", "c"])


def main():
    self_test()
    binary = pathlib.Path(os.environ.get(
        "PTSCOPE_BINARY", SOURCE / "build" / "release" / "ptscope")).resolve()
    if not binary.is_file():
        print(f"{binary} is not built")
        return 1
    paths = [pathlib.Path(p).resolve() for p in sys.argv[1:]] or [
        p for p in [SOURCE / "README.md", *sorted((SOURCE / "docs").rglob("*.md"))]
        if p.is_file()]
    ran, skipped, wrong = 0, [], []
    with tempfile.TemporaryDirectory() as bin_folder:
        os.symlink(binary, pathlib.Path(bin_folder) / "ptscope")
        environment = {**os.environ, "LC_ALL": "C", "TERM": "dumb",
                       "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
        for path in paths:
            results = run_document(path, environment)
            ran += results[0]
            skipped += results[1]
            wrong += results[2]
    print("\n".join(skipped + wrong))
    print(f"{len(paths)} documents, {ran} blocks run, {len(skipped)} not run, "
          f"{len(wrong)} wrong")
    return 1 if wrong or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
