#!/usr/bin/env python3
"""Nothing of a file moves a cursor: over all fixtures, all commands and all
formats, stdout and stderr hold no control character but the line feed, no bidi
control, no separator that ends a line, and nothing that is not UTF-8; tabs
between the cells of tsv, those before the lines of `--style torch` and the
carriage returns at the ends of the lines of csv are the exceptions. Every line
of ndjson is an object, and json is one.

Files are also read by names that are as odd as a file system allows. The same
holds for what is on the command line and for references.

PTSCOPE_BINARY is the program (default build/release/ptscope).
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = SOURCE / "fixtures"
BINARY = os.environ.get(
    "PTSCOPE_BINARY", str(SOURCE / "build" / "release" / "ptscope"))
SANITIZED = "-fsanitize" in os.environ.get("PTSCOPE_CXX_FLAGS", "")

# C0 but LF, DEL, C1, the separators that end a line, and what reorders text.
UNSAFE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f\x80-\x9f\u2028\u2029"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

# What a format itself is made of.
FORMATS = re.findall(r'X\("(\w+)", \w+\)', (
    SOURCE / "src" / "render" / "renderer.h").read_text("utf-8"))
ITS_OWN = {"tsv": ("\t", " "), "csv": ("\r\n", "\n"), "torch": ("\n\t", "\n")}

ODD = ("esc\x1b[31m\x1b]0;title\x07", "line\nbreak\r\ttab", "del\x7f back\b\\",
       "c1\x9b31m", "\u202egnp.\u2066bidi\u2069", "\u2028\u2029\u061c\u200e\u200f")
ODD_BYTES = b"latin1 \xff\xfe\x9b\x1b \xed\xa0\x80 \xc0\xaf"


def fault_of(text, style):
    try:
        text = text.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"not UTF-8: {error}"
    if style in ITS_OWN:
        text = text.replace(*ITS_OWN[style])
    if found := UNSAFE.search(text):
        near = text[max(0, found.start() - 40):found.end() + 40]
        return f"U+{ord(found[0]):04X} in {ascii(near)}"
    documents = {"ndjson": text.splitlines(), "json": [text] if text else []}
    for document in documents.get(style, ()):
        try:
            if not isinstance(json.loads(document), dict):
                return f"no object: {ascii(document[:200])}"
        except ValueError as error:
            return f"no JSON: {error}: {ascii(document[:200])}"
    return None


def run(arguments, stdin=b""):
    """Words on what is wrong with the output; None: nothing."""
    try:
        done = subprocess.run([BINARY, *arguments], input=stdin,
                              capture_output=True, timeout=300, check=False)
    except subprocess.TimeoutExpired:
        return "took more than 300 s"
    if done.returncode not in (0, 1, 2):
        return f"exit {done.returncode}: {done.stderr[-300:]!r}"
    words = [os.fsdecode(word) for word in arguments]
    style = (words[words.index("--format") + 1] if "--format" in words
             else "torch" if "--style" in words else "table")
    for what, text, of in (("stdout", done.stdout, style),
                           ("stderr", done.stderr, "table")):
        if fault := fault_of(text, of):
            return f"{what}: {fault}"
    return None


def requests_about(file, names):
    for style in (["--format", name] for name in FORMATS):
        yield ["ls", *style, file]
        yield ["ls", "--all", "--sort", "name", *style, file]
        yield ["info", *style, file]
        yield ["tree", *style, file]
        yield ["check", "-m", names, "--allow-extra", *style, file]
        yield ["check", "-m", names, "--show-ok", *style, file]
        # as a reference, of itself and of something else
        yield ["check", "-m", file, "--show-ok", *style, file]
        yield ["check", "-m", file, *style, FIXTURES / "demo.pt"]
        yield ["diff", *style, names, file]
        yield ["diff", "--show-ok", *style, file, FIXTURES / "demo.pt"]
    yield ["show", file]
    yield ["show", "--raw", file, "0"]
    yield ["ls", file, FIXTURES / "demo.pt"]
    yield ["info", file, FIXTURES / "demo.pt"]
    yield ["check", "--summary", "-m", names, file, FIXTURES / "demo.pt"]
    yield ["check", "--style", "torch", "-m", names, file]
    yield ["check", "--style", "torch", "-m", file, FIXTURES / "demo.pt", file]
    yield ["ls", "-v", file]
    yield ["manifest", file]


def manifests_of(odd):
    """Manifests that are right, with the text in each place that may have one,
    and the flags that show it."""
    tensors = {"fc.weight": {}, "fc.bias": {}, odd: {}}

    def one(**parts):
        return {"schema": "ptscope/manifest/1", "tensors": tensors, **parts}
    yield one(name=odd), []
    yield one(root=odd), []
    yield one(tied=[["fc.weight", odd]]), []
    for kind in ("may_miss", "may_add", "must_not_add"):
        rules = [{"match": odd}, {"match": "*", "reason": odd}]
        yield one(rules={kind: rules}), []
        yield one(rules={kind: rules}), ["--strict"]
    yield one(rules={"rename": [{"strip_prefix": odd},
                                {"from": "weight", "to": odd.replace("\\", "")}
                                ]}), ["--strict"]
    yield one(tensors={"fc.weight": {"shape": [odd, odd]},
                       "conv1.weight": {"shape": [odd, 3]}}), []
    versions = {odd: {"tensors": tensors}, odd * 2: {"extends": odd}}
    of_versions = {"schema": "ptscope/manifest/1", "name": odd,
                   "versions": versions}
    for flags in ([], ["--manifest-version", odd],
                  ["--manifest-version", "auto"]):
        yield of_versions, flags
    yield {**of_versions, "versions": {
        odd: {"tensors": tensors}, "2": {"extends": odd, "remove": [odd * 2]}}}, []


def requests_of_manifests(scratch):
    demo = FIXTURES / "demo.pt"
    for i, odd in enumerate(ODD):
        for j, (manifest, flags) in enumerate(manifests_of(odd)):
            reference = pathlib.Path(scratch, f"manifest{i}.{j}")
            reference.write_text(json.dumps(manifest), "utf-8")
            for style in FORMATS:
                yield ["check", "-m", reference, *flags, "--format", style, demo]
            yield ["diff", demo, reference]
        for j, config in enumerate((
                {"class_name": odd}, {"class_name": "Demo", "version": odd},
                {"class_name": odd, "version": odd}, {odd: odd})):
            path = pathlib.Path(scratch, f"config{i}.{j}")
            path.write_text(json.dumps(config), "utf-8")
            for style in FORMATS:
                yield ["check", "-m", FIXTURES / "models", "--config", path,
                       "--format", style, demo]
        for flag in ("--strip-prefix", "--add-prefix", "--manifest-version",
                     "--config"):
            for style in FORMATS:
                yield ["check", "-m", demo, flag, odd, "--format", style, demo]
        for command in (["check", "-m"], ["diff"]):
            for style in FORMATS:
                yield [*command, FIXTURES / "zip" / "odd_names.pt",
                       "--add-prefix", odd, "--format", style,
                       FIXTURES / "zip" / "odd_names.pt"]


def requests_of_words(scratch):
    """What is not a file: flags, values, references."""
    demo = FIXTURES / "demo.pt"
    for i, odd in enumerate([*(o.encode() for o in ODD), ODD_BYTES]):
        yield [odd]
        yield [b"ls", b"--" + odd, demo]
        yield [b"ls", odd]
        for flag in (b"--format", b"--sort", b"--color", b"--max", b"--root",
                     b"--match"):
            yield [b"ls", flag, odd, demo]
        for flag in (b"--include-file", b"--exclude-file", b"--files-from"):
            yield [b"ls", b"-r", flag, odd, FIXTURES / "zip"]
        yield [b"ls", b"-j", odd, demo]
        names = pathlib.Path(scratch, f"names{i}")
        names.write_bytes(odd + b"\n" + os.fsencode(demo) + b"\n")
        for style in (b"table", b"ndjson"):
            yield [b"info", b"--files-from", names, b"--format", style]
            yield [b"ls", b"-0", b"--files-from", names, b"--format", style]
        yield [b"check", b"-m", odd, demo]
        yield [b"check", b"-m", demo, b"--style", odd, demo]
        yield [b"manifest", b"--name", odd, b"--root", odd, demo]
        yield [b"manifest", b"--name", odd, demo]
        for style in (name.encode() for name in FORMATS):
            yield [b"check", b"-m", demo, b"--root", odd, b"--format", style,
                   demo]
            yield [b"check", b"-m", demo, b"--allow-extra=" + odd,
                   b"--format", style, FIXTURES / "zip" / "demo_extra.pt"]
        for j, text in enumerate((b"%s", b'["%s"]', b'{"%s": 1}', b"<html><title>%s",
                     b'{"schema": "ptscope/manifest/1", "tensors": {"%s": {}}}',
                     b'{"schema": "%s"}', b'{"error": "%s"}',
                     b'{"schema": "ptscope/manifest/1", "tensors":'
                     b' {"a": {"dtype": "%s"}}}',
                     b'{"schema": "ptscope/manifest/1", "name": "%s",'
                     b' "tensors": {"a": {}}}')):
            reference = pathlib.Path(scratch, f"reference{i}.{j}")
            reference.write_bytes(text.replace(b"%s", odd))
            yield from ([b"check", b"-m", reference, b"--format",
                         name.encode(), demo] for name in FORMATS)
            yield [b"check", b"-m", reference, b"--style", b"torch", demo]
            yield from ([b"ls", b"--format", name.encode(), reference]
                        for name in FORMATS)


def odd_files(scratch):
    """Copies of some fixtures, with names that a terminal must not see."""
    sources = [FIXTURES / "demo.pt", FIXTURES / "damaged" / "demo_no_data.pt",
               FIXTURES / "damaged" / "cut_50.pt",
               FIXTURES / "zip" / "odd_names.pt", FIXTURES / "zip" / "prepended.pt"]
    for i, odd in enumerate([*(o.encode() for o in ODD), ODD_BYTES]):
        folder = os.fsencode(scratch) + b"/" + odd
        os.mkdir(folder)
        yield folder
        for source in sources:
            path = folder + b"/" + odd + str(i).encode() + source.name.encode()
            shutil.copy(source, path)
            yield path


def requests_of_folders(scratch):
    """What -r finds: the folder's name is odd, and those in it are too."""
    for folder in sorted(p for p in pathlib.Path(scratch).iterdir()
                         if p.is_dir()):
        for style in ("table", "ndjson"):
            yield ["ls", "-r", "-j", "2", "--format", style, folder]
            yield ["info", "-r", "--format", style, folder]
            yield ["check", "-r", "-m", FIXTURES / "demo.pt", "--summary",
                   "--format", style, folder]
        yield ["ls", "-r", "-v", folder]


def files():
    for path in sorted(FIXTURES.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path


def main():
    if not pathlib.Path(BINARY).is_file():
        print(f"{BINARY} is not built")
        return 1
    assert len(FORMATS) > 1 and set(ITS_OWN) < {*FORMATS, "torch"}, FORMATS
    assert fault_of("a\x1bb".encode(), "table") and fault_of(b"\xff", "table")
    assert fault_of(b"[]\n", "ndjson") and fault_of(b"{}{}", "json")
    assert not fault_of(b'{"a": 1}\n', "ndjson")
    assert fault_of(b"a\tb\n", "csv") and not fault_of(b"a\tb\n", "tsv")
    assert fault_of(b"a\rb\r\n", "csv") and not fault_of(b"a\r\n", "csv")
    wrong = done = 0
    names = FIXTURES / "demo_names.txt"
    with tempfile.TemporaryDirectory() as scratch, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        requests = [r for f in [*files(), *odd_files(scratch)]
                    for r in requests_about(f, names)]
        requests += requests_of_folders(scratch)
        requests += requests_of_words(scratch)
        requests += requests_of_manifests(scratch)
        if SANITIZED:
            # What is escaped is the same in every build, and the release build
            # is asked more; here memory is watched, at a tenth the speed.
            print(f"a sanitizer build: every 61st of {len(requests)} requests")
            requests = requests[::61]
        else:
            # Formats share their escapes: half of the questions ask them all.
            print(f"every 2nd of {len(requests)} requests")
            requests = requests[::2]
        for request, fault in zip(requests, pool.map(run, requests)):
            done += 1
            if fault:
                wrong += 1
                print(f"{' '.join(ascii(str(w)) for w in request)}: {fault}")
    print(f"{done} runs, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
