#!/usr/bin/env python3
"""docs/manifest.schema.json and the program agree on what a manifest is.

Both are asked about the manifests below: what both take, what both refuse,
and what only the program can know to be wrong. Where the program refuses, its
words hold the JSON pointer of the culprit, or FILE:LINE:COLUMN where the text
is no JSON. The manifests of the documents and of the fixtures, and those that
`ptscope manifest` writes, are right for both.

Needs the Python package jsonschema. PTSCOPE_BINARY is the program (default
build/release/ptscope).
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    jsonschema = None

SOURCE = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = SOURCE / "fixtures"
SCHEMA = SOURCE / "docs" / "manifest.schema.json"
BINARY = os.environ.get(
    "PTSCOPE_BINARY", str(SOURCE / "build" / "release" / "ptscope"))
SANITIZED = "-fsanitize" in os.environ.get("PTSCOPE_CXX_FLAGS", "")
TAKES, REFUSES = "takes", "refuses"
NAME = "ptscope/manifest/1"


def m(**parts):
    return {"schema": NAME, **parts}


def a(**spec):
    return m(tensors={"a": spec})


def rules(**kinds):
    return m(tensors={"a": {}}, rules=kinds)


def versions(*entries, **named):
    """Versions 1, 2, … and those that are named."""
    return m(versions={**{str(i): entry for i, entry in enumerate(entries, 1)},
                       **named})


ONE = {"tensors": {"a": {}, "b": {"shape": [2]}, "c.d": {}}}

GOOD = (
    a(),
    {"tensors": {"a": {}}, "schema": NAME},
    m(name="resnet18", root="auto", tensors={"a": {"dtype": "float32"}}),
    m(name="é \" \\ \n", root="", tensors={"": {}, "é": {}, "a b": {}}),
    a(dtype="half"), a(dtype="float8_e4m3fn"), a(dtype="float*"),
    a(dtype="[bf]*16"), a(dtype="?float16"), a(dtype=["int8"]),
    a(dtype=["float32", "*float16", "half", "float32"]),
    a(shape=[]), a(shape=[0]), a(shape=[64, 3, 7, 7]),
    a(shape=[9223372036854775807]), a(shape=[None, None]),
    a(shape=["V", 3, "V"]), a(shape=["batch size", "é", "*", "1"]),
    a(shape=[None, "V", 1], dtype="bool"),
    m(tensors={"a": {}, "b": {}, "c": {}, "d": {}},
      tied=[["a", "b"], ["d", "c"]]),
    m(tensors={"a": {}}, tied=[]),
    rules(),
    rules(may_miss=[], may_add=[], must_not_add=[], rename=[]),
    rules(may_miss=[{"match": "*.num_batches_tracked",
                     "reason": "added in 0.4.1"}]),
    rules(may_add=[{"match": "head.*"}, {"match": "head.*", "reason": ""}]),
    rules(must_not_add=[{"reason": "must be merged", "match": "*.lora_*"}]),
    rules(may_add=[{"match": "["}, {"match": "[!é-λ]?*[]]"}]),
    rules(rename=[{"strip_prefix": "module."},
                  {"from": "^gamma$", "to": "weight"}]),
    rules(rename=[{"from": r"^(\d+)\.(?P<x>\pL+)", "to": r"\2.\1\\\0"},
                  {"to": "", "from": "a"}]),
    versions(ONE),
    versions({**ONE, "tied": [["a", "b"]],
              "rules": {"may_add": [{"match": "x"}]}}),
    versions(ONE, {"extends": "1"}),
    versions(ONE, {"extends": "1", "remove": ["c.*", "[a]"],
                   "add": {"e": {"dtype": "half", "shape": ["V", None]}},
                   "tied": [["e", "b"]],
                   "rules": {"rename": [{"strip_prefix": "x"}]}}),
    versions(ONE, {"extends": "1", "add": {"a": {"dtype": "int*"}}},
             {"extends": "2", "remove": ["a"]}),
    versions({"extends": "2"}, {"extends": "last one"}, **{"last one": ONE}),
    versions(ONE, {"tensors": {"other": {}}}),
    versions(ONE, {"extends": "1", "remove": ["a"], "add": {"a": {}}}),
)

# a manifest, and where it is wrong: one of these is in the words
WRONG = (
    ({"tensors": {"a": {}}}, "`schema`"),
    ({"schema": "ptscope/manifest/2", "tensors": {"a": {}}},
     "/schema", "1:12"),
    ({"schema": 1, "tensors": {"a": {}}}, "/schema"),
    (m(), "no `tensors`"),
    (m(tensors={}), "/tensors", "no tensor"),
    (m(tensors=["a"]), "/tensors"),
    (m(tensors=None), "/tensors"),
    (m(tensor={"a": {}}), "/tensor"),
    (m(tensors={"a": {}}, nam="x"), "/nam"),
    (m(tensors={"a": {}}, name=3), "/name"),
    (m(tensors={"a": {}}, root=None), "/root"),
    (m(tensors={"a": None}), "/tensors/a"),
    (m(tensors={"a": [2, 3]}), "/tensors/a"),
    (m(tensors={"b/~c": {"shap": []}}), "/tensors/b~1~0c/shap"),
    (a(dtype=7), "/tensors/a/dtype"),
    (a(dtype=None), "/tensors/a/dtype"),
    (a(dtype=""), "/tensors/a/dtype"),
    (a(dtype=[]), "/tensors/a/dtype"),
    (a(dtype=["float32", 3]), "/tensors/a/dtype/1"),
    (a(dtype=[["float32"]]), "/tensors/a/dtype/0"),
    (a(dtype={"any": []}), "/tensors/a/dtype"),
    (a(shape=3), "/tensors/a/shape"),
    (a(shape=None), "/tensors/a/shape"),
    (a(shape="V"), "/tensors/a/shape"),
    (a(shape=[2, -1]), "/tensors/a/shape/1"),
    (a(shape=[1.5]), "/tensors/a/shape/0"),
    (a(shape=[True]), "/tensors/a/shape/0"),
    (a(shape=[""]), "/tensors/a/shape/0"),
    (a(shape=[[2]]), "/tensors/a/shape/0"),
    (a(shape=[{"min": 1}]), "/tensors/a/shape/0"),
    (a(shape=[9223372036854775808]), "/tensors/a/shape/0"),
    (m(tensors={"a": {}}, tied={}), "/tied"),
    (m(tensors={"a": {}}, tied=["a"]), "/tied/0"),
    (m(tensors={"a": {}}, tied=[[]]), "/tied/0"),
    (m(tensors={"a": {}}, tied=[["a"]]), "/tied/0"),
    (m(tensors={"a": {}}, tied=[["a", 3]]), "/tied/0/1"),
    (m(tensors={"a": {}}, tied=[["a", "a"]]), "/tied/0/1"),
    (m(tensors={"a": {}}, rules=[]), "/rules"),
    (rules(may_mis=[]), "/rules/may_mis"),
    (rules(may_miss={"match": "a"}), "/rules/may_miss"),
    (rules(may_miss=["a"]), "/rules/may_miss/0"),
    (rules(may_add=[{}]), "/rules/may_add/0"),
    (rules(may_add=[{"match": "a"}, {"reason": "a"}]), "/rules/may_add/1"),
    (rules(must_not_add=[{"match": ""}]), "/rules/must_not_add/0/match"),
    (rules(must_not_add=[{"match": ["a"]}]), "/rules/must_not_add/0/match"),
    (rules(may_miss=[{"match": "a", "reason": None}]),
     "/rules/may_miss/0/reason"),
    (rules(may_miss=[{"match": "a", "why": "b"}]), "/rules/may_miss/0/why"),
    (rules(rename=[{}]), "/rules/rename/0"),
    (rules(rename=["module."]), "/rules/rename/0"),
    (rules(rename={"strip_prefix": "a"}), "/rules/rename"),
    (rules(rename=[{"strip_prefix": ""}]), "/rules/rename/0/strip_prefix"),
    (rules(rename=[{"strip_prefix": 3}]), "/rules/rename/0/strip_prefix"),
    (rules(rename=[{"from": "a"}]), "/rules/rename/0"),
    (rules(rename=[{"to": "a"}]), "/rules/rename/0", "/rules/rename/0/to"),
    (rules(rename=[{"from": "", "to": "a"}]), "/rules/rename/0/from"),
    (rules(rename=[{"from": "a", "to": None}]), "/rules/rename/0/to"),
    (rules(rename=[{"strip_prefix": "a", "from": "a", "to": "b"}]),
     "/rules/rename/0", "/rules/rename/0/strip_prefix",
     "/rules/rename/0/from", "/rules/rename/0/to"),
    (rules(rename=[{"strip_prefix": "a", "reason": "b"}]),
     "/rules/rename/0/reason"),
    (rules(rename=[{"match": "a"}]), "/rules/rename/0/match"),
    (m(versions={}), "/versions"),
    (m(versions=[ONE]), "/versions"),
    ({**versions(ONE), "tensors": {"a": {}}}, "/tensors", "/versions"),
    ({**versions(ONE), "tied": []}, "/tied", "/versions"),
    ({**versions(ONE), "rules": {}}, "/rules", "/versions"),
    (versions(ONE, 2), "/versions/2"),
    (versions(ONE, {}), "/versions/2"),
    (versions(ONE, {"rules": {}}), "/versions/2"),
    (versions({"tensors": {}}), "/versions/1/tensors", "/versions/1"),
    (versions(ONE, {**ONE, "extends": "1"}), "/versions/2",
     "/versions/2/tensors", "/versions/2/extends"),
    (versions(ONE, {**ONE, "remove": ["a"]}), "/versions/2",
     "/versions/2/remove"),
    (versions(ONE, {**ONE, "add": {"x": {}}}), "/versions/2",
     "/versions/2/add"),
    (versions(ONE, {"remove": ["a"]}), "/versions/2", "/versions/2/remove"),
    (versions(ONE, {"extends": 1}), "/versions/2/extends"),
    (versions(ONE, {"extends": ["1"]}), "/versions/2/extends"),
    (versions(ONE, {"extends": "1", "remove": "a"}), "/versions/2/remove"),
    (versions(ONE, {"extends": "1", "remove": [3]}), "/versions/2/remove/0"),
    (versions(ONE, {"extends": "1", "add": ["x"]}), "/versions/2/add"),
    (versions(ONE, {"extends": "1", "add": {"x": {"shape": [-1]}}}),
     "/versions/2/add/x/shape/0"),
    (versions(ONE, {"extends": "1", "removes": ["a"]}),
     "/versions/2/removes"),
    (versions(ONE, {"extends": "1", "name": "x"}), "/versions/2/name"),
    (versions(ONE, {"extends": "1", "tied": [["a"]]}), "/versions/2/tied/0"),
    (versions(ONE, {"extends": "1", "rules": {"may_miss": [{}]}}),
     "/versions/2/rules/may_miss/0"),
    # no JSON
    ('{\n  "schema": "ptscope/manifest/1",\n  "tensors": {"a": {},}\n}',
     "3:23"),
    ('{"schema": "ptscope/manifest/1",\n "tensors": {"a": {}}', "2:22"),
    ('{"schema": "ptscope/manifest/1",\n "tensors": {"a": {}}}\n}', "3:1"),
    ('{"schema": "ptscope/manifest/1", // no comments\n "tensors": {"a": {}}}',
     "1:34"),
    ('{"schema": "ptscope/manifest/1",\n "tensors": {"a": {"shape": [NaN]}}}',
     "2:30"),
    ('{"schema": "ptscope/manifest/1",\n "tensors": {"a": {"shape": [01]}}}',
     "2:31"),
    ("{\"schema\": \"ptscope/manifest/1\",\n 'tensors': {}}", "2:2"),
)

# right by the schema, which cannot say what is wrong with it
ONLY_THE_PROGRAM = (
    (a(dtype="flaot32"), "/tensors/a/dtype"),
    (a(dtype="Float32"), "/tensors/a/dtype"),
    (a(dtype="torch.float32"), "/tensors/a/dtype"),
    (a(dtype="flaot*"), "/tensors/a/dtype"),
    (a(dtype=["float32", "flaot16"]), "/tensors/a/dtype/1"),
    (a(dtype=["flaot*", "float32"]), "/tensors/a/dtype/0"),
    (a(shape=[2.0]), "/tensors/a/shape/0"),
    (m(tensors={"a": {}}, tied=[["a", "b"]]), "/tied/0/1"),
    (m(tensors={"a": {}, "b": {}, "c": {}}, tied=[["a", "b"], ["c", "a"]]),
     "/tied/1/1"),
    (rules(rename=[{"strip_prefix": "x"}, {"from": "(", "to": ""}]),
     "/rules/rename/1/from"),
    (rules(rename=[{"from": "a(?=b)", "to": ""}]), "/rules/rename/0/from"),
    (rules(rename=[{"from": r"(a)\1", "to": ""}]), "/rules/rename/0/from"),
    (rules(rename=[{"from": "(a)", "to": r"\2"}]), "/rules/rename/0/to"),
    (rules(rename=[{"from": "(a)", "to": "b\\"}]), "/rules/rename/0/to"),
    (rules(rename=[{"from": "(a)", "to": r"\g<1>"}]), "/rules/rename/0/to"),
    (versions(ONE, {"extends": "3"}), "/versions/2/extends"),
    (versions({"extends": "1"}), "/versions/1/extends"),
    (versions(ONE, {"extends": "4"}, {"extends": "2"}, {"extends": "3"}),
     "/versions/2/extends", "/versions/3/extends", "/versions/4/extends"),
    (versions(ONE, {"extends": "1", "remove": ["a", "z*"]}),
     "/versions/2/remove/1"),
    (versions(ONE, {"extends": "1", "remove": ["a"]},
              {"extends": "2", "remove": ["a"]}), "/versions/3/remove/0"),
    (versions(ONE, {"extends": "1", "tied": [["a", "z"]]}),
     "/versions/2/tied/0/1"),
    (versions({**ONE, "tied": [["a", "b"]]},
              {"extends": "1", "tied": [["c.d", "b"]]}),
     "/versions/2/tied/0/1"),
    (versions(ONE, {"extends": "1", "add": {"x": {"dtype": "z*"}}}),
     "/versions/2/add/x/dtype"),
    (versions(ONE, {"extends": "1", "rules": {
        "rename": [{"from": "[", "to": ""}]}}),
     "/versions/2/rules/rename/0/from"),
    (versions({"tensors": {"a": {}, "b": {}}},
              {"extends": "1", "remove": ["*"]}),
     "/versions/2", "/versions/2/remove", "/versions/2/remove/0",
     "no tensor"),
    # a key that is there twice
    ('{"schema": "ptscope/manifest/1",\n "tensors": {"a": {}, "a": {}}}',
     "2:23"),
    ('{"schema": "ptscope/manifest/1",\n "tensors": {"a": {}},\n'
     ' "tensors": {"a": {}}}', "3:2"),
    ('{"schema": "ptscope/manifest/1", "versions": {\n'
     '  "1": {"tensors": {"a": {}}},\n  "1": {"tensors": {"a": {}}}}}', "3:3"),
    ('{"schema": "ptscope/manifest/1", "tensors": {"a": {}}, "rules": {\n'
     '  "may_add": [{"match": "x", "match": "y"}]}}', "2:30"),
)


# ---------------------------------------------------------------- two sides

def of_schema(validator, text):
    def refuse(word):
        raise ValueError(f"{word} is no JSON")
    try:
        value = json.loads(text, parse_constant=refuse)
    except ValueError:
        return REFUSES
    return TAKES if validator.is_valid(value) else REFUSES


def of_program(path, text):
    """(takes or refuses, its words)."""
    more = ["--manifest-version", "auto"] if '"versions"' in text else []
    done = subprocess.run(
        [BINARY, "check", "-m", path, *more, "--format", "ndjson",
         FIXTURES / "demo.pt"], capture_output=True, text=True,
        encoding="utf-8", timeout=60, check=False)
    if done.returncode in (0, 1):
        return TAKES, done.stderr
    return REFUSES, done.stderr + "".join(
        line for line in done.stdout.splitlines() if '"error"' in line)


def names(words, path, where):
    """Whether the words name one of the places: a pointer, which is not just
    the beginning of another one, a LINE:COLUMN, or other words."""
    for place in where:
        if place[0] == "/":
            pattern = rf"(?<![\w/~.]){re.escape(place)}(?![\w/~])"
        elif place[0].isdigit():
            pattern = rf"{re.escape(str(path))}:{place}:"
        else:
            pattern = re.escape(place)
        if re.search(pattern, words):
            return True
    return False


def judge(validator, path, manifest, schema_says, program_says, where=()):
    """Words for each disagreement."""
    text = manifest if isinstance(manifest, str) else json.dumps(
        manifest, ensure_ascii=False)
    path.write_text(text, "utf-8")
    if (says := of_schema(validator, text)) != schema_says:
        yield f"{text}\n    the schema {says} it"
    says, words = of_program(path, text)
    if says != program_says:
        yield f"{text}\n    the program {says} it: {words}"
    elif where and not names(words, path, where):
        yield f"{text}\n    expected {' or '.join(where)} in: {words}"


def table_faults(validator, path):
    for manifest in GOOD:
        yield from judge(validator, path, manifest, TAKES, TAKES)
    for manifest, *where in WRONG:
        yield from judge(validator, path, manifest, REFUSES, REFUSES, where)
    for manifest, *where in ONLY_THE_PROGRAM:
        yield from judge(validator, path, manifest, TAKES, REFUSES, where)


# -------------------------------------------------------- what is lying about

def manifests_in(text):
    """Objects of JSON that begin with the schema, as written."""
    for found in re.finditer(rf'\{{\s*"schema":\s*"{NAME}"', text):
        try:
            _, end = json.JSONDecoder().raw_decode(text, found.start())
        except ValueError:
            continue  # `…`, or a part of a shell command
        yield text[found.start():end]


def shown():
    """(where, text) of the documents' and the fixtures' manifests."""
    for path in [SOURCE / "README.md", *sorted(SOURCE.glob("docs/**/*.md")),
                 *sorted(FIXTURES.glob("**/*.json"))]:
        for text in manifests_in(path.read_text("utf-8")):
            yield path.relative_to(SOURCE), text


def written():
    """(where, text) of what `ptscope manifest` writes of the fixtures."""
    paths = sorted(FIXTURES.glob("**/*.pt"))
    if SANITIZED:
        print(f"a sanitizer build: every 5th of {len(paths)} checkpoints")
        paths = paths[::5]
    for path in paths:
        done = subprocess.run([BINARY, "manifest", path], capture_output=True,
                              text=True, encoding="utf-8", timeout=60,
                              check=False)
        if done.returncode == 0:
            yield f"manifest of {path.relative_to(SOURCE)}", done.stdout


def other_faults(validator, path, found):
    for where, text in found:
        path.write_text(text, "utf-8")
        says, words = of_program(path, text)
        if says == REFUSES and str(where).endswith(".md"):
            print(f"{where}: shown as wrong: {text}")
        elif says == REFUSES and "below the root" not in words:
            yield f"{where}: {text}\n    the program refuses it: {words}"
        elif of_schema(validator, text) == REFUSES:
            yield f"{where}: {text}\n    the schema refuses it"


def main():
    if jsonschema is None:
        print("skipped: the Python package jsonschema is not installed"
              " (Debian: python3-jsonschema)")
        return 77
    if not pathlib.Path(BINARY).is_file():
        print(f"{BINARY} is not built")
        return 1
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "m.json")
        others = [list(shown()), list(written())]
        found = [*table_faults(validator, path),
                 *(fault for some in others
                   for fault in other_faults(validator, path, some))]
    if found:
        print("\n".join(found))
    print(f"{len(GOOD)} good ones, {len(WRONG)} that both refuse, "
          f"{len(ONLY_THE_PROGRAM)} that only the program can; "
          f"{len(others[0])} shown, {len(others[1])} written; "
          f"{len(found)} disagree")
    return 1 if found or not all(others) else 0


if __name__ == "__main__":
    sys.exit(main())
