#!/usr/bin/env python3
"""The man page and the completions, which the program writes about itself.

Every command and flag of --help is in each of them; the build has them and
`cmake --install` puts them where man and the shells look; man finds no fault
with the page; bash completes. zsh and fish read theirs where they are
installed; the last line names the programs that were not.

PTSCOPE_BUILD_DIR is the build (default build/release), PTSCOPE_BINARY the
program (default ptscope in it).
"""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("PTSCOPE_BUILD_DIR", SOURCE / "build/release"))
BINARY = pathlib.Path(os.environ.get("PTSCOPE_BINARY", BUILD / "ptscope"))

# output: where it is below <build>/share, and below <prefix>/share
FILES = {
    "man": "man/man1/ptscope.1",
    "bash": "bash-completion/completions/ptscope",
    "zsh": "zsh/site-functions/_ptscope",
    "fish": "fish/vendor_completions.d/ptscope.fish",
}
# what finds fault with an output; the file's name comes last
LINTERS = {
    "man": ["man --warnings -l", "groff -man -Tutf8 -ww",
            "mandoc -Tlint -W warning"],
    "bash": ["bash -n"],
    "zsh": ["zsh -n"],
    "fish": ["fish -n"],
}
FILE = "fixtures/demo_names.txt"
# words of a command line, the last one at the cursor, and what completes it;
# in bash a `=` is a word
COMPLETIONS = [
    ("ptscope l", ["ls"]),
    ("ptscope --v", ["--version"]),
    ("ptscope nothing -", []),
    ("ptscope ls --fo", ["--format"]),
    ("ptscope ls --format n", ["ndjson"]),
    ("ptscope ls --format = n", ["ndjson"]),
    ("ptscope ls --format =", ["table", "tsv", "csv", "json", "ndjson"]),
    ("ptscope ls --format=n", ["--format=ndjson"]),
    ("ptscope ls --sort s", ["size"]),
    ("ptscope ls --max pick", ["pickle="]),
    ("ptscope info --sort siz", []),
    ("ptscope manifest --form", []),
    ("ptscope check --allow-e", ["--allow-extra"]),
    ("ptscope check -m fixtures/demo_nam", [FILE]),
    ("ptscope check --manifest = fixtures/demo_nam", [FILE]),
    ("ptscope check --manifest=fixtures/demo_nam", [f"--manifest={FILE}"]),
    ("ptscope check --allow-extra fixtures/demo_nam", [FILE]),
    ("ptscope ls --color never fixtures/demo_nam", [FILE]),
    ("ptscope ls -- --fo", []),
]


def run(words):
    return subprocess.run(
        list(map(str, words)), cwd=SOURCE, capture_output=True, text=True,
        encoding="utf-8", timeout=120, check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"})


def flags_of_help():
    """(command, names of a flag, its help), from --help."""
    listed = run([BINARY, "--help"]).stdout
    for command in re.findall(r"^  (\w+) +\S", listed, re.MULTILINE):
        text = run([BINARY, command, "--help"]).stdout
        for names, words in re.findall(
                r"^  (-[\w,-]+).*?(?:  +|\n +)(\S.*)$", text, re.MULTILINE):
            yield command, names.split(","), words


def part(text, start, end):
    """What lies between two patterns, "" if the first is not there."""
    found = re.search(rf"^{start}$(.*?)(?=^{end})", text + "\n",
                      re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def man_flags(text, command):
    text = re.sub(r"\\\((rs|aq|ga|dq|ha|ti)", lambda match: dict(
        rs="\\", aq="'", ga="`", dq='"', ha="^", ti="~")[match[1]], text)
    text = text.replace("\\-", "-")
    own = (part(text, rf"\.SS {command}", r"\.S[SH]") +
           part(text, r"\.SH FLAGS OF ALL COMMANDS", r"\.SH"))
    return re.findall(r"\\fB(-[\w-]+)\\fR", own), own


def bash_flags(text, command):
    own = part(text, rf"    {command}\)", "      ;;")
    return re.search("flags='(.*)'|$", own)[1].split(), None


def zsh_flags(text, command):
    own = part(text, rf"    {command}\)", "      ;;")
    return (re.findall(r"'(?:\*|\([^)]*\))(-[\w-]+?)(?:\+|=-?)?\[", own),
            re.sub(r"\\([:\[\]\\])", r"\1", own))


def fish_flags(text, command):
    own = "\n".join(line for line in text.split("\n") if line.startswith(
        f"complete -c ptscope -n '__ptscope_command {command}'"))
    names = ["-" + name for name in re.findall(r" -s (\S)", own)]
    names += ["--" + name for name in re.findall(r" -l (\S+)", own)]
    return names, own


FLAGS = {"man": man_flags, "bash": bash_flags, "zsh": zsh_flags,
         "fish": fish_flags}


def check_flags(texts):
    shown = list(flags_of_help())
    if len(shown) < 20:
        yield f"--help shows {len(shown)} flags only"
    for output, text in texts.items():
        for command in dict.fromkeys(command for command, _, _ in shown):
            names, words = FLAGS[output](text, command)
            expected = {name for of, flags, _ in shown if of == command
                        for name in flags}
            if set(names) != expected:
                yield (f"{output}: flags of {command}: missing are "
                       f"{sorted(expected - set(names))}, not in --help "
                       f"{sorted(set(names) - expected)}")
            yield from (f"{output}: {command}: no such help: {of_help}"
                        for of, _, of_help in shown
                        if of == command and words and of_help not in words)


def check_lists(texts):
    """The lists of the headers are in the man page."""
    page = texts["man"].replace("\\-", "-")
    cli = (SOURCE / "docs" / "cli.md").read_text("utf-8")
    codes = re.findall(r'^  X\(k\w+, "(\w+)"', (
        SOURCE / "include/ptscope/result.h").read_text("utf-8"), re.MULTILINE)
    statuses = re.findall(r"^\| (\d+) \|", cli, re.MULTILINE)
    if not codes or not statuses:
        yield "no error codes in result.h, or no exit statuses in docs/cli.md"
    for heading, words in (("ERROR CODES", codes), ("EXIT STATUS", statuses)):
        found = re.findall(r"^\\fB(\w+)\\fR$", part(
            page, rf"\.SH {heading}", r"\.SH"), re.MULTILINE)
        if found != words:
            yield f"man: {heading}: {found}, expected {words}"


def check_files(texts, prefix):
    done = run(["cmake", "--install", BUILD, "--prefix", prefix])
    if done.returncode:
        yield done.stdout + done.stderr
    for output, text in texts.items():
        for folder in (BUILD, pathlib.Path(prefix)):
            file = folder / "share" / FILES[output]
            if not file.is_file():
                yield f"{file} is not there"
            elif file.read_text("utf-8") != text:
                yield f"{file} is not what --generate {output} writes"


def lint(prefix, skipped):
    for output, linters in LINTERS.items():
        file = pathlib.Path(prefix) / "share" / FILES[output]
        for linter in linters:
            words = shlex.split(linter)
            if not shutil.which(words[0]):
                skipped.append(linter)
                continue
            done = run([*words, file])
            # What mandoc finds is on stdout, where the others have the page.
            found = done.stderr
            if words[0] == "mandoc":
                # The page has no date: one build is like the next.
                found += "".join(line for line in done.stdout.splitlines(True)
                                 if "missing date" not in line)
            elif done.returncode:
                found += f"exit {done.returncode}"
            print(f"{linter}: exit {done.returncode}")
            if found:
                yield f"{linter}: {found}"


def complete(script, line):
    words = line.split()
    done = run(["bash", "-uc", """
source "$1"
COMP_WORDS=("${@:2}")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_ptscope || echo "exit $?"
((${#COMPREPLY[@]})) && printf '%s\\n' "${COMPREPLY[@]}"
exit 0
""", "bash", script, *words])
    return done.stdout.split("\n")[:-1], done.stderr


def check_bash(script):
    for line, expected in COMPLETIONS:
        found, errors = complete(script, line)
        if found != expected or errors:
            yield f"bash: {line}: {found}, expected {expected}\n{errors}"


def main():
    if not BINARY.is_file():
        print(f"{BINARY} is not built")
        return 1
    texts, skipped, found = {}, [], []
    for output in FILES:
        done = run([BINARY, "--generate", output])
        texts[output] = done.stdout
        if done.returncode or done.stderr or not done.stdout:
            found.append(f"--generate {output}: exit {done.returncode}\n{done.stderr}")
    if run([BINARY, "--generate", "nothing"]).returncode != 2:
        found.append("--generate nothing is no usage error")
    with tempfile.TemporaryDirectory() as prefix:
        found += [*check_flags(texts), *check_lists(texts),
                  *check_files(texts, prefix), *lint(prefix, skipped),
                  *check_bash(pathlib.Path(prefix) / "share" / FILES["bash"])]
    if found:
        print("\n".join(found))
    print("skipped, not installed:", ", ".join(skipped) or "nothing")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
