#!/usr/bin/env python3
"""All output formats tell the same facts: over all fixtures, what Python's json
and csv modules read of json, tsv and csv is what ndjson says, field by field.

- json: one document; a file's records are the lines of ndjson, byte by byte, its
  summary the fields of ndjson's, a file without an answer its error;
- tsv, csv: a header line, a row a record, each cell (with its escapes undone)
  the text, the number, the bool or the JSON of the field, or empty where there
  is none; every field has a column, and the columns are in the fields' order;
- the exit status and stderr are the same in all of them.

PTSCOPE_BINARY is the program (default build/release/ptscope).
"""
import base64
import concurrent.futures
import csv
import io
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

BATCH = 16

# the command line, and the name of its list in json
REQUESTS = (
    (["ls", "--all"], "tensors"),
    (["ls", "--root", "auto", "--match", "*"], "tensors"),
    (["info"], None),
    (["tree"], "modules"),
    (["tree", "--depth", "1", "--sort", "size"], "modules"),
    (["check", "-m", "fixtures/demo.json", "--allow-extra=f*"], "verdicts"),
    (["check", "--summary", "-m", "fixtures/demo_names.txt"], None),
    (["check", "-m", "fixtures/demo_rules.json", "--strict"], "verdicts"),
    (["check", "-m", "fixtures/models/demo.json", "--manifest-version", "auto",
      "--auto-prefix"], "verdicts"),
    (["check", "--summary", "-m", "fixtures/models/demo.json",
      "--manifest-version", "auto"], None),
    (["check", "--summary", "-m", "fixtures/demo_rules.json"], None),
    (["diff", "fixtures/demo.pt"], "verdicts"),
    (["diff", "--summary", "--manifest-version", "2",
      "fixtures/models/demo.json"], None),
)
ODD_NAMES = (b"tab\there", b"line\nbreak\r", b'quote"s', b"comma,", b"back\\slash",
             b"bytes \xff\xfe \xed\xa0\x80", "bidi \u202e c1 \x9b".encode(), b" ")
ESCAPE = re.compile(rb"\\(?:\\|x([0-9a-f]{2})|u\{([0-9a-f]+)\})")


class Wrong(Exception):
    pass


def expect(condition, words):
    if not condition:
        raise Wrong(words)


def unescaped(cell):
    """The bytes that a cell stands for."""
    raw = cell.encode()
    expect(b"\\" not in ESCAPE.sub(b"", raw), f"a stray backslash: {cell!r}")

    def one(match):
        if match[1]:
            return bytes([int(match[1], 16)])
        return chr(int(match[2], 16)).encode() if match[2] else b"\\"
    return ESCAPE.sub(one, raw)


def text_of(record, key):
    """The bytes of a text, whether they are UTF-8 or not."""
    if key + "_b64" in record:
        return base64.b64decode(record[key + "_b64"], validate=True)
    return record[key].encode()


def same_cell(cell, record, key):
    if key not in record:
        return cell == ""
    value = record[key]
    if isinstance(value, bool):
        return cell == ("true" if value else "false")
    if isinstance(value, int):
        return cell == str(value)
    if isinstance(value, str):
        return unescaped(cell) == text_of(record, key)
    return json.loads(unescaped(cell)) == value


def fields_of(record):
    """The names of the fields that are columns."""
    return [key for key in record if key not in ("summary", "schema")
            and not (key.endswith("_b64") and key[:-4] in record)]


def check_rows(rows, records):
    header, rows = rows[0], rows[1:]
    expect(len(set(header)) == len(header), f"a column twice: {header}")
    expect(len(rows) == len(records),
           f"{len(rows)} rows of {len(records)} records")
    for row, record in zip(rows, records):
        expect(len(row) == len(header), f"{len(row)} cells: {row}")
        keys = fields_of(record)
        lost = set(keys) - set(header)
        expect(not lost, f"fields without a column: {lost}")
        places = [header.index(key) for key in keys if key != "class"]
        expect(places == sorted(places), f"columns in another order: {keys}")
        for key, cell in zip(header, row):
            expect(same_cell(cell, record, key),
                   f"{key}: cell {cell!r}, field {record.get(key)!r}")


def read_tsv(text):
    expect(text.endswith("\n") and "\r" not in text, "ends of lines")
    return [line.split("\t") for line in text[:-1].split("\n")]


def read_csv(text):
    expect(text.endswith("\r\n") and
           text.count("\r\n") == text.count("\n") == text.count("\r"),
           "ends of lines")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    for line, row in zip(text.split("\r\n"), rows):
        quoted = io.StringIO()
        csv.writer(quoted, lineterminator="").writerow(row)
        expect(line == quoted.getvalue(), f"quotes: {line!r}")
    return rows


def answers(text, files):
    """Of each file the lines of ndjson that are its records, and its summary or
    error, if it has one."""
    lines = [(line, json.loads(line)) for line in text.splitlines()]
    for file in files:
        records, last = [], None
        while lines and text_of(lines[0][1], "file") == os.fsencode(file):
            line, record = lines.pop(0)
            if "summary" in record or "error" in record:
                last = record
            else:
                records.append(line)
        yield records, last
    expect(not lines, f"records of no file: {lines[:1]}")


def check_json(text, of_files, command, name):
    document = json.loads(text)
    expect(list(document) == ["schema", "files"], list(document))
    expect(document["schema"] == f"ptscope/{command}/1", document["schema"])
    of_records = []
    for element, (records, last) in zip(document["files"], of_files,
                                        strict=True):
        last = last or {}
        found = dict(element)
        if name is not None and "error" not in last:
            expect([json.loads(record) for record in records] ==
                   found.pop(name), name)
        found = {key: found[key] for key in found
                 if last or key not in ("file", "file_b64")}
        expect(found == {key: last[key] for key in last
                         if key not in ("summary", "schema")},
               f"{found} for {last}")
        of_records += records
    known = set(of_records)
    of_json = [line.removesuffix(",") for line in text.split("\n")]
    expect([line for line in of_json if line in known] == of_records,
           "a record is a line, that of ndjson")


def ask(arguments, style, files):
    done = subprocess.run(
        [BINARY, *arguments, "--format", style, *files], cwd=SOURCE,
        capture_output=True, timeout=300, check=False)
    expect(done.returncode in (0, 1, 2), f"{style}: exit {done.returncode}")
    return done.stdout.decode(), (done.returncode, done.stderr)


def check(request, files):
    """Words on what differs; None: nothing."""
    arguments, name = request
    try:
        lines, end = ask(arguments, "ndjson", files)
        rows = [record for record in map(json.loads, lines.splitlines())
                if "error" not in record
                and ("summary" in record) == (name is None)]
        for style, reader in (("tsv", read_tsv), ("csv", read_csv)):
            text, other = ask(arguments, style, files)
            expect(other == end, f"{style}: another end: {other}")
            try:
                check_rows(reader(text), rows)
            except (Wrong, ValueError, csv.Error) as wrong:
                raise Wrong(f"{style}: {wrong}") from wrong
        text, other = ask(arguments, "json", files)
        expect(other == end, f"json: another end: {other}")
        check_json(text, answers(lines, files), arguments[0], name)
    except (Wrong, ValueError, KeyError) as wrong:
        return f"{type(wrong).__name__}: {wrong}"
    return None


def odd_files(scratch):
    """Copies of fixtures that list, lack bytes and fail, by odd names."""
    for name in ODD_NAMES:
        for i, source in enumerate(("odd_names.pt", "lone_surrogate.pt",
                                    "demo_no_data.pt", "cut_50.pt")):
            path = os.fsencode(scratch) + b"/" + name + b"%d" % i
            shutil.copy(next(FIXTURES.rglob(source)), path)
            yield path


def self_test():
    assert unescaped(r"a\x09\\x\u{202e}\xff") == b"a\t\\x\xe2\x80\xae\xff"
    assert same_cell("[64,3]", {"shape": [64, 3]}, "shape")
    assert not same_cell("[64,4]", {"shape": [64, 3]}, "shape")
    assert same_cell("", {}, "shape") and not same_cell("1", {}, "numel")
    assert same_cell(r"\xff", {"name": "\ufffd", "name_b64": "/w=="}, "name")
    for wrong in ([["a"], ["1"]], [["b"], ["2"]], [["b"]],
                  [["b"], ["1"], ["1"]]):
        try:
            check_rows(wrong, [{"b": 1}])
        except Wrong:
            continue
        raise AssertionError(wrong)
    check_rows([["a", "b"], ["", "1"]], [{"b": 1}])


def main():
    self_test()
    csv.field_size_limit(1 << 30)
    if not pathlib.Path(BINARY).is_file():
        print(f"{BINARY} is not built")
        return 1
    files = [str(path.relative_to(SOURCE)) for path in sorted(
        FIXTURES.rglob("*")) if path.with_name(path.name + ".json").is_file()]
    with tempfile.TemporaryDirectory() as scratch, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        odd = list(odd_files(scratch))
        of = files + odd
        asked = [(request, [file]) for file in of for request in REQUESTS
                 if request[0][0] == "diff"]
        # The start of the program is what takes long: many files in a run.
        asked += [(request, of[i:i + BATCH]) for request in REQUESTS
                  for i in range(0, len(of), BATCH) if request[0][0] != "diff"]
        alone = [(request, [file]) for file in of for request in REQUESTS
                 if request[0][0] != "diff"]
        asked += alone[::9]
        if SANITIZED:
            print(f"a sanitizer build: every 7th of {len(asked)} requests")
            asked = asked[::7]
        # many in one run, and none that has an answer
        asked += [(request, files[::15 if SANITIZED else 3] + odd)
                  for request in REQUESTS
                  if request[0][0] != "diff"]
        asked += [(request, ["fixtures/no such file.pt"])
                  for request in REQUESTS]
        wrong = 0
        for (request, of), words in zip(asked, pool.map(
                lambda pair: check(*pair), asked)):
            if words:
                wrong += 1
                print(f"{' '.join(request[0])} {of[0]!r} ({len(of)} files): "
                      f"{words}")
    print(f"{len(asked)} questions in 4 formats, {wrong} answered differently")
    return 1 if wrong or len(files) < 200 else 0


if __name__ == "__main__":
    sys.exit(main())
